//! The user of a request, given by a name or by an access token.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;

/// The members with which an administrator names a user of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserRequest {
    pub(super) username: String,
}

/// The members with which an application names a user who is not signed in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientUserRequest {
    pub(super) client_id: String,
    pub(super) secret_hash: Option<String>,
    pub(super) username: String,
}

impl ClientUserRequest {
    pub(super) fn check_secret_hash(&self, step: &Step<'_>) -> Result<(), ServiceError> {
        step.check_secret_hash(&self.client_id, self.secret_hash.as_deref(), &self.username)
    }
}

/// A request without members other than the pool or the access token.
#[derive(Deserialize)]
pub(super) struct Bare {}

/// A response without members.
#[derive(Serialize)]
pub(super) struct Empty {}

/// Returns the name of the user in an administrator's request.
pub(super) fn find_user(step: &Step<'_>, request: &UserRequest) -> Result<String, ServiceError> {
    let username = step.pool.username_or_sub_for(&request.username);
    username.map(str::to_owned).ok_or_else(ServiceError::user_unknown)
}
