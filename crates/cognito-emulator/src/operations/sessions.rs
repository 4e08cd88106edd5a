//! Sessions of users: which sign-ins hold, and the end of one.

use crate::flows::step::Step;
use crate::operations::subject::find_user;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::{Bare, UserRequest};
use crate::state::sign_in_record::SignInRecord;

/// The most sessions of a list, which has one page.
const MOST: usize = 125;

pub(super) fn list(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    Ok(step.sessions(&record.username, Some(&record.session_id)))
}

pub(super) fn admin_list(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    Ok(step.sessions(&username, None))
}

/// Without RevokeAssociatedSessions, which is about sessions of managed login: there are none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    session_id: String,
}

/// Ends another session of the user than the one of the request.
pub(super) fn revoke(step: &mut Step<'_>, record: &SignInRecord, request: RevokeRequest) -> Output {
    if request.session_id == record.session_id {
        return Err(ServiceError::invalid_parameter("The current session cannot be revoked."));
    }
    step.revoke_session(&record.username, &request.session_id)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminRevokeRequest {
    #[serde(flatten)]
    user: UserRequest,
    session_id: String,
}

pub(super) fn admin_revoke(step: &mut Step<'_>, request: AdminRevokeRequest) -> Output {
    let username = find_user(step, &request.user)?;
    step.revoke_session(&username, &request.session_id)
}

impl Step<'_> {
    fn sessions(&self, username: &str, current: Option<&str>) -> Value {
        let sessions = self.live_sessions(username).into_iter().take(MOST);
        let sessions: Value =
            sessions.map(|record| record.to_json(current == Some(&record.session_id))).collect();
        json!({ "Sessions": sessions })
    }

    /// The sessions of a user, without those of a deleted user of the same name.
    fn live_sessions(&self, username: &str) -> Vec<&SignInRecord> {
        let mut sessions = self.pool.sign_ins.sessions(username, self.now());
        sessions.retain(|record| self.pool.user_of(record).is_some());
        sessions
    }

    fn revoke_session(&mut self, username: &str, id: &str) -> Output {
        let session =
            self.live_sessions(username).into_iter().find(|record| record.session_id == id);
        let unknown = || ServiceError::resource_not_found("Session does not exist.");
        let origin_jti = session.ok_or_else(unknown)?.origin_jti.clone();
        self.pool.sign_ins.revoke_sign_in(&origin_jti);
        Ok(json!({}))
    }
}
