//! What users do for themselves with an access token, and administrators for them.

use crate::flows::step::Step;
use crate::operations::subject::find_user;
use crate::state::sign_in_record::SignInRecord;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::subject::{Bare, UserRequest};
use crate::state::attributes::is_developer_only;
use crate::state::user::FirstFactor;

pub(super) fn get_user(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    let mut user = step.pool.user_mut(&record.username)?.to_json();
    let client = step.pool.client(&record.client_id)?;
    if let Some(Value::Array(attributes)) = user.get_mut("UserAttributes") {
        let name = |attribute: &Value| attribute.get("Name")?.as_str().map(str::to_owned);
        let readable = |name: String| client.can_read(&name) && !is_developer_only(&name);
        attributes.retain(|one| name(one).is_some_and(readable));
    }
    Ok(user)
}

pub(super) fn global_sign_out(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    step.pool.sign_ins.revoke_user(&record.username);
    Ok(json!({}))
}

pub(super) fn admin_user_global_sign_out(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    step.pool.sign_ins.revoke_user(&username);
    Ok(json!({}))
}

pub(super) fn delete_user(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    step.pool.remove_user(&record.username);
    Ok(json!({}))
}

pub(super) fn admin_delete_user(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    step.pool.remove_user(&username);
    Ok(json!({}))
}

pub(super) fn get_user_auth_factors(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    step.auth_factors(&record.username)
}

pub(super) fn admin_get_user_auth_factors(step: &mut Step<'_>, request: UserRequest) -> Output {
    let username = find_user(step, &request)?;
    step.auth_factors(&username)
}

impl Step<'_> {
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
