//! User pools.

use cognito_tokens::UserPoolId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Output;
use crate::service::Service;
use crate::service::constraint::{POOL_NAME, USER_POOL_ID};
use crate::service::error::ApiError;
use crate::service::pool::Pool;

pub(super) fn create_user_pool(service: &mut Service, given: Map<String, Value>) -> Output {
    let name = given.get("PoolName").and_then(Value::as_str).map(str::to_owned);
    POOL_NAME.required(name)?;
    let id = service.new_pool_id()?;
    service.add_pool(id, given)
}

impl Service {
    pub(crate) fn new_pool_id(&mut self) -> Result<UserPoolId, ApiError> {
        let id = self.shared.random.pool_id(&self.shared.region);
        id.parse().map_err(|_| ApiError::invalid_parameter("The region is not valid."))
    }

    /// Makes a pool of that id from the members of CreateUserPool.
    pub(crate) fn add_pool(&mut self, id: UserPoolId, given: Map<String, Value>) -> Output {
        if self.pools.contains_key(id.as_str()) {
            return Err(ApiError::invalid_parameter(format!("User pool {id} already exists.")));
        }
        let (secret, created) = (self.shared.random.bytes(), self.shared.date());
        let pool = Pool::new(id, given, self.shared.keys.for_new_pool(), secret, created)?;
        let description = json!({ "UserPool": pool.to_json() });
        self.pools.insert(pool.id.as_str().to_owned(), pool);
        Ok(description)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PoolInput {
    user_pool_id: Option<String>,
}

pub(super) fn describe_user_pool(service: &mut Service, input: PoolInput) -> Output {
    let scope = service.pool(&USER_POOL_ID.required(input.user_pool_id)?)?;
    Ok(json!({ "UserPool": scope.pool.to_json() }))
}

/// The settings of SetUserPoolMfaConfig, with the names under which a pool keeps them.
const MFA_SETTINGS: [(&str, &str); 5] = [
    ("MfaConfiguration", "MfaConfiguration"),
    ("SoftwareTokenMfaConfiguration", "SoftwareTokenMfaConfiguration"),
    ("SmsMfaConfiguration", "SmsConfiguration"),
    ("EmailMfaConfiguration", "EmailMfaConfiguration"),
    ("WebAuthnConfiguration", "WebAuthnConfiguration"),
];

pub(super) fn set_user_pool_mfa_config(
    service: &mut Service,
    mut given: Map<String, Value>,
) -> Output {
    let id = given.get("UserPoolId").and_then(Value::as_str).map(str::to_owned);
    let scope = service.pool(&USER_POOL_ID.required(id)?)?;
    let settings = MFA_SETTINGS
        .into_iter()
        .filter_map(|(member, kept)| given.remove(member).map(|value| (kept.to_owned(), value)));
    scope.pool.change(settings.collect())?;
    Ok(mfa_config(scope.pool))
}

pub(super) fn get_user_pool_mfa_config(service: &mut Service, input: PoolInput) -> Output {
    let scope = service.pool(&USER_POOL_ID.required(input.user_pool_id)?)?;
    Ok(mfa_config(scope.pool))
}

fn mfa_config(pool: &Pool) -> Value {
    let given = MFA_SETTINGS
        .into_iter()
        .filter_map(|(member, kept)| Some((member.to_owned(), pool.given(kept)?.clone())));
    let mut config: Map<String, Value> = given.collect();
    config.entry("MfaConfiguration").or_insert(json!("OFF"));
    Value::Object(config)
}
