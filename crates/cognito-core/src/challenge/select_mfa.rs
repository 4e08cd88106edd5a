//! A choice among second factors.

use super::Open;
use crate::error::{Cause, Error, ErrorKind};
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
        let options = self.options();
        if !options.iter().any(|listed| listed == option) {
            let cause = Cause::new(format!("the options are {}", options.join(", ")));
            let error = Error::new(ErrorKind::InvalidParameter).with_source(cause);
            return Err(Refused::unsent(error, self));
        }
        self.open.respond(Parameters::default().with("ANSWER", option)).await
    }
}
