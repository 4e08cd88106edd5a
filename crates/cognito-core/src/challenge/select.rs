//! Challenges to choose a factor.

use cognito_types::Password;

use super::open::Open;
use super::passwords::{prove, send};
use super::respond::Respond;
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::Parameters;

/// A challenge to choose a second factor (SELECT_MFA_TYPE).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct SelectMfa {
    pub(super) open: Open,
}

impl SelectMfa {
    /// Returns the names of the factors to choose from, such as `SMS_MFA` and `SOFTWARE_TOKEN_MFA`.
    pub fn options(&self) -> Vec<String> {
        self.open.names("MFAS_CAN_CHOOSE")
    }

    /// Responds with one of the [`options`](Self::options); the challenge of that factor follows.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a name that is not an option; the
    /// challenge is returned.
    pub fn respond(self, option: impl AsRef<str>) -> Respond<Self> {
        let option = option.as_ref();
        match check(option, &self.options()) {
            Ok(()) => Respond::with(self, choice(option)),
            Err(error) => Respond::refused(self, error),
        }
    }
}

/// A challenge to choose a first factor (SELECT_CHALLENGE).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct SelectChallenge {
    pub(super) open: Open,
}

impl SelectChallenge {
    /// Returns the names of the factors that the user can start with (AvailableChallenges), such as
    /// `PASSWORD_SRP`, `EMAIL_OTP` and `WEB_AUTHN`.
    pub fn options(&self) -> &[String] {
        &self.open.challenge.available
    }

    /// Responds with one of the [`options`](Self::options), such as a factor without a method of
    /// this type; the challenge of that factor follows.
    ///
    /// # Errors
    ///
    /// The challenge is returned with [`InvalidParameter`](ErrorKind::InvalidParameter) for a name
    /// that is not an option, and with [`Unsupported`](ErrorKind::Unsupported) for a password: call
    /// [`password`](Self::password) or [`password_over_the_wire`](Self::password_over_the_wire)
    /// instead.
    pub fn respond(self, option: impl AsRef<str>) -> Respond<Self> {
        let option = option.as_ref();
        if let Err(error) = check(option, self.options()) {
            return Respond::refused(self, error);
        }
        if ["PASSWORD", "PASSWORD_SRP"].contains(&option) {
            const DETAIL: &str = "the option needs the password; call `password` with it";
            let error = Error::new(ErrorKind::Unsupported).with_detail(DETAIL);
            return Respond::refused(self, error);
        }
        Respond::with(self, choice(option))
    }

    /// Chooses a password and proves it over SRP, without sending it.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in.
    pub fn password(self, password: impl Into<Password>) -> Respond<Self> {
        prove(self, password.into(), choice("PASSWORD_SRP"))
    }

    /// Chooses a password and sends it to the service.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), which ends the sign-in.
    ///
    /// # Security
    ///
    /// The password leaves the program.
    pub fn password_over_the_wire(self, password: impl Into<Password>) -> Respond<Self> {
        send(self, &password.into(), choice("PASSWORD"))
    }

    /// Chooses a code by e-mail; the challenge for the code follows.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a factor that the user does not have.
    pub fn email_otp(self) -> Respond<Self> {
        Respond::with(self, choice("EMAIL_OTP"))
    }

    /// Chooses a code by text message; the challenge for the code follows.
    ///
    /// # Errors
    ///
    /// The errors of [`email_otp`](Self::email_otp).
    pub fn sms_otp(self) -> Respond<Self> {
        Respond::with(self, choice("SMS_OTP"))
    }

    /// Chooses a passkey; the challenge for the assertion follows.
    ///
    /// # Errors
    ///
    /// The errors of [`email_otp`](Self::email_otp).
    pub fn passkey(self) -> Respond<Self> {
        Respond::with(self, choice("WEB_AUTHN"))
    }
}

fn check(option: &str, options: &[String]) -> Result<(), Error> {
    if options.iter().any(|listed| listed == option) {
        return Ok(());
    }
    let detail = format!("the options are {}", options.join(", "));
    Err(Error::new(ErrorKind::InvalidParameter).with_detail(detail).of_user())
}

fn choice(option: &str) -> Parameters {
    Parameters::default().with("ANSWER", option)
}
