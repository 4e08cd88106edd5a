//! What users do for themselves with an access token, and administrators for them.

use serde_json::{Value, json};

use super::Output;
use super::subject::{TokenRequest, UserRequest};
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::attributes::is_developer_only;
use crate::service::scope::Scope;
use crate::service::user::FirstFactor;

pub(super) fn get_user(service: &mut Service, request: TokenRequest) -> Output {
    let (scope, record) = service.authorize(&request.access_token)?;
    let mut user = scope.pool.user_mut(&record.username)?.to_json();
    let client = scope.pool.client(&record.client_id)?;
    if let Some(Value::Array(attributes)) = user.get_mut("UserAttributes") {
        let name = |attribute: &Value| attribute.get("Name")?.as_str().map(str::to_owned);
        let readable = |name: String| client.can_read(&name) && !is_developer_only(&name);
        attributes.retain(|one| name(one).is_some_and(readable));
    }
    Ok(user)
}

pub(super) fn global_sign_out(service: &mut Service, request: TokenRequest) -> Output {
    let (scope, record) = service.authorize(&request.access_token)?;
    scope.pool.sign_ins.revoke_user(&record.username);
    Ok(json!({}))
}

pub(super) fn admin_user_global_sign_out(service: &mut Service, request: UserRequest) -> Output {
    let (scope, username) = service.find_user(&request)?;
    scope.pool.sign_ins.revoke_user(&username);
    Ok(json!({}))
}

pub(super) fn delete_user(service: &mut Service, request: TokenRequest) -> Output {
    let (scope, record) = service.authorize(&request.access_token)?;
    scope.pool.remove_user(&record.username);
    Ok(json!({}))
}

pub(super) fn admin_delete_user(service: &mut Service, request: UserRequest) -> Output {
    let (scope, username) = service.find_user(&request)?;
    scope.pool.remove_user(&username);
    Ok(json!({}))
}

pub(super) fn get_user_auth_factors(service: &mut Service, request: TokenRequest) -> Output {
    let (scope, record) = service.authorize(&request.access_token)?;
    scope.auth_factors(&record.username)
}

pub(super) fn admin_get_user_auth_factors(service: &mut Service, request: UserRequest) -> Output {
    let (scope, username) = service.find_user(&request)?;
    scope.auth_factors(&username)
}

impl Scope<'_> {
    /// The second factors of a user, and what a sign-in may begin with.
    fn auth_factors(&self, username: &str) -> Output {
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut names: Vec<_> =
            self.first_factors(username)?.into_iter().map(FirstFactor::setting).collect();
        names.dedup();
        let mut factors = user.mfa_to_json();
        if let Some(factors) = factors.as_object_mut() {
            let names: Value = names.into();
            factors.insert("ConfiguredUserAuthFactors".to_owned(), names);
        }
        Ok(factors)
    }
}
