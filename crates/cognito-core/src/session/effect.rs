//! Requests that the service refuses when they are repeated, because their effect is there.
//!
//! When the response to such a request is lost, the next attempt is refused: the user does not
//! exist, the token is revoked. The caller asked for exactly that, so the refusal is a success.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// How often a request is sent before its outcome is reported as unknown.
const ATTEMPTS: u32 = 3;

/// The pause before the second attempt; it doubles with each.
const PAUSE: Duration = Duration::from_millis(100);

/// The effect of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    AccountDeleted,
    SignedOutEverywhere,
    /// The device of that key is forgotten.
    DeviceForgotten(String),
    /// The passkey of that id is deleted.
    PasskeyDeleted(String),
}

impl Effect {
    /// Returns whether the session ends with it. A later failure of the store makes the caller
    /// repeat it.
    fn ends_session(&self) -> bool {
        matches!(self, Self::AccountDeleted | Self::SignedOutEverywhere)
    }

    /// Returns whether a refusal shows that the effect is there.
    ///
    /// `attempted` is whether this session sent the request before, and got no response or ended
    /// with it. Without that a refusal says less: a token may have been revoked alone, a device
    /// key may be wrong.
    fn is_shown_by(&self, error: &Error, attempted: bool) -> bool {
        use ErrorKind::{DeviceForgotten, SessionEnded, TokenRevoked, UserNotFound};
        match (self, error.kind()) {
            (Self::AccountDeleted | Self::SignedOutEverywhere, UserNotFound) => true,
            (Self::AccountDeleted | Self::SignedOutEverywhere, TokenRevoked | SessionEnded)
            | (Self::DeviceForgotten(_), DeviceForgotten) => attempted,
            (Self::PasskeyDeleted(_), _) => {
                attempted && error.exception() == Some("ResourceNotFoundException")
            }
            _ => false,
        }
    }
}

/// The effects that may be there: of requests without a response, or of those that end the session.
#[derive(Debug, Default)]
pub(super) struct UnknownOutcomes(Mutex<Vec<Effect>>);

impl UnknownOutcomes {
    /// Sends a request until its outcome is known, a few times at most.
    pub(super) async fn repeat<F>(
        &self,
        effect: Effect,
        request: impl Fn() -> F + Send + Sync,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        for attempt in 1..ATTEMPTS {
            match self.send(&effect, request()).await {
                Err(error) if error.leaves_outcome_unknown() && error.is_transient() => {
                    tokio::time::sleep(PAUSE.saturating_mul(attempt)).await;
                }
                outcome => return outcome,
            }
        }
        self.send(&effect, request()).await
    }

    async fn send(
        &self,
        effect: &Effect,
        request: impl Future<Output = Result<(), Error>> + Send,
    ) -> Result<(), Error> {
        match request.await {
            Err(error) if error.leaves_outcome_unknown() => {
                self.set(effect, true);
                Err(error)
            }
            Err(error) if effect.is_shown_by(&error, self.contains(effect)) => {
                self.set(effect, effect.ends_session());
                Ok(())
            }
            // Throttling, or another refusal: what was unknown before still is.
            Err(error) => Err(error),
            Ok(()) => {
                self.set(effect, effect.ends_session());
                Ok(())
            }
        }
    }

    fn contains(&self, effect: &Effect) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(effect)
    }

    fn set(&self, effect: &Effect, unknown: bool) {
        let mut effects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        effects.retain(|known| known != effect);
        if unknown {
            effects.push(effect.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_shows_an_effect_only_after_an_attempt_without_a_response() {
        let revoked = Error::new(ErrorKind::TokenRevoked);
        assert!(Effect::SignedOutEverywhere.is_shown_by(&revoked, true));
        assert!(!Effect::SignedOutEverywhere.is_shown_by(&revoked, false));
        let gone = Error::new(ErrorKind::UserNotFound);
        assert!(Effect::AccountDeleted.is_shown_by(&gone, false), "there is no user to delete");
        let throttled = Error::new(ErrorKind::Throttled);
        assert!(!Effect::AccountDeleted.is_shown_by(&throttled, true));
        let forgotten = Error::new(ErrorKind::DeviceForgotten);
        assert!(!Effect::AccountDeleted.is_shown_by(&forgotten, true));
    }

    #[test]
    fn unknown_outcomes_are_kept_for_each_effect() {
        let outcomes = UnknownOutcomes::default();
        let (one, two) = (Effect::DeviceForgotten("1".into()), Effect::DeviceForgotten("2".into()));
        outcomes.set(&one, true);
        outcomes.set(&one, true);
        assert!(outcomes.contains(&one) && !outcomes.contains(&two));
        outcomes.set(&one, false);
        assert!(!outcomes.contains(&one));
    }
}
