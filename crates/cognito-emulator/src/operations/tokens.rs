//! GetTokensFromRefreshToken and RevokeToken.

use serde::{Deserialize, Serialize};

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::refresh::{Refresh, refresh};
use crate::flows::tokens::revocation::{self, RevocationError};
use crate::flows::user_sessions::Associated;
use crate::model::ServiceError;
use crate::operations::authentication::AuthenticationResult;
use crate::operations::subject::Empty;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensRequest {
    refresh_token: String,
    client_id: String,
    client_secret: Option<String>,
    device_key: Option<String>,
}

/// The response of GetTokensFromRefreshToken, which has no challenge.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensResponse {
    authentication_result: AuthenticationResult,
}

pub(super) async fn get_tokens(
    context: &Context,
    request: GetTokensRequest,
) -> Result<GetTokensResponse, ServiceError> {
    let GetTokensRequest { refresh_token, client_id, client_secret, device_key } = request;
    context.step(|step| step.pool.client(&client_id)?.check_secret(client_secret.as_deref()))?;
    let device_key = device_key.as_deref();
    let request = Refresh { client_id: &client_id, token: &refresh_token, device_key };
    Ok(GetTokensResponse { authentication_result: refresh(context, request).await?.into() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    token: String,
    client_id: String,
    client_secret: Option<String>,
    #[serde(default)]
    revoke_associated_sessions: Associated,
}

pub(super) fn revoke_token(
    step: &mut Step<'_>,
    request: RevokeRequest,
) -> Result<Empty, ServiceError> {
    let RevokeRequest { token, client_id, client_secret, revoke_associated_sessions } = request;
    let client = step.pool.client(&client_id)?;
    if client.check_secret(client_secret.as_deref()).is_err() {
        return Err(ServiceError::unauthorized("Invalid client secret."));
    }
    revocation::revoke(step, &client_id, &token, revoke_associated_sessions)?.map_err(rejection)?;
    Ok(Empty {})
}

fn rejection(error: RevocationError) -> ServiceError {
    match error {
        RevocationError::Disabled => {
            ServiceError::unsupported_operation("Token revocation is not enabled for the client.")
        }
        RevocationError::NoRefreshToken => {
            ServiceError::unsupported_token_type("Unsupported token type")
        }
        RevocationError::OtherClient => {
            ServiceError::unauthorized("Refresh Token has different Client")
        }
    }
}
