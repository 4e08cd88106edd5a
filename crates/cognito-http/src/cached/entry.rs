//! What is kept of one kind of token: the token, how old it is, and what is under way.

use std::time::Duration;

use cognito_tokens::{
    Clock, IdToken, IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenSet,
};

use crate::flight::{Flight, under_way};
use crate::pause::{Pause, share};

/// The share of a token's lifetime before its end at which it is renewed: a tenth, because every
/// token of a program is paid for.
const MARGIN_SHARE: u32 = 10;

/// The longest time before its end at which a token is renewed.
const MAX_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The share of a token's lifetime before its end at which callers wait for the renewal: a
/// twentieth.
const CLOSING_SHARE: u32 = 20;

/// The longest time before its end at which callers wait for the renewal.
const MAX_CLOSING: Duration = Duration::from_secs(30);

/// Tokens of one kind and scopes.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) current: Option<Current>,
    pub(super) flight: Option<Flight<IssuedToken>>,
    /// After the last fetch failed.
    pub(super) pause: Option<Pause>,
}

/// A token that was fetched.
pub(super) struct Current {
    pub(super) issued: IssuedToken,
    /// Whether a server refused it.
    pub(super) refused: bool,
    set: TokenSet,
    /// When it was issued, by the monotonic clock.
    issued_elapsed: Duration,
    /// How long before its end it is renewed.
    margin: Duration,
}

/// Whether a token can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// It holds for a while.
    Fresh,
    /// It holds, and should be renewed.
    Ending,
    /// It may end on its way to the server.
    Closing,
    /// It has expired, or was refused.
    Over,
}

impl Entry {
    /// The tokens that a server has refused.
    pub(super) fn refused(&self) -> Option<TokenSet> {
        self.current.as_ref().filter(|current| current.refused).map(|current| current.set.clone())
    }

    /// Whether anybody would miss it.
    pub(super) fn is_of_use(&self, clock: &dyn Clock) -> bool {
        let holds = self.current.as_ref().is_some_and(|current| current.age(clock) != Age::Over);
        let pauses = self.pause.as_ref().is_some_and(|pause| pause.lasts(clock.elapsed()));
        holds || pauses || under_way(&self.flight).is_some()
    }
}

impl Current {
    pub(super) fn new(
        set: TokenSet,
        kind: TokenKind,
        generation: u64,
        clock: &dyn Clock,
    ) -> Result<Self, TokenError> {
        let token = match kind {
            TokenKind::Id => set.id_token().map(IdToken::expose_secret),
            _ => Some(set.access_token().expose_secret()),
        };
        let lacking = "no token of that kind was fetched";
        let token = token.ok_or_else(|| TokenError::new(TokenErrorKind::Configuration, lacking))?;
        let issued = IssuedToken::new(token, set.expires_at(), generation);
        let margin = (set.lifetime() / MARGIN_SHARE).min(MAX_MARGIN);
        // So that programs that started together do not renew together.
        let margin = margin.saturating_sub(share(margin / 4));
        let age = clock.now().duration_since(set.issued_at()).unwrap_or_default();
        let issued_elapsed = clock.elapsed().saturating_sub(age);
        let current = Self { issued, refused: false, set, issued_elapsed, margin };
        if current.age(clock) == Age::Over {
            // To be fetched again after a pause, not at once and for ever.
            let ended = "the token had expired when it came";
            return Err(TokenError::new(TokenErrorKind::Transient, ended));
        }
        Ok(current)
    }

    /// How old the token is: by the wall clock or the monotonic one, whichever says older.
    pub(super) fn age(&self, clock: &dyn Clock) -> Age {
        let wall = clock.now().duration_since(self.set.issued_at()).unwrap_or_default();
        let age = wall.max(clock.elapsed().saturating_sub(self.issued_elapsed));
        let lifetime = self.set.lifetime();
        let closing = (lifetime / CLOSING_SHARE).min(MAX_CLOSING);
        if self.refused || age >= lifetime {
            Age::Over
        } else if age >= lifetime.saturating_sub(closing) {
            Age::Closing
        } else if age >= lifetime.saturating_sub(self.margin) {
            Age::Ending
        } else {
            Age::Fresh
        }
    }
}
