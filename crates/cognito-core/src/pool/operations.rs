//! The operations of a pool: sign-up, sign-in, sessions.

use cognito_types::{
    AccessToken, Code, Password, RefreshToken, SecurityToken, SessionKey, TokenSet,
};

use super::UserPool;
use crate::challenge::Challenge;
use crate::error::Error;
use crate::recovery::{ConfirmForgotPassword, ForgotPassword};
use crate::request::Request;
use crate::saved::SavedChallenge;
use crate::session::{AdoptedSession, Session, SessionError};
use crate::sign_in::SignInBuilder;
use crate::sign_up::{ConfirmSignUp, ResendConfirmationCode, SignUpBuilder};
use crate::token_exchange::TokenExchange;

impl UserPool {
    /// Starts the registration of a user (SignUp).
    #[doc(alias = "register")]
    pub fn sign_up(&self, username: impl Into<String>) -> SignUpBuilder {
        SignUpBuilder::new(self.clone(), username.into())
    }

    /// Confirms a registration with the code that the user was sent (ConfirmSignUp).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for the code,
    /// [`NotAuthorized`](crate::ErrorKind::NotAuthorized) for a user who is confirmed already,
    /// [`AliasExists`](crate::ErrorKind::AliasExists) for an address that is another user's.
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl Into<Code>,
    ) -> ConfirmSignUp {
        ConfirmSignUp::new(self.clone(), username.into(), code)
    }

    /// Sends the code that confirms a registration again (ResendConfirmationCode).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user who is confirmed
    /// already, [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) when it was sent too
    /// often.
    pub fn resend_confirmation_code(&self, username: impl Into<String>) -> ResendConfirmationCode {
        ResendConfirmationCode::new(self.clone(), username.into())
    }

    /// Sends a code to a user who has forgotten the password (ForgotPassword).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user without a verified
    /// address, [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) when it was requested too
    /// often.
    #[doc(alias = "initiate_forgot_password")]
    pub fn forgot_password(&self, username: impl Into<String>) -> ForgotPassword {
        ForgotPassword::new(self.clone(), username.into())
    }

    /// Sets a new password with the code that was sent (ConfirmForgotPassword).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for the code,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for one against the policy.
    pub fn confirm_forgot_password(
        &self,
        username: impl Into<String>,
        code: impl Into<Code>,
        password: impl Into<Password>,
    ) -> ConfirmForgotPassword {
        let (username, code, password) = (username.into(), code.into(), password.into());
        ConfirmForgotPassword::new(self.clone(), username, code, password)
    }

    /// Starts a sign-in.
    ///
    /// The name may be an alias, such as an e-mail address, where the pool allows it.
    #[doc(alias("authenticate", "initiate_auth", "login"))]
    pub fn sign_in(&self, username: impl Into<String>) -> SignInBuilder {
        SignInBuilder::new(self.clone(), None, username.into())
    }

    /// Resumes a sign-in from a saved challenge.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a challenge of another pool or app
    /// client, or of an administrator's sign-in;
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) after its deadline.
    pub fn resume(&self, saved: SavedChallenge) -> Result<Challenge, Error> {
        Challenge::resume(saved, self.clone(), None)
    }

    /// Creates a session of tokens from elsewhere, which are verified first.
    ///
    /// Tokens that have expired are refreshed first.
    pub fn session(&self, tokens: TokenSet) -> AdoptedSession {
        AdoptedSession::of_set(self.clone(), tokens)
    }

    /// Creates a session of a refresh token alone (GetTokensFromRefreshToken).
    pub fn session_from_refresh_token(&self, token: impl Into<RefreshToken>) -> AdoptedSession {
        AdoptedSession::of_refresh_token(self.clone(), token.into())
    }

    /// A session of an access token alone, as a back end receives it; it cannot be refreshed.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](crate::ErrorKind::InvalidToken) or
    /// [`TokenExpired`](crate::ErrorKind::TokenExpired) for the token,
    /// [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable).
    pub async fn with_access_token(&self, token: impl Into<AccessToken>) -> Result<Session, Error> {
        Session::of_access_token(self.clone(), token.into()).await
    }

    /// Revokes a refresh token, with all access tokens that came from it (RevokeToken).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for an app client that cannot revoke
    /// tokens.
    #[doc(alias = "revoke_token")]
    pub fn revoke<'a>(&self, token: &'a RefreshToken) -> Request<'a, ()> {
        let client = self.app_client().clone();
        Request::new(move |timeout| async move { client.within(timeout).revoke(token).await })
    }

    /// Exchanges a user's token for one that is bound to a service (GetDerivedToken; quota
    /// UserToken).
    ///
    /// The request is sent when it is awaited, and returns a [`DerivedToken`](crate::DerivedToken). The
    /// service takes it without AWS credentials, with the app client's secret if it has one;
    /// `PoolAsAdmin::exchange_token` signs the request.
    #[doc(alias("get_derived_token", "token_exchange"))]
    pub fn exchange_token(&self, subject: impl Into<SecurityToken>) -> TokenExchange {
        TokenExchange::new(self.clone(), None, subject.into())
    }

    /// Returns the session that the pool's store has under a key, or `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without a store or a key of
    /// another pool, [`Store`](crate::ErrorKind::Store) when the store fails or does not respond in
    /// [`STORE_TIMEOUT`](crate::STORE_TIMEOUT),
    /// [`UnreadableSession`](crate::ErrorKind::UnreadableSession) when it holds a session that
    /// cannot be read, [`InvalidToken`](crate::ErrorKind::InvalidToken) when the tokens are not of
    /// this pool or not of the user that the record names,
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded) when they have expired and the service
    /// refuses to refresh them.
    pub async fn restore(&self, key: &SessionKey) -> Result<Option<Session>, SessionError> {
        Session::restore(self.clone(), key).await
    }
}
