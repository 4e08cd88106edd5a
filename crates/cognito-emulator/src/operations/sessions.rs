//! List and revocation of user sessions.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::subject::{Bare, Empty, UserRequest, find_user};
use crate::state::sign_in_record::SignInRecord;

/// The maximum length of the list, which has a single page.
const MOST: usize = 125;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    sessions: Vec<SessionDescription>,
}

/// SessionDescriptionType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionDescription {
    client_id: String,
    create_date: u64,
    device_type: &'static str,
    is_current_session: bool,
    last_active_date: u64,
    session_id: String,
    session_type: &'static str,
}

impl SessionDescription {
    fn new(record: &SignInRecord, current: Option<&str>) -> Self {
        Self {
            client_id: record.client_id.clone(),
            create_date: record.auth_time,
            device_type: "unknown",
            is_current_session: current == Some(&record.session_id),
            last_active_date: record.active(),
            session_id: record.session_id.clone(),
            session_type: "TOKEN",
        }
    }
}

pub(super) fn list(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<ListResponse, ServiceError> {
    Ok(list_of(step, &record.username, Some(&record.session_id)))
}

pub(super) fn admin_list(
    step: &mut Step<'_>,
    request: UserRequest,
) -> Result<ListResponse, ServiceError> {
    let username = find_user(step, &request)?;
    Ok(list_of(step, &username, None))
}

/// RevokeAssociatedSessions has no effect: browser sessions of managed login are not revoked.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    session_id: String,
}

/// Revokes a session of the user, except for the session of the request.
pub(super) fn revoke(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: RevokeRequest,
) -> Result<Empty, ServiceError> {
    if request.session_id == record.session_id {
        return Err(ServiceError::invalid_parameter("The current session cannot be revoked."));
    }
    revoke_of(step, &record.username, &request.session_id)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminRevokeRequest {
    #[serde(flatten)]
    user: UserRequest,
    session_id: String,
}

pub(super) fn admin_revoke(
    step: &mut Step<'_>,
    request: AdminRevokeRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    revoke_of(step, &username, &request.session_id)
}

fn list_of(step: &Step<'_>, username: &str, current: Option<&str>) -> ListResponse {
    let sessions = live(step, username).into_iter().take(MOST);
    let described = sessions.map(|record| SessionDescription::new(record, current));
    ListResponse { sessions: described.collect() }
}

/// Returns the sessions of a user, without those of a deleted user with the same name.
fn live<'a>(step: &'a Step<'_>, username: &str) -> Vec<&'a SignInRecord> {
    let mut sessions = step.pool.sign_ins.sessions(username, step.now());
    sessions.retain(|record| step.pool.user_of(record).is_some());
    sessions
}

fn revoke_of(step: &mut Step<'_>, username: &str, id: &str) -> Result<Empty, ServiceError> {
    let session = live(step, username).into_iter().find(|record| record.session_id == id);
    let unknown = || ServiceError::resource_not_found("Session does not exist.");
    let origin_jti = session.ok_or_else(unknown)?.origin_jti.clone();
    step.pool.sign_ins.revoke_sign_in(&origin_jti);
    Ok(Empty {})
}
