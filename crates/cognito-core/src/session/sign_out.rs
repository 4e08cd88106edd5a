//! Sign-out, and the user's sessions.

use cognito_types::RefreshToken;

use super::effect::Effect;
use super::forget::{Newer, is_among};
use super::{Session, SessionError};
use crate::error::{Error, ErrorKind};
use crate::request::Request;
use crate::transport::Operation;
use crate::user_session::UserSession;

impl Session {
    /// Ends this session: revokes its refresh token (RevokeToken), wipes the tokens and deletes the
    /// session's record from the store.
    ///
    /// The service then refuses access tokens of the session. Servers that only verify tokens
    /// accept them until they expire. Signing out of an ended session does nothing.
    ///
    /// # Errors
    ///
    /// Transient errors contain the session, for a retry. After any other error the session has
    /// ended locally, even if its tokens are not revoked:
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for an app client that does not allow
    /// revocation.
    #[doc(alias = "logout")]
    pub fn sign_out(self) -> Request<'static, (), SessionError> {
        Request::of(&self, move |session| async move {
            let (outcome, revoked) = session.revoke_all().await;
            session.close(outcome, Newer::Revoke(&revoked)).await
        })
    }

    /// Lists the user's sessions, including this one (ListUserSessions).
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token);
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a pool that does not track sessions.
    #[doc(alias = "list_user_sessions")]
    pub fn user_sessions(&self) -> Request<'static, Vec<UserSession>> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::ListUserSessions).await?;
            let outcome = session.app_client().list_sessions(&token).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Ends another session of the user (RevokeUserSession); [`sign_out`](Self::sign_out) ends this
    /// one.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token);
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for this session's own id,
    /// [`Configuration`](crate::ErrorKind::Configuration) for an id that does not exist.
    pub fn revoke_user_session<'a>(&self, id: &'a str) -> Request<'a, ()> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::RevokeUserSession).await?;
            let outcome = session.app_client().revoke_session(&token, id).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Ends all sessions of the user, including this one (GlobalSignOut).
    ///
    /// The request is retried if the response is lost. A refusal of the retry because the sessions
    /// have ended counts as success.
    ///
    /// # Errors
    ///
    /// The errors of [`sign_out`](Self::sign_out); an error of kind
    /// [`MissingScope`](ErrorKind::MissingScope) contains the session.
    #[doc(alias("global_sign_out", "logout"))]
    pub fn sign_out_everywhere(self) -> Request<'static, (), SessionError> {
        Request::of(&self, move |session| async move {
            let client = session.app_client();
            let outcome = session.resolve(Effect::SignedOutEverywhere, |token| async move {
                client.global_sign_out(&token).await
            });
            let outcome = outcome.await;
            // Nothing was sent, and `sign_out` still works.
            if let Err(error) = outcome.as_ref()
                && error.kind() == ErrorKind::MissingScope
            {
                return Err(session.kept_with(error.clone()));
            }
            session.wait_for_flight().await;
            session.close(outcome, Newer::Delete).await
        })
    }

    /// Revokes the refresh tokens of this session, also those of a refresh that begins meanwhile, and
    /// returns them.
    async fn revoke_all(&self) -> (Result<(), Error>, Vec<RefreshToken>) {
        let (mut outcome, mut revoked) = (Ok(()), Vec::<RefreshToken>::new());
        loop {
            self.wait_for_flight().await;
            let mut tokens = self.state().refresh_tokens().into_iter();
            let Some(token) = tokens.find(|token| !is_among(token, &revoked)) else {
                return (outcome, revoked);
            };
            match self.app_client().revoke(&token).await {
                Err(error) if error.is_transient() => return (Err(error), revoked),
                refused => outcome = outcome.and(refused),
            }
            revoked.push(token);
        }
    }

    /// Ends the session unless the error is transient: a definite refusal would be repeated, and
    /// the user wants to be signed out.
    pub(super) async fn close(
        &self,
        outcome: Result<(), Error>,
        newer: Newer<'_>,
    ) -> Result<(), SessionError> {
        match outcome {
            Err(error) if error.is_transient() => Err(self.kept_with(error)),
            // Another caller, or a refusal of the refresh token, has already ended it.
            outcome if self.state().has_ended() => Ok(outcome.map_err(Error::ended)?),
            outcome => {
                self.forget(newer).await.map_err(|error| self.kept_with(error))?;
                self.state().end(outcome.as_ref().err());
                Ok(outcome.map_err(Error::ended)?)
            }
        }
    }

    /// Returns an error with the session, unless the session has ended.
    pub(super) fn kept_with(&self, error: Error) -> SessionError {
        if self.state().has_ended() {
            error.into()
        } else {
            SessionError::with_session(error, &self.clone().with_pool_limits())
        }
    }
}
