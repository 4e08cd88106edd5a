//! Deletion of a session's record, which other programs change too.

use cognito_types::{RefreshToken, StoredSession, Swap};

use super::Session;
use super::stored::Record;
use super::tokens::Tokens;
use crate::error::{Error, ErrorKind};
use crate::unverified;

/// The number of attempts of a deletion while other programs change the record too.
const ATTEMPTS: usize = 5;

/// The treatment of newer tokens of the same sign-in, which another program has stored.
#[derive(Clone, Copy)]
pub(super) enum Newer<'a> {
    /// They are deleted, because the service has revoked them.
    Delete,
    /// They are deleted, and revoked unless they are among these, whose revocation was requested.
    Revoke(&'a [RefreshToken]),
    /// They are kept, and the deletion fails: the session has to use them first.
    Keep,
}

/// The owner of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// This session, or none, because the record cannot be parsed.
    Own,
    /// The sign-in of this session, whose tokens another program has refreshed.
    SameSignIn,
    /// A session that has replaced this one.
    Other,
}

impl Session {
    /// Deletes the session's record, but not that of a session that has replaced it.
    pub(super) async fn forget(&self, newer: Newer<'_>) -> Result<(), Error> {
        let Some(store) = self.record_store() else { return Ok(()) };
        // A failed save may have succeeded, so the revision is unknown.
        let mut revision = self.state().revision;
        for _ in 0..ATTEMPTS {
            let loaded = match revision {
                Some(_) => match store.swap(revision, None).await {
                    Ok(Swap::Done(_)) => return Ok(()),
                    Ok(_) => store.load().await,
                    Err(error) => Err(error),
                },
                None => store.load().await,
            };
            revision = match loaded {
                Ok(Some((stored, found))) if self.may_delete(&stored, newer).await? => Some(found),
                // A sign-out also deletes a record that cannot be parsed.
                Err(error) if error.kind() == ErrorKind::UnreadableSession => {
                    return store.replace(None).await;
                }
                loaded => return loaded.map(drop),
            };
        }
        Err(ErrorKind::Store.into())
    }

    /// Returns whether the record is to be deleted. Newer tokens of the same sign-in are revoked
    /// first, so that the sign-out can be repeated if that fails. A refresh that begins meanwhile can
    /// make them known to this session.
    async fn may_delete(&self, stored: &StoredSession, newer: Newer<'_>) -> Result<bool, Error> {
        match (self.owner(stored), newer) {
            (Owner::Other, _) => Ok(false),
            (Owner::SameSignIn, Newer::Keep) => Err(ErrorKind::Store.into()),
            (_, Newer::Revoke(revoked)) => self.revoke_stored(stored, revoked).await.map(|()| true),
            _ => Ok(true),
        }
    }

    fn owner(&self, stored: &StoredSession) -> Owner {
        let Ok(record) = Record::decode(stored) else { return Owner::Own };
        let state = self.state();
        if state.knows(record.access_token()) {
            return Owner::Own;
        }
        let is_same = state.newest().is_ok_and(|newest| {
            let own = newest.set.access_token().expose_secret();
            unverified::are_of_one_sign_in(own, record.access_token())
        });
        if is_same { Owner::SameSignIn } else { Owner::Other }
    }

    /// Revokes the refresh token of a record. A definite refusal does not keep the record: the
    /// token is not valid, or the app client does not allow revocation.
    async fn revoke_stored(
        &self,
        stored: &StoredSession,
        revoked: &[RefreshToken],
    ) -> Result<(), Error> {
        let Ok(record) = Record::decode(stored) else { return Ok(()) };
        let Some(token) = record.tokens().refresh_token().cloned() else { return Ok(()) };
        if is_among(&token, revoked) {
            return Ok(());
        }
        match self.app_client().revoke(&token).await {
            Err(error) if error.is_transient() => Err(error),
            _ => Ok(()),
        }
    }

    /// Revokes the last tokens of an ended session.
    pub(super) async fn revoke_last(&self, tokens: &Tokens) {
        if let Some(token) = tokens.set.refresh_token()
            && let Err(error) = self.app_client().revoke(token).await
        {
            tracing::warn!(error = ?error.kind(), "tokens of an ended session are not revoked");
        }
    }
}

/// Returns whether a refresh token is one of these.
pub(super) fn is_among(token: &RefreshToken, tokens: &[RefreshToken]) -> bool {
    tokens.iter().any(|other| other.expose_secret() == token.expose_secret())
}
