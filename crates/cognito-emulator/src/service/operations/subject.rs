//! The user that a request is about: named by administrators, by applications, or by an access
//! token.

use serde::Deserialize;

use crate::model::ServiceError;
use crate::service::Service;
use crate::service::scope::Scope;

/// A request, or the part of one, by which an administrator names a user of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserRequest {
    pub(super) user_pool_id: String,
    pub(super) username: String,
}

/// A request, or the part of one, by which an application names a user who is not signed in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientUserRequest {
    pub(super) client_id: String,
    pub(super) secret_hash: Option<String>,
    pub(super) username: String,
}

/// A request of a user who is signed in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRequest {
    pub(super) access_token: String,
}

impl Service {
    /// Returns the pool and the name of the user whom an administrator names.
    pub(super) fn find_user(
        &mut self,
        request: &UserRequest,
    ) -> Result<(Scope<'_>, String), ServiceError> {
        let scope = self.pool(&request.user_pool_id)?;
        let username = scope.pool.username_or_sub_for(&request.username);
        let username = username.ok_or_else(ServiceError::user_unknown)?.to_owned();
        Ok((scope, username))
    }

    /// Returns the pool of an app client, which must know the secret hash for the user name.
    pub(super) fn pool_of_client_user(
        &mut self,
        request: &ClientUserRequest,
    ) -> Result<Scope<'_>, ServiceError> {
        let ClientUserRequest { client_id, secret_hash, username } = request;
        let scope = self.pool_of_client(client_id)?;
        scope.pool.client(client_id)?.check_secret_hash(secret_hash.as_deref(), username)?;
        Ok(scope)
    }
}
