//! State that few users have: codes under way, and what is kept of passwords before.

use cognito_srp::PasswordVerifier;
use serde::{Deserialize, Serialize};

use super::{User, verifier};
use crate::state::code::SentCode;

/// State that few users have, and that takes no memory of the others.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Extras {
    /// Passwords before the present one that were not temporary, the newest first, where the pool
    /// keeps a history of them.
    #[serde(with = "verifier::list")]
    pub(crate) past_passwords: Vec<PasswordVerifier>,
    /// When a temporary password ends, in seconds since 1970.
    pub(crate) password_ends: Option<u64>,
    /// The code that confirms the sign-up.
    pub(crate) confirmation: Option<SentCode>,
    /// The code that replaces a forgotten password.
    pub(crate) recovery: Option<SentCode>,
    /// Codes that verify attributes, at most one for each.
    verifications: Vec<SentCode>,
    /// Whether text messages were switched on by SetUserSettings, which MFAOptions then says.
    pub(crate) has_mfa_options: bool,
}

static NONE: Extras = Extras::new();

impl Extras {
    const fn new() -> Self {
        Self {
            past_passwords: Vec::new(),
            password_ends: None,
            confirmation: None,
            recovery: None,
            verifications: Vec::new(),
            has_mfa_options: false,
        }
    }

    fn is_empty(&self) -> bool {
        let Self {
            past_passwords,
            password_ends,
            confirmation,
            recovery,
            verifications,
            has_mfa_options,
        } = self;
        past_passwords.is_empty()
            && password_ends.is_none()
            && confirmation.is_none()
            && recovery.is_none()
            && verifications.is_empty()
            && !has_mfa_options
    }

    /// Returns the code that verifies an attribute.
    pub(crate) fn verification(&self, attribute: &str) -> Option<&SentCode> {
        self.verifications.iter().find(|sent| sent.address.attribute() == attribute)
    }

    /// Keeps a code that verifies the attribute of its address, in place of the last one.
    pub(crate) fn begin_verification(&mut self, sent: SentCode) {
        self.end_verification(sent.address.attribute());
        self.verifications.push(sent);
    }

    /// Drops the code that verifies an attribute.
    pub(crate) fn end_verification(&mut self, attribute: &str) {
        self.verifications.retain(|sent| sent.address.attribute() != attribute);
    }
}

impl User {
    pub(crate) fn extras(&self) -> &Extras {
        self.extras.as_deref().unwrap_or(&NONE)
    }

    /// Changes the state that few users have.
    pub(crate) fn change_extras(&mut self, change: impl FnOnce(&mut Extras)) {
        let mut extras = self.extras.take().unwrap_or_else(|| Box::new(Extras::new()));
        change(&mut extras);
        self.extras = Some(extras).filter(|extras| !extras.is_empty());
    }
}
