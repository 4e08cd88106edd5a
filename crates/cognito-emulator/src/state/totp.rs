//! Authenticator apps: codes of RFC 6238, each accepted once.

use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use crate::model::ServiceError;

/// The period of a code in seconds.
const STEP_SECONDS: u64 = 30;

/// The key of an authenticator app, its name, and the last step whose code was accepted.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct SoftwareToken {
    totp: Totp,
    last_step: Option<u64>,
    /// FriendlyDeviceName of VerifySoftwareToken.
    pub(crate) name: Option<String>,
}

/// The stored form of an authenticator app.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// Base32.
    secret: String,
    last_step: Option<u64>,
    /// Missing in state files of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// The result of checking a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeCheck {
    Accepted,
    Wrong,
    UsedBefore,
}

impl SoftwareToken {
    /// Creates an app with a key: SHA-1, 6 digits, 30 seconds, one step of tolerance in both
    /// directions.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { totp: totp(Secret::from(key)), last_step: None, name: None }
    }

    /// Returns the key in base32, as in SecretCode.
    pub(crate) fn secret_code(&self) -> String {
        self.totp.secret().to_base32()
    }

    pub(crate) fn check(&mut self, code: &str, now: u64) -> CodeCheck {
        // Later steps are ignored: the test clock was set back.
        let latest = now.checked_div(STEP_SECONDS).unwrap_or_default().saturating_add(1);
        let last_step = self.last_step.filter(|last| *last <= latest);
        match self.totp.check(code, now) {
            None => CodeCheck::Wrong,
            Some(step) if last_step.is_some_and(|last| step <= last) => CodeCheck::UsedBefore,
            Some(step) => {
                self.last_step = Some(step);
                CodeCheck::Accepted
            }
        }
    }
}

fn totp(secret: Secret) -> Totp {
    Builder::new().with_secret(secret).build_noncompliant()
}

impl From<SoftwareToken> for Stored {
    fn from(token: SoftwareToken) -> Self {
        Self { secret: token.secret_code(), last_step: token.last_step, name: token.name }
    }
}

impl TryFrom<Stored> for SoftwareToken {
    type Error = &'static str;

    fn try_from(Stored { secret, last_step, name }: Stored) -> Result<Self, Self::Error> {
        let secret = Secret::try_from_base32(&secret).map_err(|_| "a secret is not base32")?;
        Ok(Self { totp: totp(secret), last_step, name })
    }
}

impl CodeCheck {
    /// Returns an error unless the code was accepted; `wrong` is the error for a wrong code.
    pub(crate) fn accepted_or(self, wrong: ServiceError) -> Result<(), ServiceError> {
        match self {
            Self::Accepted => Ok(()),
            Self::Wrong => Err(wrong),
            Self::UsedBefore => {
                Err(ServiceError::expired_code("Your software token has already been used once."))
            }
        }
    }
}

/// Returns the rejection of a wrong code for a new app.
pub(crate) fn set_up_mismatch() -> ServiceError {
    ServiceError::enable_software_token_mfa("Code mismatch and fail enable Software Token MFA")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_accepted_once_and_within_a_step_of_its_time() {
        let mut token = SoftwareToken::new([7; 32]);
        let code = |token: &SoftwareToken, time| token.totp.generate(time).to_string();
        let now = 1_000_000_000;
        let (old, current) = (code(&token, now - 60), code(&token, now));
        assert_eq!(token.check(&old, now), CodeCheck::Wrong);
        assert_eq!(token.check(&current, now), CodeCheck::Accepted);
        assert_eq!(token.check(&current, now), CodeCheck::UsedBefore);
        let next = code(&token, now + 30);
        assert_eq!(token.check(&next, now), CodeCheck::Accepted);
        assert_eq!(token.check("abcdef", now), CodeCheck::Wrong);
        assert_eq!(token.check("", now), CodeCheck::Wrong);
    }

    #[test]
    fn codes_are_accepted_again_after_the_clock_was_set_back() {
        let mut token = SoftwareToken::new([7; 32]);
        let code = |token: &SoftwareToken, time| token.totp.generate(time).to_string();
        for now in [1_000_000_000, 1_000_000_000 - 86_400] {
            let current = code(&token, now);
            assert_eq!(token.check(&current, now), CodeCheck::Accepted);
            assert_eq!(token.check(&current, now), CodeCheck::UsedBefore);
        }
    }
}
