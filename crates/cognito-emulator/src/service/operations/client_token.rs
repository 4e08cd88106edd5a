//! GetClientToken: the token of a program, without a domain.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::machine::MachineRequest;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientTokenRequest {
    client_id: String,
    secret: String,
    #[serde(default)]
    scopes: Vec<String>,
}

/// It is answered whether or not the request is signed.
pub(super) fn get_client_token(service: &mut Service, request: ClientTokenRequest) -> Output {
    let ClientTokenRequest { client_id, secret, scopes } = request;
    let mut scope = service.pool_of_client(&client_id)?;
    let client = scope.pool.client(&client_id)?;
    if client.secrets.is_empty() {
        return Err(ServiceError::invalid_parameter(format!(
            "App client {client_id} is not configured for secret."
        )));
    }
    client.check_secret(Some(&secret))?;
    if !client.settings.allows_client_token() {
        return Err(ServiceError::not_authorized("Auth flow not enabled for this client"));
    }
    let request = MachineRequest { client_id, scopes, resource: None };
    let granted = scope.machine_token(request)?;
    let granted =
        granted.ok_or_else(|| ServiceError::invalid_parameter("Invalid scope requested"))?;
    Ok(json!({
        "ClientAuthenticationResult": {
            "AccessToken": granted.token, "ExpiresIn": granted.lifetime, "TokenType": "Bearer"
        }
    }))
}
