//! A choice among factors.

use cognito_types::Password;

use super::Open;
use super::passwords::EMPTY;
use crate::error::{Error, ErrorKind};
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// SELECT_MFA_TYPE: a choice among second factors.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct SelectMfa {
    pub(super) open: Open,
}

impl SelectMfa {
    /// The factors to choose from, by names such as `SMS_MFA` and `SOFTWARE_TOKEN_MFA`.
    pub fn options(&self) -> Vec<String> {
        self.open.names("MFAS_CAN_CHOOSE")
    }

    /// Answers with one of the [`options`](Self::options); its own challenge follows.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter), and the challenge back, for a name that
    /// is no option.
    pub async fn respond(self, option: &str) -> Result<SignIn, Refused<Self>> {
        match check(option, &self.options()) {
            Ok(()) => self.open.respond(answer(option)).await,
            Err(error) => Err(Refused::unsent(error, self)),
        }
    }
}

/// SELECT_CHALLENGE: a choice among first factors.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct SelectChallenge {
    pub(super) open: Open,
}

impl SelectChallenge {
    /// The factors that the user can start with (AvailableChallenges), by names such as
    /// `PASSWORD_SRP`, `EMAIL_OTP` and `WEB_AUTHN`.
    pub fn options(&self) -> &[String] {
        &self.open.challenge.available
    }

    /// Answers with one of the [`options`](Self::options), such as one without a method here; its
    /// own challenge follows.
    ///
    /// # Errors
    ///
    /// The challenge comes back with [`InvalidParameter`](ErrorKind::InvalidParameter) for a name
    /// that is no option, and with [`Unsupported`](ErrorKind::Unsupported) for a password, which
    /// [`password`](Self::password) or
    /// [`password_over_the_wire`](Self::password_over_the_wire) has to be given.
    pub async fn respond(self, option: &str) -> Result<SignIn, Refused<Self>> {
        if let Err(error) = check(option, self.options()) {
            return Err(Refused::unsent(error, self));
        }
        if ["PASSWORD", "PASSWORD_SRP"].contains(&option) {
            const DETAIL: &str = "the option needs the password; call `password` with it";
            let error = Error::new(ErrorKind::Unsupported).with_detail(DETAIL);
            return Err(Refused::unsent(error, self));
        }
        self.open.respond(answer(option)).await
    }

    /// Chooses a password, which is proven over SRP and does not leave the program.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in.
    pub async fn password(self, password: impl Into<Password>) -> Result<SignIn, Refused<Self>> {
        let password: Password = password.into();
        if password.expose_secret().is_empty() {
            return Err(self.open.unsent(ErrorKind::BadCredentials, EMPTY));
        }
        self.open.prove(password, answer("PASSWORD_SRP")).await
    }

    /// Chooses a password and sends it to the service.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in.
    pub async fn password_over_the_wire(
        self,
        password: impl Into<Password>,
    ) -> Result<SignIn, Refused<Self>> {
        let password: Password = password.into();
        if password.expose_secret().is_empty() {
            return Err(self.open.unsent(ErrorKind::BadCredentials, EMPTY));
        }
        self.open.respond(answer("PASSWORD").with("PASSWORD", password.expose_secret())).await
    }

    /// Chooses a code by e-mail, which its own challenge asks for.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a factor that the user has not got.
    pub async fn email_otp(self) -> Result<SignIn, Refused<Self>> {
        self.open.respond(answer("EMAIL_OTP")).await
    }

    /// Chooses a code by text message, which its own challenge asks for.
    ///
    /// # Errors
    ///
    /// As [`email_otp`](Self::email_otp).
    pub async fn sms_otp(self) -> Result<SignIn, Refused<Self>> {
        self.open.respond(answer("SMS_OTP")).await
    }

    /// Chooses a passkey, which its own challenge asks for.
    ///
    /// # Errors
    ///
    /// As [`email_otp`](Self::email_otp).
    pub async fn passkey(self) -> Result<SignIn, Refused<Self>> {
        self.open.respond(answer("WEB_AUTHN")).await
    }
}

fn check(option: &str, options: &[String]) -> Result<(), Error> {
    if options.iter().any(|listed| listed == option) {
        return Ok(());
    }
    let detail = format!("the options are {}", options.join(", "));
    Err(Error::new(ErrorKind::InvalidParameter).with_detail(detail).of_user())
}

fn answer(choice: &str) -> Parameters {
    Parameters::default().with("ANSWER", choice)
}
