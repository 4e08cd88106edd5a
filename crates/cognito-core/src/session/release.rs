//! The end of a session whose tokens another program takes over.

use cognito_tokens::TokenSet;
use tokio::sync::oneshot;

use super::Session;
use super::persistence::Claimed;
use super::refresh::Ask;
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
    /// [`SessionEnded`](ErrorKind::SessionEnded). Any other error carries the session, which goes
    /// on: [`Store`](ErrorKind::Store) when the record cannot be deleted, and the errors of
    /// [`access_token`](Self::access_token) for new tokens that have still to be verified.
    pub async fn into_tokens(self) -> Result<TokenSet, Error> {
        let (sender, receiver) = oneshot::channel();
        let released = self.as_flight(|session| async move { session.release(sender).await });
        released.await.map_err(|error| self.carried_by(error))?;
        // The flight has sent the tokens, because this call waits for them.
        receiver.await.map_err(|_| ErrorKind::SessionEnded.into())
    }

    /// Deletes the record and gives the tokens to the caller, or leaves the session as it was.
    async fn release(&self, caller: oneshot::Sender<TokenSet>) -> Result<(), Error> {
        self.fly(Ask::Nothing).await?;
        self.claim_for_good().await?;
        if caller.is_closed() {
            self.release_record().await;
            return Ok(());
        }
        // A failed deletion may have been made all the same.
        self.forget().await.inspect_err(|_| self.state().lose_record())?;
        if self.hand_over(caller)? {
            return Ok(());
        }
        self.state().lose_record();
        self.save_changes().await
    }

    /// Claims the record for its deletion: then no other program has newer tokens or waits for a
    /// response. A record that cannot be read belongs to no other program.
    async fn claim_for_good(&self) -> Result<(), Error> {
        loop {
            self.complete_pending().await?;
            match self.claim_record().await {
                Ok(Claimed::Newer) => {}
                Err(error) if error.kind() != ErrorKind::UnreadableSession => return Err(error),
                _ => return Ok(()),
            }
        }
    }

    /// Ends the session if the caller is there to take the tokens; returns whether it is.
    fn hand_over(&self, caller: oneshot::Sender<TokenSet>) -> Result<bool, Error> {
        let mut state = self.state();
        let tokens = state.newest()?.set.clone();
        let is_taken = caller.send(tokens).is_ok();
        if is_taken {
            state.end(None);
        }
        Ok(is_taken)
    }
}
