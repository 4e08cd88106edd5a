//! Verification of a session's tokens and their user.

use std::sync::Arc;

use cognito_tokens::{Reason, VerifyError};

use super::Session;
use super::tokens::{Claims, Pending, Tokens};
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;

/// The reason why tokens are not verified.
pub(super) enum Unverified {
    /// Their validity is unknown: the key set cannot be fetched, a clock is wrong, or a setting of
    /// the application refuses them.
    Unknown(Error),
    /// They have expired; their refresh token may still be valid.
    Expired(Error),
    /// The key set lacks their key: it was removed, the set is outdated, or the tokens are forged.
    UnknownKey(Error),
    /// They are not tokens of this pool and app client.
    Invalid(Error),
    /// They belong to another user.
    OtherUser(Error),
}

impl Unverified {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Unknown(error)
            | Self::Expired(error)
            | Self::UnknownKey(error)
            | Self::Invalid(error)
            | Self::OtherUser(error) => error,
        }
    }
}

impl From<VerifyError> for Unverified {
    fn from(error: VerifyError) -> Self {
        let (group, kind): (fn(Error) -> Self, _) = match error {
            VerifyError::KeysUnavailable(_) => (Self::Unknown, ErrorKind::KeysUnavailable),
            VerifyError::NotYetValid { .. } => (Self::Unknown, ErrorKind::ClockSkew),
            VerifyError::Expired { .. } => (Self::Expired, ErrorKind::TokenExpired),
            VerifyError::UnknownKey => (Self::UnknownKey, ErrorKind::InvalidToken),
            // The settings of the application refuse it, but the token may be valid.
            VerifyError::TooLong { .. } => (Self::Unknown, ErrorKind::Configuration),
            _ if error.reason() == Reason::Configuration => {
                (Self::Unknown, ErrorKind::Configuration)
            }
            _ => (Self::Invalid, ErrorKind::InvalidToken),
        };
        group(Error::new(kind).with_source(error))
    }
}

/// Verifies the access token, and the ID token of the same user.
pub(super) async fn verify(pool: &UserPool, tokens: &Tokens) -> Result<Claims, Unverified> {
    let (verifier, set) = (pool.session_verifier(), &tokens.set);
    let access = verifier.access_token(set.access_token().expose_secret()).await;
    let access = Arc::new(access?);
    let id = match (tokens.kept_id(), set.id_token()) {
        (Some(kept), _) => Some(Arc::clone(kept)),
        (None, Some(token)) => {
            let verified = verifier.id_token(token.expose_secret()).await;
            Some(Arc::new(verified?))
        }
        (None, None) => None,
    };
    if id.as_ref().is_some_and(|id| id.subject() != access.subject()) {
        return Err(Unverified::Invalid(other_user()));
    }
    Ok(Claims { access, id })
}

/// Returns the user name of the service.
pub(super) fn name_in(claims: &Claims) -> &str {
    claims.access.username().unwrap_or_else(|| claims.access.subject())
}

impl Session {
    /// Verifies pending tokens, which must be of this session's user.
    pub(super) async fn verify_pending(&self, pending: &Pending) -> Result<Claims, Unverified> {
        if let Some(claims) = &pending.claims {
            return Ok(claims.clone());
        }
        let clock = self.inner.pool.clock();
        let claims = match verify(&self.inner.pool, &pending.tokens).await {
            // By this clock the tokens are new, by the service's they have expired.
            Err(Unverified::Expired(error))
                if pending.is_issued && !pending.tokens.has_expired(clock) =>
            {
                let error = Error::new(ErrorKind::ClockSkew).with_source(error);
                return Err(Unverified::Unknown(error));
            }
            // The service has signed them with a new key, which not every copy of the set has yet.
            // They may contain the only refresh token.
            Err(Unverified::UnknownKey(error)) if pending.is_issued => {
                let error = Error::new(ErrorKind::KeysUnavailable).with_source(error);
                return Err(Unverified::Unknown(error));
            }
            // Tokens that were not issued to this session come from a store: those of the application
            // are already verified. The service may have removed the key since; the refresh token is
            // still valid.
            Err(Unverified::UnknownKey(error)) => return Err(Unverified::Expired(error)),
            verified => verified?,
        };
        let known = self.state().subject.clone();
        let is_known = known.is_none_or(|known| &*known == claims.access.subject());
        let name = self.inner.verified_name.get();
        if is_known && name.is_none_or(|name| name == name_in(&claims)) {
            Ok(claims)
        } else {
            Err(Unverified::OtherUser(other_user()))
        }
    }
}

fn other_user() -> Error {
    Error::new(ErrorKind::InvalidToken).with_source(VerifyError::InvalidClaim("sub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_that_the_settings_refuse_is_not_dropped() {
        for error in [VerifyError::TooLong { limit: 10, found: 12 }, VerifyError::InsecureKeySet] {
            let unverified = Unverified::from(error);
            assert!(matches!(unverified, Unverified::Unknown(_)));
            assert_eq!(unverified.into_error().kind(), ErrorKind::Configuration);
        }
        let malformed = Unverified::from(VerifyError::Malformed("payload"));
        assert!(matches!(malformed, Unverified::Invalid(_)));
    }
}
