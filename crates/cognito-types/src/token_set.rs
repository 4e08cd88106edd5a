//! The tokens of one sign-in.

use std::time::{Duration, SystemTime};

use crate::secret::{AccessToken, IdToken, RefreshToken};

/// The longest lifetime that is added to a time, because the sum must not overflow.
const LONGEST_LIFETIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The tokens that a sign-in or a refresh returned.
#[derive(Clone, Debug)]
pub struct TokenSet {
    access_token: AccessToken,
    id_token: Option<IdToken>,
    refresh_token: Option<RefreshToken>,
    issued_at: SystemTime,
    lifetime: Duration,
}

impl TokenSet {
    /// Creates a set with an access token, the time at which it was issued, and its lifetime
    /// (ExpiresIn).
    pub fn new(
        access_token: impl Into<AccessToken>,
        issued_at: SystemTime,
        lifetime: Duration,
    ) -> Self {
        let access_token = access_token.into();
        Self { access_token, id_token: None, refresh_token: None, issued_at, lifetime }
    }

    /// Returns the set with an ID token.
    #[must_use]
    pub fn with_id_token(self, token: impl Into<IdToken>) -> Self {
        Self { id_token: Some(token.into()), ..self }
    }

    /// Returns the set with a refresh token.
    #[must_use]
    pub fn with_refresh_token(self, token: impl Into<RefreshToken>) -> Self {
        Self { refresh_token: Some(token.into()), ..self }
    }

    /// Returns the access token, which grants access.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// Returns the ID token, which identifies the user.
    pub fn id_token(&self) -> Option<&IdToken> {
        self.id_token.as_ref()
    }

    /// Returns the refresh token, with which new tokens are requested.
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// Returns the time at which the tokens were issued, by the clock of this program.
    pub fn issued_at(&self) -> SystemTime {
        self.issued_at
    }

    /// Returns the lifetime of the access token.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns the time at which the access token expires, by the clock of this program, but at most
    /// a hundred years after its issue.
    pub fn expires_at(&self) -> SystemTime {
        let lifetime = self.lifetime.min(LONGEST_LIFETIME);
        self.issued_at.checked_add(lifetime).unwrap_or(self.issued_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_does_not_overflow() {
        let issued_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let expires_at = |lifetime| TokenSet::new("token", issued_at, lifetime).expires_at();
        let hour = Duration::from_secs(3600);
        assert_eq!(expires_at(hour), issued_at + hour);
        for lifetime in [LONGEST_LIFETIME, Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(expires_at(lifetime), issued_at + LONGEST_LIFETIME);
        }
    }
}
