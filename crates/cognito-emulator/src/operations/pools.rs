//! User pools.

use std::collections::BTreeMap;

use cognito_types::UserPoolId;
use serde_json::{Value, json};

use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::trigger::Caller;
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::operations::Output;
use crate::operations::record_page;
use crate::operations::subject::Bare;
use crate::state::configuration::{Configuration, MFA_ONLY};
use crate::state::members::{Members, MembersExt};
use crate::state::pool::Pool;

pub(super) fn create(service: &Service, given: Members) -> Output {
    add(service, new_id(service)?, Configuration::create(given, Members::new())?)
}

pub(crate) fn new_id(service: &Service) -> Result<UserPoolId, ServiceError> {
    let id = service.random().pool_id(&service.shared.region);
    id.parse().map_err(|_| ServiceError::invalid_parameter("The region is not valid."))
}

/// Makes a pool with the members of CreateUserPool and those of SetUserPoolMfaConfig.
pub(crate) fn set_up(service: &Service, id: UserPoolId, given: Members) -> Output {
    let is_mfa = |name: &String| MFA_ONLY.contains(&name.as_str());
    let (mut mfa, pool): (Members, Members) = given.into_iter().partition(|(name, _)| is_mfa(name));
    mfa.insert("UserPoolId".to_owned(), id.as_str().into());
    let mfa = model::fit_known(&shapes::SET_USER_POOL_MFA_CONFIG_REQUEST, mfa.into())?;
    let mut mfa: Members = model::typed(mfa)?;
    mfa.remove("UserPoolId");
    let pool = model::fit_known(&shapes::CREATE_USER_POOL_REQUEST, pool.into())?;
    add(service, id, Configuration::create(model::typed(pool)?, mfa)?)
}

fn add(service: &Service, id: UserPoolId, configuration: Configuration) -> Output {
    let (secret, created) = (service.random().bytes(), service.shared.date());
    let pool = Pool::new(id, configuration, service.new_keys(), secret, created)?;
    let description = json!({ "UserPool": pool.to_json() });
    service.add_pool(pool)?;
    Ok(description)
}

pub(super) fn describe(step: &mut Step<'_>, _: Bare) -> Output {
    Ok(json!({ "UserPool": step.pool.to_json() }))
}

pub(super) fn update(step: &mut Step<'_>, given: Members) -> Output {
    configure(step, given, Configuration::update)?;
    Ok(json!({}))
}

pub(super) fn delete(service: &Service, given: Members) -> Output {
    service.remove_pool(given.text("UserPoolId"), check_deletable)?;
    Ok(json!({}))
}

fn check_deletable(pool: &Pool) -> Result<(), ServiceError> {
    const PROTECTED: &str = "The user pool cannot be deleted because deletion protection is \
                             activated. Deletion protection must be inactivated first.";
    const HAS_DOMAIN: &str = "User pool cannot be deleted. It has a domain configured that should \
                              be deleted first.";
    let protection = pool.configuration().get("DeletionProtection");
    if protection.is_some_and(|protection| protection == "ACTIVE") {
        return Err(ServiceError::invalid_parameter(PROTECTED));
    }
    if !pool.records.domains.is_empty() {
        return Err(ServiceError::invalid_parameter(HAS_DOMAIN));
    }
    pool.check_no_import()
}

pub(super) fn list(service: &Service, given: Members) -> Output {
    let names = ["MaxResults", "NextToken", "UserPools"];
    let described =
        |step: &mut Step<'_>| Ok((step.pool.id.as_str().to_owned(), step.pool.description()));
    let caller = &mut Caller::default();
    // A pool that is deleted meanwhile is not listed.
    let pools: BTreeMap<String, Value> = service
        .pools()
        .iter()
        .filter_map(|pool| pool.step(&service.shared, caller, described).ok())
        .collect();
    record_page::list(&given, &pools, names, Value::clone)
}

pub(super) fn add_custom_attributes(step: &mut Step<'_>, given: Members) -> Output {
    configure(step, given, |configuration, mut given| {
        configuration.add_attributes(given.remove("CustomAttributes").unwrap_or_default())
    })?;
    Ok(json!({}))
}

pub(super) fn set_mfa_config(step: &mut Step<'_>, given: Members) -> Output {
    configure(step, given, Configuration::set_mfa)?;
    Ok(step.pool.configuration().mfa_to_json())
}

pub(super) fn get_mfa_config(step: &mut Step<'_>, _: Bare) -> Output {
    Ok(step.pool.configuration().mfa_to_json())
}

/// Changes the configuration of the pool that a request names.
fn configure(
    step: &mut Step<'_>,
    mut given: Members,
    change: impl Fn(&Configuration, Members) -> Result<Configuration, ServiceError>,
) -> Result<(), ServiceError> {
    given.remove("UserPoolId");
    step.pool.check_no_import()?;
    let configuration = change(step.pool.configuration(), given)?;
    let date = step.date();
    step.pool.configure(configuration, date)
}
