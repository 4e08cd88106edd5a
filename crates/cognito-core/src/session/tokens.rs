//! The tokens of a session: current, pending, and their age.

use std::sync::Arc;
use std::time::Duration;

use cognito_tokens::{AccessClaims, IdClaims};
use cognito_types::{Clock, Lifetime, RefreshToken, TokenSet};

use super::own_device::SessionDevice;
use super::request_tokens::RefreshBy;
use crate::sign_in::wire::NewTokens;

/// The longest time before its expiration at which a token is refreshed.
const MAX_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The part of a token's lifetime, before its end, in which it is refreshed: a fifth.
const MARGIN_SHARE: u32 = 5;

/// Tokens with their device and the way to refresh them.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) set: TokenSet,
    pub(super) device: Option<SessionDevice>,
    pub(super) refresh_by: RefreshBy,
    /// The lifetime of the access token.
    lifetime: Lifetime,
    /// The claims of the ID token of an earlier response, if the last response had none.
    kept_id: Option<Arc<IdClaims>>,
}

/// Tokens that are not verified or not stored yet. Callers do not get them.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) tokens: Tokens,
    /// True if the service issued them to this session, not to another or an earlier one.
    pub(super) is_issued: bool,
    /// True if a refresh has replaced the refresh token, so that no other program has the new one.
    pub(super) is_rotated: bool,
    /// True if the store has them.
    pub(super) is_stored: bool,
    /// Present once they are verified.
    pub(super) claims: Option<Claims>,
}

/// Tokens that are verified and stored, which callers get.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) tokens: Tokens,
    pub(super) claims: Claims,
    /// Grows with every refresh.
    pub(super) generation: u64,
    pub(super) standing: Standing,
    /// The lifetime of the token that expires first.
    lifetime: Lifetime,
}

/// Verified claims.
#[derive(Clone)]
pub(super) struct Claims {
    pub(super) access: Arc<AccessClaims>,
    pub(super) id: Option<Arc<IdClaims>>,
}

/// The standing of the access token with servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// No server has refused it.
    Good,
    /// A server has refused it; others may accept it.
    Rejected,
    /// The service said that it is revoked, or its user is deleted or disabled.
    Revoked,
}

/// The remaining lifetime of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Fresh,
    /// They are valid and should be refreshed.
    Ending,
    Expired,
}

impl Age {
    fn of(lifetime: &Lifetime, clock: &dyn Clock) -> Self {
        let remaining = lifetime.remaining(clock);
        if remaining.is_zero() {
            Self::Expired
        } else if remaining <= lifetime.last_part(MARGIN_SHARE, MAX_MARGIN) {
            Self::Ending
        } else {
            Self::Fresh
        }
    }
}

impl Tokens {
    /// Creates tokens from a response of the service.
    pub(super) fn issued(new: NewTokens, clock: &dyn Clock) -> Self {
        let mut set = TokenSet::new(new.access_token, clock.now(), new.lifetime);
        if let Some(token) = new.id_token {
            set = set.with_id_token(token);
        }
        if let Some(token) = new.refresh_token {
            set = set.with_refresh_token(token);
        }
        Self::of_set(set, clock)
    }

    /// Creates tokens that were issued earlier.
    pub(super) fn of_set(set: TokenSet, clock: &dyn Clock) -> Self {
        let lifetime = Lifetime::new(set.issued_at(), set.lifetime(), clock);
        Self { set, device: None, refresh_by: RefreshBy::Api, lifetime, kept_id: None }
    }

    pub(super) fn with_device(self, device: Option<SessionDevice>) -> Self {
        Self { device, ..self }
    }

    pub(super) fn with_refresh_by(self, refresh_by: RefreshBy) -> Self {
        Self { refresh_by, ..self }
    }

