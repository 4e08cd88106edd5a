//! What users do for themselves with an access token.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use crate::service::Service;
use crate::service::constraint::ACCESS_TOKEN;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenInput {
    access_token: Option<String>,
}

pub(super) fn get_user(service: &mut Service, input: TokenInput) -> Output {
    let (scope, record) = service.authorize(&ACCESS_TOKEN.required(input.access_token)?)?;
    Ok(scope.pool.user_mut(&record.username)?.to_json())
}

pub(super) fn global_sign_out(service: &mut Service, input: TokenInput) -> Output {
    let (scope, record) = service.authorize(&ACCESS_TOKEN.required(input.access_token)?)?;
    scope.pool.sign_ins.revoke_user(&record.username);
    Ok(json!({}))
}
