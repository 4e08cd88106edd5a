//! Operations of tests on the users of a local pool, in addition to the API.

use cognito_types::{AccessToken, Code, IdToken};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::LocalPool;
use crate::adapters::error::EmulatorError;
use crate::flows::federation;
use crate::flows::step::Step;
use crate::flows::tokens::IssuedTokens;
use crate::flows::tokens::test_tokens::TestTokens;
use crate::model::ServiceError;
use crate::operations::dispatch;
use crate::state::activity::Month;
use crate::state::identity::ProviderUser;

impl LocalPool {
    /// Adds a confirmed user with a password, without triggers and messages.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    /// use serde_json::json;
    ///
    /// let local = Emulator::builder().in_process().create_pool(PoolSettings::default())?;
    /// local.add_user("alice", "Correct-horse1")?;
    /// let alice = local.call("AdminGetUser", json!({ "Username": "alice" }))?;
    /// assert_eq!(alice["UserStatus"], "CONFIRMED");
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] if the pool rejects the name or the password.
    pub fn add_user(&self, username: &str, password: &str) -> Result<(), EmulatorError> {
        let (service, pool_id) = (self.emulator.service(), self.id.as_str());
        let user = json!({
            "UserPoolId": pool_id, "Username": username, "MessageAction": "SUPPRESS"
        });
        let password = json!({
            "UserPoolId": pool_id, "Username": username, "Password": password, "Permanent": true
        });
        self.emulator.host().stored(|| {
            dispatch::seed(service, "AdminCreateUser", user)?;
            Ok(dispatch::seed(service, "AdminSetUserPassword", password)?)
        })
    }

    /// Returns the current code of an authenticator app by the pool's [clock](LocalPool::clock), or
    /// `None` if the secret is not base32.
    ///
    /// The secret is the `SecretCode` of AssociateSoftwareToken.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    ///
    /// let local = Emulator::builder().in_process().create_pool(PoolSettings::default())?;
    /// let code = local.totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("it is base32");
    /// assert_eq!(code.expose_secret().len(), 6);
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    pub fn totp(&self, secret: &str) -> Option<Code> {
        let secret = Secret::try_from_base32(secret).ok()?;
        let now = self.emulator.service().shared.now();
        let app = Builder::new().with_secret(secret).build_noncompliant();
        Some(app.generate(now).to_string().into())
    }

    /// Issues an access token with these claims, without a sign-in.
    ///
    /// The token is signed with the pool's keys. Missing claims have the values of a sign-in
    /// through the app client. The pool accepts the token if `username` is the name of a user of
    /// the pool; every verifier of the pool's tokens accepts it.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    /// use serde_json::json;
    ///
    /// let local = Emulator::builder().in_process().create_pool(PoolSettings::default())?;
    /// local.add_user("alice", "Correct-horse1")?;
    /// let token = local.access_token_for(json!({
    ///     "username": "alice", "cognito:groups": ["admins"],
    ///     "scope": "aws.cognito.signin.user.admin orders/read"
    /// }))?;
    /// let alice = local.call("GetUser", json!({ "AccessToken": token.expose_secret() }))?;
    /// assert_eq!(alice["Username"], "alice");
    /// # Ok::<(), cognito_emulator::EmulatorError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] if the claims are not a JSON object, or if the user is
    /// disabled or not confirmed.
    pub fn access_token_for(&self, claims: Value) -> Result<AccessToken, EmulatorError> {
        Ok(self.tokens_for(claims)?.access.into())
    }

    /// Issues an ID token with these claims, like [`access_token_for`](Self::access_token_for).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token_for`](Self::access_token_for).
    pub fn id_token_for(&self, claims: Value) -> Result<IdToken, EmulatorError> {
        Ok(self.tokens_for(claims)?.id.unwrap_or_default().into())
    }

    fn tokens_for(&self, claims: Value) -> Result<IssuedTokens, EmulatorError> {
        let Value::Object(claims) = claims else {
            return Err(ServiceError::invalid_parameter("The claims are not a JSON object.").into());
        };
        let client_id = self.client_id.as_str().to_owned();
        let request = TestTokens { client_id, username: None, claims };
        let host = self.emulator.host();
        host.stored(|| Ok(host.issue_tokens(self.id.as_str(), request)?))
    }

    /// Returns the number of monthly active users: users with an identity operation in the current
    /// calendar month of the pool's [clock](LocalPool::clock).
    ///
    /// A sign-up, a sign-in, a refresh and every operation on a single user count; lists of users
    /// do not.
    pub fn monthly_active_users(&self) -> u64 {
        let count = self.emulator.service().in_pool(self.id.as_str(), |step| {
            let month = Month::of(step.now());
            Ok(step.pool.active_users.get(&month).copied())
        });
        count.ok().flatten().unwrap_or_default()
    }

    /// Returns the last code that would have been sent to a user.
    pub fn code_for(&self, username: &str) -> Option<Code> {
        let last = self.emulator.host().last_message(self.id.as_str(), username);
        last.ok()?.map(|message| message.code.into())
    }

    /// Signs a user in through an identity provider, and returns the name of the user.
    ///
    /// A new user is created with the status EXTERNAL_PROVIDER. The given attributes are written at
    /// every sign-in, like those of an attribute mapping, also to a user of the pool who is linked
    /// with that identity.
    ///
    /// # Errors
    ///
    /// Returns [`EmulatorError::Refused`] if the user is disabled, if the pool does not have the
    /// provider, or if the pool rejects the attributes.
    ///
    /// ```
    /// use cognito_emulator::{Emulator, PoolSettings};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), cognito_emulator::EmulatorError> {
    /// let emulator = Emulator::builder().in_process();
    /// let pool = emulator.create_pool(PoolSettings::default())?;
    /// let details = json!({
    ///     "client_id": "app", "client_secret": "secret", "authorize_scopes": "openid email"
    /// });
    /// pool.call(
    ///     "CreateIdentityProvider",
    ///     json!({ "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details }),
    /// )?;
    /// let username = pool.sign_in_at("Google", "1234", [("email", "alice@gmail.com")])?;
    /// assert_eq!(username, "Google_1234");
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_in_at<'a>(
        &self,
        provider: &str,
        subject: &str,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<String, EmulatorError> {
        let attributes = attributes.into_iter();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let user = ProviderUser::of_subject(provider, subject);
        let attributes = attributes.collect();
        let host = self.emulator.host();
        host.stored(|| {
            let sign_in = |step: &mut Step<'_>| federation::sign_in(step, user, attributes);
            Ok(host.service.in_pool(self.id.as_str(), sign_in)?)
        })
    }

    /// Returns the FeedbackToken of UpdateAuthEventFeedback for an event of a user.
    ///
    /// The service sends it in the message that warns a user of a risk. The emulator rates no event
    /// as a risk.
    pub fn feedback_token(&self, username: &str, event_id: &str) -> Option<Code> {
        let service = self.emulator.service();
        let token = service.in_pool(self.id.as_str(), |step| {
            let username = step.pool.known_or_flattened(username);
            Ok(step.pool.feedback_token(&username, event_id))
        });
        token.ok().map(Code::from)
    }
}
