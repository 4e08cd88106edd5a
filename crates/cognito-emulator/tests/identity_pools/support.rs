//! An identity pool with a user pool, and clients of both.

use std::time::UNIX_EPOCH;

use cognito_emulator::{
    Emulator, EmulatorBuilder, IdentityPoolSettings, LocalIdentityPool, LocalPool, PoolSettings,
    SigningKeys,
};
use cognito_types::Clock;
use serde_json::{Value, json};

pub(crate) use crate::refusal::Refusal;

pub(crate) const PASSWORD: &str = "Correct-horse1";

/// A user pool with the users alice and bob, and an identity pool that accepts their ID tokens.
pub(crate) struct Pools {
    pub(crate) users: LocalPool,
    pub(crate) identities: LocalIdentityPool,
}

pub(crate) fn builder() -> EmulatorBuilder {
    Emulator::builder().signing_keys(SigningKeys::ForTests)
}

impl Pools {
    pub(crate) fn new() -> Self {
        Self::with(|settings, _| settings)
    }

    pub(crate) fn with(
        change: impl FnOnce(IdentityPoolSettings, &LocalPool) -> IdentityPoolSettings,
    ) -> Self {
        Self::of(&builder().in_process(), change)
    }

    pub(crate) fn of(
        emulator: &Emulator,
        change: impl FnOnce(IdentityPoolSettings, &LocalPool) -> IdentityPoolSettings,
    ) -> Self {
        emulator.clock().freeze();
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        let settings = PoolSettings::default().client_member("ExplicitAuthFlows", flows);
        let users = emulator.create_pool(settings).unwrap();
        for name in ["alice", "bob"] {
            users.add_user(name, PASSWORD).unwrap();
        }
        let settings = IdentityPoolSettings::default().user_pool_without_token_check(&users);
        let identities = emulator.create_identity_pool(change(settings, &users)).unwrap();
        Self { users, identities }
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        self.users.emulator()
    }

    /// Returns the seconds since 1970 by the test clock.
    pub(crate) fn now(&self) -> u64 {
        self.emulator().clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    pub(crate) fn try_call(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.emulator().call(operation, &input).map_err(crate::refusal::of)
    }

    #[track_caller]
    pub(crate) fn call(&self, operation: &str, input: Value) -> Value {
        self.try_call(operation, input).unwrap_or_else(|error| panic!("{operation}: {error:?}"))
    }

    /// Signs a user in, and returns the tokens.
    pub(crate) fn sign_in(&self, username: &str) -> Value {
        let parameters = json!({ "USERNAME": username, "PASSWORD": PASSWORD });
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        self.users.call("InitiateAuth", input).unwrap()["AuthenticationResult"].clone()
    }

    /// Signs a user in, and returns the logins.
    pub(crate) fn logins(&self, username: &str) -> Value {
        self.login(&self.sign_in(username)["IdToken"])
    }

    /// Returns logins with an ID token that has these claims.
    pub(crate) fn logins_with(&self, claims: Value) -> Value {
        let token = self.users.id_token_for(claims).unwrap();
        self.login(&token.expose_secret().into())
    }

    pub(crate) fn login(&self, token: &Value) -> Value {
        json!({ self.users.provider_name(): token })
    }

    pub(crate) fn try_get_id(&self, logins: &Value) -> Result<String, Refusal> {
        let input = json!({ "IdentityPoolId": self.identities.id().as_str(), "Logins": logins });
        let response = self.try_call("GetId", input)?;
        Ok(response["IdentityId"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    pub(crate) fn get_id(&self, logins: &Value) -> String {
        self.try_get_id(logins).unwrap()
    }

    pub(crate) fn try_credentials(&self, id: &str, logins: &Value) -> Result<Value, Refusal> {
        let input = json!({ "IdentityId": id, "Logins": logins });
        self.try_call("GetCredentialsForIdentity", input)
    }

    /// Returns the role of the credentials for an identity with these logins.
    pub(crate) fn try_role(&self, logins: &Value) -> Result<String, Refusal> {
        let issued = self.try_credentials(&self.try_get_id(logins)?, logins)?;
        Ok(self.role_of(&issued))
    }

    pub(crate) fn role_of(&self, issued: &Value) -> String {
        let key = issued["Credentials"]["AccessKeyId"].as_str().unwrap();
        self.emulator().issued_credentials(key).unwrap().role_arn
    }
}

/// Returns the message of a rejection, which must be a NotAuthorizedException.
#[track_caller]
pub(crate) fn not_authorized<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    let (name, message) = result.unwrap_err();
    assert_eq!(name, "NotAuthorizedException", "{message}");
    message
}
