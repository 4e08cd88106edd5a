//! InitiateAuth and AdminInitiateAuth: the start of a sign-in, or a refresh.

use serde::Deserialize;

use crate::flows::context::Context;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::start::{Start, start};
use crate::flows::tokens::refresh::{self, Refresh};
use crate::model::ServiceError;
use crate::operations::authentication::AuthenticationResponse;
use crate::state::client::{Client, Flow};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateRequest {
    client_id: String,
    auth_flow: AuthFlow,
    #[serde(default)]
    auth_parameters: Parameters,
    session: Option<String>,
}

/// AuthFlowType.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AuthFlow {
    AdminNoSrpAuth,
    AdminUserPasswordAuth,
    CustomAuth,
    RefreshToken,
    RefreshTokenAuth,
    UserAuth,
    UserPasswordAuth,
    UserSrpAuth,
}

/// The caller of a sign-in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// An application on behalf of the user.
    Client,
    /// A server with AWS credentials.
    Admin,
}

pub(super) async fn initiate_auth(
    context: &Context,
    request: InitiateRequest,
) -> Result<AuthenticationResponse, ServiceError> {
    initiate(context, Caller::Client, request).await
}

pub(super) async fn admin_initiate_auth(
    context: &Context,
    request: InitiateRequest,
) -> Result<AuthenticationResponse, ServiceError> {
    initiate(context, Caller::Admin, request).await
}

async fn initiate(
    context: &Context,
    caller: Caller,
    request: InitiateRequest,
) -> Result<AuthenticationResponse, ServiceError> {
    let InitiateRequest { client_id, auth_flow, auth_parameters: parameters, session } = request;
    let flow = auth_flow.for_caller(caller)?;
    context.step(|step| check_enabled(step.pool.client(&client_id)?, flow, caller))?;
    let flow = match flow {
        Flow::Refresh => return refresh_tokens(context, &client_id, &parameters).await,
        Flow::Srp => Start::Srp,
        Flow::Password | Flow::AdminPassword => Start::Password,
        Flow::Choice => Start::Choice(session.as_deref()),
        Flow::Custom => Start::Custom,
    };
    Ok(start(context, flow, &client_id, &parameters).await?.into())
}

/// Handles REFRESH_TOKEN_AUTH, which clients used before GetTokensFromRefreshToken (2025).
async fn refresh_tokens(
    context: &Context,
    client_id: &str,
    parameters: &Parameters,
) -> Result<AuthenticationResponse, ServiceError> {
    let token = parameters.required("REFRESH_TOKEN")?;
    let request = Refresh { client_id, token, device_key: parameters.get("DEVICE_KEY") };
    let secret_hash = parameters.get("SECRET_HASH");
    context.step(|step| refresh::check_by_initiate_auth(step, &request, secret_hash))?;
    Ok(refresh::refresh(context, request).await?.into())
}

impl AuthFlow {
    /// Returns the flow, or an error if the caller may not use it.
    fn for_caller(self, caller: Caller) -> Result<Flow, ServiceError> {
        match (self, caller) {
            (Self::UserSrpAuth, _) => Ok(Flow::Srp),
            (Self::CustomAuth, _) => Ok(Flow::Custom),
            (Self::UserAuth, _) => Ok(Flow::Choice),
            (Self::RefreshTokenAuth | Self::RefreshToken, _) => Ok(Flow::Refresh),
            (Self::UserPasswordAuth, Caller::Client) => Ok(Flow::Password),
            (Self::AdminUserPasswordAuth | Self::AdminNoSrpAuth, Caller::Admin) => {
                Ok(Flow::AdminPassword)
            }
            (Self::UserPasswordAuth, Caller::Admin)
            | (Self::AdminUserPasswordAuth | Self::AdminNoSrpAuth, Caller::Client) => {
                Err(ServiceError::invalid_parameter("Initiate Auth method not supported."))
            }
        }
    }
}

/// Rejects a flow that the client does not allow. Refreshes are checked elsewhere, with other
/// messages.
fn check_enabled(client: &Client, flow: Flow, caller: Caller) -> Result<(), ServiceError> {
    if flow == Flow::Refresh || client.settings.allows(flow) {
        return Ok(());
    }
    Err(ServiceError::invalid_parameter(match (caller, flow) {
        (Caller::Client, Flow::Srp) => "USER_SRP_AUTH is not enabled for the client.",
        (Caller::Client, Flow::Password) => "USER_PASSWORD_AUTH flow not enabled for this client",
        (Caller::Client, Flow::Custom) => "CUSTOM_AUTH is not enabled for the client.",
        (Caller::Client, Flow::Choice) => "USER_AUTH is not enabled for the client.",
        _ => "Auth flow not enabled for this client",
    }))
}
