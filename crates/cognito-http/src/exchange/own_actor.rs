//! The service that exchanges tokens, as the actor of its exchanges.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cognito_types::{IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource};

/// The time after an exchange for which refusals are not put down to the actor.
const GOOD_FOR: Duration = Duration::from_secs(5 * 60);

/// The actor of all exchanges without another one.
pub(super) struct OwnActor {
    source: Arc<dyn TokenSource>,
    /// The time of the last exchange that it was accepted in, by the monotonic clock.
    accepted_at: Mutex<Option<Duration>>,
}

impl OwnActor {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, accepted_at: Mutex::new(None) }
    }

    /// Returns the token by which the service names itself. Its errors are never of the kind `Ended`,
    /// which would end the user's session.
    pub(super) async fn token(&self) -> Result<IssuedToken, TokenError> {
        let token = self.source.token(&TokenRequest::access()).await;
        token.map_err(|error| match error.kind() {
            TokenErrorKind::Ended => TokenError::new(TokenErrorKind::Configuration, error),
            _ => error,
        })
    }

    /// Reports a token that may have been refused, and returns another one, if the source has it: it
    /// limits how often a rejection causes a refresh.
    pub(super) async fn instead_of(
        &self,
        refused: &IssuedToken,
    ) -> Result<Option<IssuedToken>, TokenError> {
        self.source.reject(refused);
        let next = self.token().await?;
        Ok(Some(next).filter(|next| next.expose_secret() != refused.expose_secret()))
    }

    pub(super) fn accepted(&self, now: Duration) {
        *self.accepted_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Returns whether the endpoint has accepted the actor lately.
    pub(super) fn is_good(&self, now: Duration) -> bool {
        let accepted_at = *self.accepted_at.lock().unwrap_or_else(PoisonError::into_inner);
        accepted_at.is_some_and(|at| now.saturating_sub(at) < GOOD_FOR)
    }
}
