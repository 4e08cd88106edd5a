//! The end of a session whose tokens another program takes over.

use std::pin::pin;

use cognito_types::TokenSet;
use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::flight::Ask;
use super::persistence::Claimed;
use super::{Session, SessionError};
use crate::error::{Error, ErrorKind};

impl Session {
    /// Ends the session and returns its tokens, for programs that go on without this library.
    ///
    /// It waits for a refresh under way, also in another program on the same store, and deletes
    /// the session's record. The service keeps the tokens. Other handles of the session get
    /// [`SessionEnded`](ErrorKind::SessionEnded) and send nothing; signing them out revokes
    /// nothing. The service refuses to refresh tokens of a tracked device without its key: take
    /// [`device`](Self::device) first.
    ///
    /// If the call is dropped before it has returned, the session goes on.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded). Any other error has the session, which goes on: [`Store`](ErrorKind::Store) when the record cannot be deleted, and the errors of
    /// [`access_token`](Self::access_token) for new tokens that have still to be verified.
    pub async fn into_tokens(self) -> Result<TokenSet, SessionError> {
        let (sender, receiver) = oneshot::channel();
        let released = self.as_flight(|session| async move { session.release(sender).await });
        let outcome = match select(receiver, pin!(released)).await {
            Either::Left((Ok(offer), _)) => return Ok(offer.take(&self)),
            Either::Left((Err(_), released)) => released.await,
            Either::Right((outcome, _)) => outcome,
        };
        outcome.map_err(|error| self.kept_with(error))?;
        Err(ErrorKind::SessionEnded.into())
    }

    /// Deletes the record and gives the tokens to the caller, or leaves the session as it was.
    async fn release(&self, caller: oneshot::Sender<Offer>) -> Result<(), Error> {
        self.fly(Ask::Nothing).await?;
        self.claim_for_good().await?;
        if caller.is_closed() {
            self.release_record().await;
            return Ok(());
        }
        // A failed deletion may have been made all the same.
        self.forget().await.inspect_err(|_| self.state().lose_record())?;
        if self.hand_over(caller).await? {
            return Ok(());
        }
        self.state().lose_record();
        self.save_changes().await
    }

    /// Claims the record for its deletion: then no other program has newer tokens or waits for a
    /// response. A record that cannot be read belongs to no other program.
    async fn claim_for_good(&self) -> Result<(), Error> {
        loop {
            self.complete_pending(None).await?;
            match self.claim_record().await {
                Ok(Claimed::Newer) => {}
                Err(error) if error.kind() != ErrorKind::UnreadableSession => return Err(error),
                _ => return Ok(()),
            }
        }
    }

    /// Offers the tokens to the caller; returns whether it took them.
    async fn hand_over(&self, caller: oneshot::Sender<Offer>) -> Result<bool, Error> {
        let tokens = self.state().newest()?.set.clone();
        let (taken, is_taken) = oneshot::channel();
        Ok(caller.send(Offer { tokens, taken }).is_ok() && is_taken.await.is_ok())
    }
}

/// Tokens on the way to the caller. A caller that leaves before it takes them drops the offer, and
/// the session goes on.
struct Offer {
    tokens: TokenSet,
    taken: oneshot::Sender<()>,
}

impl Offer {
    /// Ends the session and takes its tokens.
    fn take(self, session: &Session) -> TokenSet {
        session.state().end(None);
        // The flight waits for it, or its runtime is gone.
        let _ = self.taken.send(());
        self.tokens
    }
}
