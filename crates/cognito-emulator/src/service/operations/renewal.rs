//! Renewal and revocation of tokens.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use super::sign_in::Parameters;
use crate::service::Service;
use crate::service::client::Flow;
use crate::service::constraint::{CLIENT_ID, REFRESH_TOKEN, TOKEN};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::user::User;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensInput {
    refresh_token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) fn get_tokens(service: &mut Service, input: GetTokensInput) -> Output {
    let token = REFRESH_TOKEN.required(input.refresh_token)?;
    let client_id = CLIENT_ID.required(input.client_id)?;
    let mut scope = service.pool_of_client(&client_id)?;
    scope.pool.client(&client_id)?.check_secret(input.client_secret.as_deref())?;
    scope.renew(&client_id, &token)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeInput {
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) fn revoke_token(service: &mut Service, input: RevokeInput) -> Output {
    let token = TOKEN.required(input.token)?;
    let client_id = CLIENT_ID.required(input.client_id)?;
    let scope = service.pool_of_client(&client_id)?;
    let client = scope.pool.client(&client_id)?;
    client.check_secret(input.client_secret.as_deref())?;
    if !client.settings.can_revoke() {
        return Err(ApiError::unsupported_operation("Token revocation is not enabled."));
    }
    if scope.pool.sign_ins.client_of(&token).is_some_and(|owner| owner != client_id) {
        return Err(ApiError::not_authorized("Refresh Token has different Client"));
    }
    scope.pool.sign_ins.revoke(&token);
    Ok(json!({}))
}

impl Scope<'_> {
    /// InitiateAuth with REFRESH_TOKEN_AUTH, which clients of before 2025 use.
    pub(super) fn refresh(&mut self, client_id: &str, parameters: &Parameters) -> Output {
        let token = parameters.required("REFRESH_TOKEN")?;
        let client = self.pool.client(client_id)?;
        let rotates = client.settings.rotation_grace().is_some();
        if rotates || !client.settings.allows(Flow::Refresh) {
            return Err(ApiError::not_authorized("Auth flow not enabled for this client"));
        }
        // The hash is of the user's real name, whatever name the user typed.
        let record = self.pool.sign_ins.renewable(token, client_id, self.now())?;
        client.check_secret_hash(parameters.get("SECRET_HASH"), &record.username)?;
        self.renew(client_id, token)
    }

    fn renew(&mut self, client_id: &str, token: &str) -> Output {
        let now = self.now();
        let record = self.pool.sign_ins.renewable(token, client_id, now)?;
        match self.pool.users.get(&record.username) {
            None => {
                const MESSAGE: &str = "The user has been deleted for the associated refresh token";
                return Err(ApiError::not_authorized(MESSAGE));
            }
            Some(User { enabled: false, .. }) => {
                return Err(ApiError::not_authorized("User is disabled."));
            }
            Some(_) => {}
        }
        let replacement = match self.pool.client(client_id)?.settings.rotation_grace() {
            None => None,
            Some(grace) => {
                self.pool.sign_ins.rotate(token, grace, now)?;
                Some(self.new_refresh_token(&record)?)
            }
        };
        let result = self.renewal_result(&record, replacement)?;
        Ok(json!({ "AuthenticationResult": result, "ChallengeParameters": {} }))
    }
}
