//! Ends a session and returns its tokens.

use std::pin::pin;

use cognito_types::TokenSet;
use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::flight::FlightKind;
use super::forget::Newer;
use super::persistence::Claimed;
use super::{Session, SessionError};
use crate::error::{Error, ErrorKind};

impl Session {
    /// Ends the session and returns its tokens, for programs that continue without this library.
    ///
    /// It waits for a refresh under way, also in another program on the same store, and deletes the
    /// session's record. The tokens stay valid. Other handles of the session get
    /// [`SessionEnded`](ErrorKind::SessionEnded) and send nothing; signing them out revokes
    /// nothing. The service refuses to refresh tokens of a tracked device without its key: get
    /// [`device`](Self::device) first.
    ///
    /// If the future is dropped before it completes, the session continues.
    ///
    /// # Errors
    ///
    /// [`SessionEnded`](ErrorKind::SessionEnded). Any other error contains the session, which
    /// continues: [`Store`](ErrorKind::Store) when the record cannot be deleted, and the errors of
    /// [`access_token`](Self::access_token) for new tokens that are not verified yet.
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

    /// Deletes the record and passes the tokens to the caller, or leaves the session unchanged.
    async fn release(&self, caller: oneshot::Sender<Offer>) -> Result<(), Error> {
        self.run_flight(FlightKind::Store).await?;
        self.claim_for_good().await?;
        if caller.is_closed() {
            self.release_record().await;
            return Ok(());
        }
        // A deletion that fails, or whose runtime is shut down, may have succeeded.
        self.state().lose_record();
        if let Err(error) = self.forget(Newer::Keep).await {
            self.release_record().await;
            return Err(error);
        }
        if self.hand_over(caller).await? {
            return Ok(());
        }
        self.save_changes().await
    }

    /// Claims the record for its deletion, so that no other program has newer tokens or is
    /// refreshing. A record that cannot be parsed needs no claim.
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

    /// Offers the tokens to the caller; returns whether the caller took them.
    async fn hand_over(&self, caller: oneshot::Sender<Offer>) -> Result<bool, Error> {
        let tokens = self.state().newest()?.set.clone();
        let (taken, is_taken) = oneshot::channel();
        Ok(caller.send(Offer { tokens, taken }).is_ok() && is_taken.await.is_ok())
    }
}

/// Tokens on the way to the caller. If the caller drops the offer, the session continues.
struct Offer {
    tokens: TokenSet,
    taken: oneshot::Sender<()>,
}

impl Offer {
    /// Ends the session and takes its tokens.
    fn take(self, session: &Session) -> TokenSet {
        session.state().end(None);
        // The flight waits for this message, unless its runtime is gone.
        let _ = self.taken.send(());
        self.tokens
    }
}
