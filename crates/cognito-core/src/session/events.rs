//! Events of a session, for applications that log or count them, or ask the user to sign in.

use std::time::SystemTime;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::error::Error;

/// The number of events that are kept for a slow subscriber before it misses the oldest.
const CAPACITY: usize = 16;

/// An event of a [`Session`](crate::Session). It contains no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SessionEvent {
    /// The session has new tokens, from the service or from another program on the same store.
    Refreshed {
        /// When the new access token expires.
        expires_at: SystemTime,
    },
    /// A refresh failed; the session keeps its tokens and retries when they are needed.
    RefreshFailed(Error),
    /// The session has ended. This is its last event.
    Ended {
        /// The refusal of the service, or the expiration of tokens that cannot be refreshed; none
        /// after a sign-out or [`into_tokens`](crate::Session::into_tokens).
        reason: Option<Error>,
    },
}

/// Returns a stream of the events of a receiver.
pub(super) fn stream(
    receiver: Option<broadcast::Receiver<SessionEvent>>,
) -> impl Stream<Item = SessionEvent> + Send + Unpin {
    stream::unfold(receiver, |receiver| async move { next(receiver?).await }).boxed()
}

/// Returns the next event, and the receiver if more can follow.
async fn next(
    mut receiver: broadcast::Receiver<SessionEvent>,
) -> Option<(SessionEvent, Option<broadcast::Receiver<SessionEvent>>)> {
    loop {
        match receiver.recv().await {
            Ok(event @ SessionEvent::Ended { .. }) => return Some((event, None)),
            Ok(event) => return Some((event, Some(receiver))),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

pub(super) fn channel() -> broadcast::Sender<SessionEvent> {
    broadcast::Sender::new(CAPACITY)
}
