//! List and revocation of user sessions.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::flows::user_sessions::{self, Associated, browser_sessions, token_sessions};
use crate::model::ServiceError;
use crate::operations::subject::{Bare, Empty, UserRequest, find_user};
use crate::state::managed_login::AuthenticatedUser;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_session_id: Option<String>,
    session_id: String,
    session_type: &'static str,
}

impl SessionDescription {
    fn of_tokens(record: &SignInRecord, current: Option<&str>) -> Self {
        Self {
            client_id: record.client_id.clone(),
            create_date: record.created(),
            device_type: "unknown",
            is_current_session: current == Some(&record.session_id),
            last_active_date: record.active(),
            origin_session_id: record.browser_session_id.clone(),
            session_id: record.session_id.clone(),
            session_type: "TOKEN",
        }
    }

    /// Returns the description of a browser session, which is active when tokens are issued through
    /// it. `None` if it has no id, as in state files of earlier versions.
    fn of_browser(user: &AuthenticatedUser, active: &HashMap<&str, u64>) -> Option<Self> {
        let session = user.session.clone()?;
        let active = active.get(&*session.id).copied();
        Some(Self {
            client_id: session.client_id,
            create_date: user.auth_time,
            device_type: "unknown",
            is_current_session: false,
            last_active_date: active.map_or(user.auth_time, |active| active.max(user.auth_time)),
            origin_session_id: None,
            session_id: session.id,
            session_type: "SSO",
        })
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    session_id: String,
    #[serde(default)]
    revoke_associated_sessions: Associated,
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
    revoke_of(step, &record.username, &request)
}

#[derive(Deserialize)]
pub(super) struct AdminRevokeRequest {
    #[serde(flatten)]
    user: UserRequest,
    #[serde(flatten)]
    session: RevokeRequest,
}

pub(super) fn admin_revoke(
    step: &mut Step<'_>,
    request: AdminRevokeRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    revoke_of(step, &username, &request.session)
}

fn revoke_of(
    step: &mut Step<'_>,
    username: &str,
    request: &RevokeRequest,
) -> Result<Empty, ServiceError> {
    let RevokeRequest { session_id, revoke_associated_sessions } = request;
    user_sessions::revoke(step, username, session_id, *revoke_associated_sessions)?;
    Ok(Empty {})
}

fn list_of(step: &Step<'_>, username: &str, current: Option<&str>) -> ListResponse {
    let of_tokens =
        token_sessions(step, username).map(|record| SessionDescription::of_tokens(record, current));
    let active = step.pool.sign_ins.active_by_browser_session(username);
    let of_browsers = browser_sessions(step, username)
        .filter_map(|user| SessionDescription::of_browser(user, &active));
    let mut sessions: Vec<_> = of_tokens.chain(of_browsers).collect();
    let newest_first =
        |session: &SessionDescription| (Reverse(session.create_date), session.session_id.clone());
    sessions.sort_by_cached_key(newest_first);
    sessions.truncate(MOST);
    ListResponse { sessions }
}
