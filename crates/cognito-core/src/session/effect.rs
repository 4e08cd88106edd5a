//! Requests that the service refuses when they are repeated after they took effect.
//!
//! When the response to such a request is lost, the retry is refused: the user does not exist, the
//! token is revoked. That is the effect that the caller wants, so the refusal counts as success.

use std::sync::{Mutex, PoisonError};

use cognito_types::AccessToken;

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::transport::Operation;

/// The effect of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    AccountDeleted,
    SignedOutEverywhere,
    /// The device with this key is forgotten.
    DeviceForgotten(String),
    /// The passkey with this id is deleted.
    PasskeyDeleted(String),
}

impl Effect {
    /// Returns whether the effect ends the session. The request may be repeated if the store fails
    /// afterwards.
    fn ends_session(&self) -> bool {
        matches!(self, Self::AccountDeleted | Self::SignedOutEverywhere)
    }

    fn operation(&self) -> Operation {
        match self {
            Self::AccountDeleted => Operation::DeleteUser,
            Self::SignedOutEverywhere => Operation::GlobalSignOut,
            Self::DeviceForgotten(_) => Operation::ForgetDevice,
            Self::PasskeyDeleted(_) => Operation::DeleteWebAuthnCredential,
        }
    }

    /// Returns whether a refusal shows that the request took effect.
    ///
    /// `attempted` is true if this session sent the request before, and got no response or ended
    /// with it. Otherwise a refusal proves less: a token may have been revoked alone, a device key
    /// may be wrong.
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

/// The effects of requests that got no response, and of requests that end the session.
#[derive(Debug, Default)]
pub(super) struct UnknownOutcomes(Mutex<Vec<Effect>>);

impl Session {
    /// Sends a request, which the transport retries until its outcome is known. A refusal that
    /// shows its effect counts as success.
    pub(super) async fn resolve<F>(
        &self,
        effect: Effect,
        send: impl FnOnce(AccessToken) -> F + Send,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        let outcomes = &self.inner.unknown_outcomes;
        let token = match self.token_for(effect.operation()).await {
            Err(error) if effect.is_shown_by(&error, outcomes.contains(&effect)) => return Ok(()),
            token => token?,
        };
        let mut note = Note { outcomes, effect: &effect, is_unknown: true };
        match self.note_rejection(&token, send(token.clone()).await) {
            Err(error) if error.leaves_outcome_unknown() => Err(error),
            Err(error) => {
                let attempted = error.follows_unknown_outcome() || outcomes.contains(&effect);
                if effect.is_shown_by(&error, attempted) {
                    note.is_unknown = effect.ends_session();
                    return Ok(());
                }
                // After throttling or another refusal, an unknown outcome stays unknown.
                note.is_unknown = attempted;
                Err(error)
            }
            Ok(()) => {
                note.is_unknown = effect.ends_session();
                Ok(())
            }
        }
    }
}

impl UnknownOutcomes {
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

/// Records on drop whether the outcome of a request is unknown, as it is when the caller drops the
/// future.
struct Note<'a> {
    outcomes: &'a UnknownOutcomes,
    effect: &'a Effect,
    is_unknown: bool,
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        self.outcomes.set(self.effect, self.is_unknown);
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
        assert!(Effect::AccountDeleted.is_shown_by(&gone, false), "the user does not exist");
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
