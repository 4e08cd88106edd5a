//! Sessions of users: which sign-ins hold, and the end of one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Output;
use super::subject::{TokenRequest, UserRequest};
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::scope::Scope;
use crate::service::sign_in_record::SignInRecord;

/// The most sessions of a list, which has one page.
const MOST: usize = 125;

pub(super) fn list(service: &mut Service, request: TokenRequest) -> Output {
    let (scope, record) = service.authorize(&request.access_token)?;
    Ok(scope.sessions(&record.username, Some(&record.session_id)))
}

pub(super) fn admin_list(service: &mut Service, request: UserRequest) -> Output {
    let (scope, username) = service.find_user(&request)?;
    Ok(scope.sessions(&username, None))
}

/// Without RevokeAssociatedSessions, which is about sessions of managed login: there are none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeRequest {
    access_token: String,
    session_id: String,
}

/// Ends another session of the user than the one of the request.
pub(super) fn revoke(service: &mut Service, request: RevokeRequest) -> Output {
    let (mut scope, record) = service.authorize(&request.access_token)?;
    if request.session_id == record.session_id {
        return Err(ServiceError::invalid_parameter("The current session cannot be revoked."));
    }
    scope.revoke_session(&record.username, &request.session_id)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminRevokeRequest {
    #[serde(flatten)]
    user: UserRequest,
    session_id: String,
}

pub(super) fn admin_revoke(service: &mut Service, request: AdminRevokeRequest) -> Output {
    let (mut scope, username) = service.find_user(&request.user)?;
    scope.revoke_session(&username, &request.session_id)
}

impl Scope<'_> {
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
