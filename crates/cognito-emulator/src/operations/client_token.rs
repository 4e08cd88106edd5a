//! GetClientToken: machine-to-machine tokens without a domain.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::tokens::machine::{self, MachineRequest};
use crate::model::ServiceError;
use crate::state::pool::Pool;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientTokenRequest {
    client_id: String,
    secret: String,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientTokenResponse {
    client_authentication_result: ClientAuthenticationResult,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientAuthenticationResult {
    access_token: String,
    expires_in: u64,
    token_type: &'static str,
}

/// Issues a token. Signatures are not checked.
pub(super) async fn get_client_token(
    context: &Context,
    request: ClientTokenRequest,
) -> Result<ClientTokenResponse, ServiceError> {
    let ClientTokenRequest { client_id, secret, scopes } = request;
    context.step(|step| check(step.pool, &client_id, &secret))?;
    let request = MachineRequest { client_id, scopes };
    let granted = machine::issue(context, request).await?;
    let granted =
        granted.ok_or_else(|| ServiceError::invalid_parameter("Invalid scope requested"))?;
    let client_authentication_result = ClientAuthenticationResult {
        access_token: granted.token,
        expires_in: granted.lifetime,
        token_type: "Bearer",
    };
    Ok(ClientTokenResponse { client_authentication_result })
}

fn check(pool: &Pool, client_id: &str, secret: &str) -> Result<(), ServiceError> {
    let client = pool.client(client_id)?;
    if client.secrets.is_empty() {
        return Err(ServiceError::invalid_parameter(format!(
            "App client {client_id} is not configured for secret."
        )));
    }
    client.check_secret(Some(secret))?;
    if !client.settings.allows_client_token() {
        return Err(ServiceError::not_authorized("Auth flow not enabled for this client"));
    }
    Ok(())
}
