//! RespondToAuthChallenge and AdminRespondToAuthChallenge.

use serde::Deserialize;

use crate::flows::context::Context;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::respond::respond;
use crate::flows::sign_in::turn::Response;
use crate::model::ServiceError;
use crate::operations::authentication::AuthenticationResponse;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RespondRequest {
    client_id: String,
    challenge_name: String,
    session: Option<String>,
    #[serde(default)]
    challenge_responses: Parameters,
}

pub(super) async fn respond_to_auth_challenge(
    context: &Context,
    request: RespondRequest,
) -> Result<AuthenticationResponse, ServiceError> {
    let RespondRequest { client_id, challenge_name, session, challenge_responses } = request;
    if challenge_responses.is_empty() {
        return Err(ServiceError::missing_parameter("challenge responses."));
    }
    let (challenge, responses) = (challenge_name, challenge_responses);
    let response = Response { client_id, challenge, session, responses };
    Ok(respond(context, &response).await?.into())
}

/// Responds to a challenge. The additional pool id was only needed to find the pool.
pub(super) async fn admin_respond_to_auth_challenge(
    context: &Context,
    request: RespondRequest,
) -> Result<AuthenticationResponse, ServiceError> {
    respond_to_auth_challenge(context, request).await
}
