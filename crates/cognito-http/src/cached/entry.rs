//! A cache entry: the token, its age, and the refresh under way.

use std::time::Duration;

use cognito_types::{
    Clock, IdToken, IssuedToken, Lifetime, RejectionPauses, TokenError, TokenErrorKind, TokenKind,
    TokenSet,
};

use super::cache::Fetched;
use crate::attempts::Attempts;
use crate::pause::share;

/// The minimum age of a token whose rejection causes a refresh.
///
/// A server that rejects a token that was just issued rejects the next one too.
pub const MIN_REJECTED_AGE: Duration = Duration::from_secs(10);

/// The part of a token's lifetime, before its end, in which it is refreshed: a tenth, because AWS
/// bills every machine token.
const MARGIN_SHARE: u32 = 10;

/// The longest time before its expiration at which a token is refreshed.
const MAX_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The part of a token's lifetime, before its end, in which callers wait for the refresh: a
/// twentieth.
const CLOSING_SHARE: u32 = 20;

/// The longest time before its expiration at which callers wait for the refresh.
const MAX_CLOSING: Duration = Duration::from_secs(30);

/// The time after a pause for which its length is remembered.
const PAUSE_MEMORY: Duration = Duration::from_secs(10 * 60);

/// Tokens of one kind and scopes.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) current: Option<Current>,
    pub(super) attempts: Attempts<IssuedToken>,
    rejections: RejectionPauses,
}

/// A token that was fetched.
pub(super) struct Current {
    pub(super) issued: IssuedToken,
    rejected: bool,
    set: TokenSet,
    lifetime: Lifetime,
    /// The time before its expiration at which it is refreshed.
    margin: Duration,
    /// The time before its expiration at which callers wait for the refresh.
    closing: Duration,
}

/// A token that is still valid.
pub(super) struct Held {
    pub(super) token: IssuedToken,
    /// The remaining lifetime.
    pub(super) remaining: Duration,
    urgency: Urgency,
}

/// The urgency of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// The token is valid for some time.
    None,
    /// The token should be refreshed in the background.
    Soon,
    /// The token may expire on its way to the server.
    Now,
    /// A server rejected the token.
    Rejected,
}

impl Entry {
    /// Returns the token, unless it has expired.
    pub(super) fn held(&self, clock: &dyn Clock) -> Option<Held> {
        self.current.as_ref().and_then(|current| current.held(clock))
    }

    pub(super) fn generation(&self) -> Option<u64> {
        self.current.as_ref().map(|current| current.issued.generation())
    }

    /// Returns the tokens that a server rejected.
    pub(super) fn rejected(&self) -> Option<TokenSet> {
        self.current.as_ref().filter(|current| current.rejected).map(|current| current.set.clone())
    }

    /// Records that a server rejected the current token.
    pub(super) fn reject(&mut self, clock: &dyn Clock) {
        let Some(current) = self.current.as_mut().filter(|current| !current.rejected) else {
            return;
        };
        let is_old = current.lifetime.age(clock) >= MIN_REJECTED_AGE;
        current.rejected = is_old && self.rejections.allow_refresh(clock.elapsed());
    }

    /// Returns whether the entry has neither a valid token nor a recent failure whose pauses would
    /// be reset.
    pub(super) fn is_stale(&self, clock: &dyn Clock) -> bool {
        let long_ago = clock.elapsed().saturating_sub(PAUSE_MEMORY);
        self.held(clock).is_none() && self.attempts.is_idle(long_ago)
    }

    /// Returns whether removing the entry would cost a fetch or a pause.
    pub(super) fn is_of_use(&self, clock: &dyn Clock) -> bool {
        self.held(clock).is_some() || !self.attempts.is_idle(clock.elapsed())
    }
}

impl Current {
    pub(super) fn new(
        Fetched { set, is_renewable }: Fetched,
        kind: TokenKind,
        generation: u64,
        clock: &dyn Clock,
    ) -> Result<Self, TokenError> {
        let token = match kind {
            TokenKind::Id => set.id_token().map(IdToken::expose_secret),
            _ => Some(set.access_token().expose_secret()),
        };
        let lacking = "the fetched set has no token of the requested kind";
        let token = token.ok_or_else(|| TokenError::new(TokenErrorKind::Configuration, lacking))?;
        let issued = IssuedToken::new(token, set.expires_at(), generation);
        let lifetime = Lifetime::new(set.issued_at(), set.lifetime(), clock);
        let margin = lifetime.last_part(MARGIN_SHARE, MAX_MARGIN);
        // The random part prevents programs that started together from refreshing together.
        let margin = margin.saturating_sub(share(margin / 4));
        let closing = lifetime.last_part(CLOSING_SHARE, MAX_CLOSING);
        let (margin, closing) = if is_renewable { (margin, closing) } else { Default::default() };
        let current = Self { issued, rejected: false, set, lifetime, margin, closing };
        if current.held(clock).is_none() {
            // Fetch again after a pause, not at once.
            let expired = "the fetched token has already expired";
            return Err(TokenError::new(TokenErrorKind::Transient, expired));
        }
        Ok(current)
    }

    fn held(&self, clock: &dyn Clock) -> Option<Held> {
        let remaining = Some(self.lifetime.remaining(clock)).filter(|left| !left.is_zero())?;
        let urgency = if self.rejected {
            Urgency::Rejected
        } else if remaining <= self.closing {
            Urgency::Now
        } else if remaining <= self.margin {
            Urgency::Soon
        } else {
            Urgency::None
        };
        Some(Held { token: self.issued.clone(), remaining, urgency })
    }
}

impl Held {
    pub(super) fn is_fresh(&self) -> bool {
        self.urgency == Urgency::None
    }

    pub(super) fn is_refreshed_in_background(&self) -> bool {
        self.urgency == Urgency::Soon
    }

    /// Returns the token although its refresh failed; returns the error if the token was rejected
    /// and the refresh was definitely refused.
    pub(super) fn instead_of(self, error: TokenError) -> Result<IssuedToken, TokenError> {
        let is_final = error.kind() != TokenErrorKind::Transient;
        if self.urgency == Urgency::Rejected && is_final { Err(error) } else { Ok(self.token) }
    }
}
