//! The service's own token as the actor of exchanges.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cognito_types::{IssuedToken, TokenError, TokenErrorKind, TokenRequest, TokenSource};

/// The time after a successful exchange in which refusals are not attributed to the actor.
const GOOD_FOR: Duration = Duration::from_secs(5 * 60);

/// The actor of all exchanges that do not set another one.
pub(super) struct OwnActor {
    source: Arc<dyn TokenSource>,
    /// The time of the last exchange in which it was accepted, by the monotonic clock.
    accepted_at: Mutex<Option<Duration>>,
}

impl OwnActor {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, accepted_at: Mutex::new(None) }
    }

    /// Returns the service's token. Its errors are never of kind `Ended`, which would end the
    /// user's session.
    pub(super) async fn token(&self) -> Result<IssuedToken, TokenError> {
        let token = self.source.token(&TokenRequest::access()).await;
        token.map_err(|error| match error.kind() {
            TokenErrorKind::Ended => TokenError::new(TokenErrorKind::Configuration, error),
            _ => error,
        })
    }

    /// Rejects a token that may have been refused, and returns another one if the source has one.
    /// The source limits the refreshes.
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

    /// Returns whether the endpoint accepted the actor recently.
    pub(super) fn is_good(&self, now: Duration) -> bool {
        let accepted_at = *self.accepted_at.lock().unwrap_or_else(PoisonError::into_inner);
        accepted_at.is_some_and(|at| now.saturating_sub(at) < GOOD_FOR)
    }
}
