//! The settings of session tracking and sharing. They are stored only, except that `LINKED` of
//! RevokeToken requires tracking: the emulator tracks all sessions.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::Bare;
use crate::state::members::Members;
use crate::state::pool::Pool;
use crate::state::records::SessionSettings;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PoolResponse {
    user_pool_id: String,
    #[serde(flatten)]
    settings: SessionSettings,
}

pub(super) fn get(step: &mut Step<'_>, _: Bare) -> Result<PoolResponse, ServiceError> {
    let settings = step.pool.records.sessions.clone();
    Ok(PoolResponse { user_pool_id: step.pool.id.to_string(), settings })
}

pub(super) fn set(
    step: &mut Step<'_>,
    settings: SessionSettings,
) -> Result<PoolResponse, ServiceError> {
    check_tier(step.pool)?;
    step.pool.records.sessions = settings;
    get(step, Bare {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOfClientRequest {
    client_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientResponse {
    user_pool_id: String,
    client_id: String,
    #[serde(rename = "SSOSession")]
    sso_session: Members,
}

pub(super) fn get_of_client(
    step: &mut Step<'_>,
    request: GetOfClientRequest,
) -> Result<ClientResponse, ServiceError> {
    let pool = &*step.pool;
    let client_id = pool.client(&request.client_id)?.id.clone();
    let default = || Members::from_iter([("MaxValidityMinutes".to_owned(), json!(60))]);
    let sso_session = pool.records.client_sessions.get(&client_id).cloned();
    let sso_session = sso_session.unwrap_or_else(default);
    Ok(ClientResponse { user_pool_id: pool.id.to_string(), client_id, sso_session })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetOfClientRequest {
    client_id: String,
    #[serde(rename = "SSOSession")]
    sso_session: Members,
}

pub(super) fn set_of_client(
    step: &mut Step<'_>,
    request: SetOfClientRequest,
) -> Result<ClientResponse, ServiceError> {
    const UNTRACKED: &str = "Session tracking is not enabled for the user pool.";
    let SetOfClientRequest { client_id, sso_session } = request;
    let pool = &mut *step.pool;
    check_tier(pool)?;
    pool.client(&client_id)?;
    if !pool.records.sessions.are_tracked() {
        return Err(ServiceError::invalid_parameter(UNTRACKED));
    }
    pool.records.client_sessions.insert(client_id.clone(), sso_session.clone());
    Ok(ClientResponse { user_pool_id: pool.id.to_string(), client_id, sso_session })
}

fn check_tier(pool: &Pool) -> Result<(), ServiceError> {
    const MESSAGE: &str = "The following feature is not available for the LITE pricing tier \
                           configured: Session tracking";
    match pool.settings.is_lite() {
        true => Err(ServiceError::feature_unavailable_in_tier(MESSAGE)),
        false => Ok(()),
    }
}
