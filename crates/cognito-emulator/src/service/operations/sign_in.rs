//! InitiateAuth: the start of a sign-in.

use std::collections::HashMap;

use serde::Deserialize;

use super::Output;
use crate::service::Service;
use crate::service::attributes::Attributes;
use crate::service::client::Flow;
use crate::service::constraint::{AUTH_FLOW, CLIENT_ID};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::user::{User, UserStatus};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateAuthInput {
    client_id: Option<String>,
    auth_flow: Option<String>,
    auth_parameters: Option<Parameters>,
}

/// AuthParameters and ChallengeResponses.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::missing_parameter(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn with_prefix(&self, prefix: &str) -> Attributes {
        let named = self.0.iter().filter_map(|(name, value)| {
            name.strip_prefix(prefix).map(|rest| (rest.to_owned(), value.clone()))
        });
        named.collect()
    }
}

pub(super) fn initiate_auth(service: &mut Service, input: InitiateAuthInput) -> Output {
    let client_id = CLIENT_ID.required(input.client_id)?;
    let flow = AUTH_FLOW.required(input.auth_flow)?;
    let parameters = input.auth_parameters.unwrap_or_default();
    let mut scope = service.pool_of_client(&client_id)?;
    match flow.as_str() {
        "USER_SRP_AUTH" => scope.srp(&client_id, &parameters),
        "USER_PASSWORD_AUTH" => scope.password(&client_id, &parameters),
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => scope.refresh(&client_id, &parameters),
        other => Err(ApiError::unsupported_operation(format!(
            "The embedded pool does not implement the flow {other}."
        ))),
    }
}

impl Scope<'_> {
    fn srp(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let client = self.pool.client(client_id)?;
        if !client.settings.allows(Flow::Srp) {
            const MESSAGE: &str = "USER_SRP_AUTH is not enabled for the client.";
            return Err(ApiError::invalid_parameter(MESSAGE));
        }
        let username = parameters.required("USERNAME")?;
        let srp_a = parameters.required("SRP_A")?;
        client.check_secret_hash(parameters.get("SECRET_HASH"), username)?;
        if !srp_a.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ApiError::invalid_parameter(format!(
                "1 validation error detected: Value '{srp_a}' at 'sRPA' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
            )));
        }
        self.password_verifier(srp_a, username, client_id)
    }

    fn password(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let client = self.pool.client(client_id)?;
        if !client.settings.allows(Flow::Password) {
            const MESSAGE: &str = "USER_PASSWORD_AUTH flow not enabled for this client";
            return Err(ApiError::invalid_parameter(MESSAGE));
        }
        let given_name = parameters.required("USERNAME")?;
        let password = parameters.required("PASSWORD")?;
        client.check_secret_hash(parameters.get("SECRET_HASH"), given_name)?;
        let hides_users = client.settings.hides_users();
        let unknown =
            if hides_users { ApiError::bad_credentials() } else { ApiError::user_unknown() };
        let username = self.pool.username_for(given_name).ok_or(unknown)?.to_owned();
        let pool_name = self.pool.id.pool_name().to_owned();
        let user = self.pool.user_mut(&username)?;
        user.check_may_sign_in()?;
        if !user.has_password(&pool_name, password) {
            return Err(ApiError::bad_credentials());
        }
        self.password_proven(client_id, &username)
    }
}

impl User {
    /// Refuses a user who is disabled or not confirmed, whatever the password.
    pub(crate) fn check_may_sign_in(&self) -> Result<(), ApiError> {
        if !self.enabled {
            return Err(ApiError::not_authorized("User is disabled."));
        }
        if self.status == UserStatus::Unconfirmed {
            return Err(ApiError::user_not_confirmed("User is not confirmed."));
        }
        Ok(())
    }
}
