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
    /// The request is sent when it is awaited.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for a wrong code,
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) for a user who is confirmed,
    /// [`AliasExists`](crate::ErrorKind::AliasExists) for an address of another user.
    pub fn confirm_sign_up(
        &self,
        username: impl Into<String>,
        code: impl Into<Code>,
    ) -> ConfirmSignUp {
        ConfirmSignUp::new(self.clone(), username.into(), code)
    }

    /// Sends the code that confirms a registration again (ResendConfirmationCode).
    ///
    /// The request is sent when it is awaited.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) for a user who is confirmed,
    /// [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) after too many requests.
    pub fn resend_confirmation_code(&self, username: impl Into<String>) -> ResendConfirmationCode {
        ResendConfirmationCode::new(self.clone(), username.into())
    }

    /// Sends a code to a user who has forgotten the password (ForgotPassword).
    ///
    /// The request is sent when it is awaited.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user without a verified
    /// address, [`AttemptsExceeded`](crate::ErrorKind::AttemptsExceeded) after too many requests.
    #[doc(alias = "initiate_forgot_password")]
    pub fn forgot_password(&self, username: impl Into<String>) -> ForgotPassword {
        ForgotPassword::new(self.clone(), username.into())
    }

    /// Sets a new password with the code that was sent (ConfirmForgotPassword).
    ///
    /// The request is sent when it is awaited.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) or
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) for a wrong code,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a password that violates the
    /// policy.
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
    /// The name may be an alias, such as an e-mail address, if the pool allows it.
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

    /// Creates a session from existing tokens, which are verified first. Expired tokens are
    /// refreshed.
    ///
    /// # Security
    ///
    /// Tokens that are bound to any resource (`aud`) are accepted, as in the client's own sessions.
    /// Use [`with_access_token`](Self::with_access_token) for the token of a request.
    pub fn session(&self, tokens: TokenSet) -> AdoptedSession {
        AdoptedSession::of_set(self.clone(), tokens)
    }

    /// Creates a session from a refresh token (GetTokensFromRefreshToken).
    pub fn session_from_refresh_token(&self, token: impl Into<RefreshToken>) -> AdoptedSession {
        AdoptedSession::of_refresh_token(self.clone(), token.into())
    }

    /// Creates a session from an access token, such as that of a request to a back end. It cannot
    /// be refreshed.
    ///
    /// The token is verified by the rules of [`verifier`](Self::verifier), which refuse a token
    /// that is bound to a resource (`aud`). A back end that is such a resource verifies the token
    /// with its own rules, and creates the session with [`session`](Self::session).
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](crate::ErrorKind::InvalidToken) or
    /// [`TokenExpired`](crate::ErrorKind::TokenExpired) for the token,
    /// [`KeysUnavailable`](crate::ErrorKind::KeysUnavailable).
    pub async fn with_access_token(&self, token: impl Into<AccessToken>) -> Result<Session, Error> {
        Session::of_access_token(self.clone(), token.into()).await
    }

    /// Revokes a refresh token and all access tokens that were issued with it (RevokeToken).
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for an app client that does not allow the
    /// revocation of tokens (EnableTokenRevocation).
    #[doc(alias = "revoke_token")]
    pub fn revoke<'a>(&self, token: &'a RefreshToken) -> Request<'a, ()> {
        let client = self.app_client().clone();
        Request::new(move |timeout| async move { client.within(timeout).revoke(token).await })
    }

    /// Exchanges a user's token for a token that is bound to a service (GetDerivedToken).
    ///
    /// The request is sent when it is awaited, and returns a [`DerivedToken`](crate::DerivedToken).
    /// It needs no AWS credentials, and the secret of the app client if it has one;
    /// `PoolAsAdmin::exchange_token` signs the request.
    ///
    /// Quota UserToken.
    #[doc(alias("get_derived_token", "token_exchange"))]
    pub fn exchange_token(&self, subject: impl Into<SecurityToken>) -> TokenExchange {
        TokenExchange::new(self.clone(), None, subject.into())
    }

    /// Loads the session with this key from the pool's store; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without a store or a key of
    /// another pool; [`Store`](crate::ErrorKind::Store) when the store fails or does not respond
    /// within [`STORE_TIMEOUT`](crate::STORE_TIMEOUT);
    /// [`UnreadableSession`](crate::ErrorKind::UnreadableSession) when the stored session cannot be
    /// parsed; [`InvalidToken`](crate::ErrorKind::InvalidToken) when the tokens are not of this
    /// pool or not of the stored user; [`SessionEnded`](crate::ErrorKind::SessionEnded) when the
    /// tokens have expired and the service refuses to refresh them.
    pub async fn restore(&self, key: &SessionKey) -> Result<Option<Session>, SessionError> {
        Session::restore(self.clone(), key).await
    }
}