    /// Keeps the refresh token and the ID token if the response has none.
    pub(super) fn after(self, refresh_token: &RefreshToken, current: Option<&Current>) -> Self {
        let mut tokens = self;
        if tokens.set.refresh_token().is_none() {
            tokens.set = tokens.set.with_refresh_token(refresh_token.clone());
        }
        if let (None, Some(current)) = (tokens.set.id_token(), current)
            && let (Some(token), Some(claims)) = (current.tokens.set.id_token(), &current.claims.id)
            && claims.expires_at() > tokens.set.issued_at()
        {
            tokens.set = tokens.set.with_id_token(token.clone());
            tokens.kept_id = Some(Arc::clone(claims));
        }
        tokens
    }

    pub(super) fn kept_id(&self) -> Option<&Arc<IdClaims>> {
        self.kept_id.as_ref()
    }

    pub(super) fn has_expired(&self, clock: &dyn Clock) -> bool {
        self.lifetime.has_expired(clock)
    }
}

impl Pending {
    /// Creates pending tokens from a response of the service.
    pub(super) fn issued(tokens: Tokens) -> Self {
        Self { is_issued: true, ..Self::adopted(tokens) }
    }

    /// Creates pending tokens from the response to a refresh with the `used` refresh token.
    pub(super) fn refreshed(tokens: Tokens, used: &RefreshToken) -> Self {
        let is_new = |token: &RefreshToken| token.expose_secret() != used.expose_secret();
        let is_rotated = tokens.set.refresh_token().is_some_and(is_new);
        Self { is_rotated, ..Self::issued(tokens) }
    }

    /// Creates pending tokens from a store.
    pub(super) fn stored(tokens: Tokens) -> Self {
        Self { is_stored: true, ..Self::adopted(tokens) }
    }

    /// Creates pending tokens from the application.
    pub(super) fn adopted(tokens: Tokens) -> Self {
        Self { tokens, is_issued: false, is_rotated: false, is_stored: false, claims: None }
    }
}

impl Current {
    pub(super) fn new(tokens: Tokens, claims: Claims, generation: u64) -> Self {
        let access = tokens.lifetime.length();
        // The ID token may have a shorter lifetime than the access token. An ID token of an earlier
        // response does not count, because the service would not replace it.
        let id = claims.id.as_ref().filter(|_| tokens.kept_id.is_none()).map(|id| {
            let issued_at = id.issued_at().unwrap_or_else(|| tokens.set.issued_at());
            id.expires_at().duration_since(issued_at).unwrap_or_default()
        });
        let lifetime = tokens.lifetime.with_length(id.map_or(access, |id| id.min(access)));
        Self { tokens, claims, generation, standing: Standing::Good, lifetime }
    }

    pub(super) fn age(&self, clock: &dyn Clock) -> Age {
        Age::of(&self.lifetime, clock)
    }

    /// Returns whether callers may still get them.
    pub(super) fn holds(&self, clock: &dyn Clock) -> bool {
        self.age(clock) != Age::Expired && self.standing != Standing::Revoked
    }

    /// Returns the claims of the ID token, unless it is from an earlier response and has expired.
    pub(super) fn id_claims(&self, clock: &dyn Clock) -> Option<&Arc<IdClaims>> {
        let expires = |claims: &&Arc<IdClaims>| {
            self.tokens.kept_id.is_none() || claims.expires_at() > clock.now()
        };
        self.claims.id.as_ref().filter(expires)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    /// A clock that always shows this many seconds after the epoch.
    #[derive(Debug)]
    struct At(u64);

    impl Clock for At {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + self.elapsed()
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0)
        }
    }

    #[test]
    fn tokens_are_refreshed_in_the_last_fifth_and_at_most_five_minutes_before_the_end() {
        let cases = [
            (300, 239, Age::Fresh),
            (300, 240, Age::Ending),
            (300, 299, Age::Ending),
            (300, 300, Age::Expired),
            (86_400, 86_400 - 301, Age::Fresh),
            (86_400, 86_400 - 300, Age::Ending),
            (0, 0, Age::Expired),
        ];
        for (length, passed, age) in cases {
            let issued = SystemTime::UNIX_EPOCH;
            let lifetime = Lifetime::new(issued, Duration::from_secs(length), &At(0));
            assert_eq!(Age::of(&lifetime, &At(passed)), age, "{passed} of {length} seconds");
        }
    }
}
