//! Sessions of users: which sign-ins hold, and the end of one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::service::Service;
use crate::service::constraint::{ACCESS_TOKEN, REVOKED_SESSIONS, SESSION_ID};
use crate::service::error::ApiError;
use crate::service::scope::Scope;
use crate::service::sign_in_record::SignInRecord;

/// The most sessions of a list, which has one page.
const MOST: usize = 125;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SessionInput {
    access_token: Option<String>,
    #[serde(flatten)]
    user: UserInput,
    session_id: Option<String>,
    revoke_associated_sessions: Option<String>,
}

pub(super) fn list(service: &mut Service, input: SessionInput) -> Output {
    let (scope, record) = service.authorize(&ACCESS_TOKEN.required(input.access_token)?)?;
    Ok(scope.sessions(&record.username, Some(&record.session_id)))
}

pub(super) fn admin_list(service: &mut Service, input: SessionInput) -> Output {
    let (scope, username) = service.named_user(input.user)?;
    Ok(scope.sessions(&username, None))
}

/// Ends another session of the user than the one that asks for it.
pub(super) fn revoke(service: &mut Service, input: SessionInput) -> Output {
    let token = ACCESS_TOKEN.required(input.access_token.clone())?;
    let id = session_id(input)?;
    let (mut scope, record) = service.authorize(&token)?;
    if id == record.session_id {
        return Err(ApiError::invalid_parameter("The current session cannot be revoked."));
    }
    scope.revoke_session(&record.username, &id)
}

pub(super) fn admin_revoke(service: &mut Service, input: SessionInput) -> Output {
    let user = input.user.clone();
    let id = session_id(input)?;
    let (mut scope, username) = service.named_user(user)?;
    scope.revoke_session(&username, &id)
}

/// The session to revoke. What is linked with it are sessions of managed login, of which there
/// are none.
fn session_id(input: SessionInput) -> Result<String, ApiError> {
    let id = SESSION_ID.required(input.session_id)?;
    match input.revoke_associated_sessions.as_deref() {
        None | Some("NONE" | "LINKED") => Ok(id),
        Some(other) => Err(REVOKED_SESSIONS.outside(other, "[NONE, LINKED]")),
    }
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
        let unknown = || ApiError::resource_not_found("Session does not exist.");
        let origin_jti = session.ok_or_else(unknown)?.origin_jti.clone();
        self.pool.sign_ins.revoke_sign_in(&origin_jti);
        Ok(json!({}))
    }
}
