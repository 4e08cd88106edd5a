//! Challenges that are answered with a password.

use cognito_types::Password;

use super::Open;
use crate::error::ErrorKind;
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// Why a password is not sent.
pub(super) const EMPTY: &str = "the password is empty";

/// PASSWORD_SRP: a password, which is proven and does not leave the program.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct PasswordSrp {
    pub(super) open: Open,
}

impl PasswordSrp {
    /// Proves the password over SRP.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in unless the password is
    /// empty: that is not sent, and the challenge comes back.
    pub async fn respond(self, password: impl Into<Password>) -> Result<SignIn, Refused<Self>> {
        let password: Password = password.into();
        if password.expose_secret().is_empty() {
            return Err(self.open.unsent(ErrorKind::BadCredentials, EMPTY));
        }
        self.open.prove(password, Parameters::default()).await
    }
}

/// PASSWORD, or ADMIN_NO_SRP_AUTH: a password, which is sent.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct PasswordChallenge {
    pub(super) open: Open,
}

impl PasswordChallenge {
    /// Sends the password to the service.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in unless the password is
    /// empty: that is not sent, and the challenge comes back.
    ///
    /// # Security
    ///
    /// The password leaves the program.
    pub async fn respond_over_the_wire(
        self,
        password: impl Into<Password>,
    ) -> Result<SignIn, Refused<Self>> {
        let password: Password = password.into();
        if password.expose_secret().is_empty() {
            return Err(self.open.unsent(ErrorKind::BadCredentials, EMPTY));
        }
        self.open.respond(Parameters::default().with("PASSWORD", password.expose_secret())).await
    }
}
