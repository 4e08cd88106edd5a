//! User pools.

use cognito_types::UserPoolId;
use serde_json::json;

use super::Output;
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::service::Service;
use crate::service::configuration::{Configuration, MFA_ONLY};
use crate::service::members::{Members, MembersExt};
use crate::service::pool::Pool;
use crate::service::record_page;
use crate::service::scope::Scope;

pub(super) fn create(service: &mut Service, given: Members) -> Output {
    let id = service.new_pool_id()?;
    service.add_pool(id, Configuration::create(given, Members::new())?)
}

impl Service {
    pub(crate) fn new_pool_id(&mut self) -> Result<UserPoolId, ServiceError> {
        let id = self.shared.random.pool_id(&self.shared.region);
        id.parse().map_err(|_| ServiceError::invalid_parameter("The region is not valid."))
    }

    /// Creates a pool of that id from the members of CreateUserPool, and from those that
    /// SetUserPoolMfaConfig alone has. Unknown members, which a request may have, are rejected.
    pub(crate) fn set_up_pool(&mut self, id: UserPoolId, given: Members) -> Output {
        let is_mfa = |name: &String| MFA_ONLY.contains(&name.as_str());
        let (mut mfa, pool): (Members, Members) =
            given.into_iter().partition(|(name, _)| is_mfa(name));
        mfa.insert("UserPoolId".to_owned(), id.as_str().into());
        let mfa = model::fit_known(&shapes::SET_USER_POOL_MFA_CONFIG_REQUEST, mfa.into())?;
        let mut mfa: Members = model::typed(mfa)?;
        mfa.remove("UserPoolId");
        let pool = model::fit_known(&shapes::CREATE_USER_POOL_REQUEST, pool.into())?;
        self.add_pool(id, Configuration::create(model::typed(pool)?, mfa)?)
    }

    fn add_pool(&mut self, id: UserPoolId, configuration: Configuration) -> Output {
        if self.pools.contains_key(id.as_str()) {
            return Err(ServiceError::invalid_parameter(format!("User pool {id} already exists.")));
        }
        let (secret, created) = (self.shared.random.bytes(), self.shared.date());
        let pool = Pool::new(id, configuration, self.shared.keys.for_new_pool(), secret, created)?;
        let description = json!({ "UserPool": pool.to_json() });
        self.pools.insert(pool.id.as_str().to_owned(), pool);
        Ok(description)
    }

    /// The pool that a request names.
    pub(super) fn named_pool(&mut self, given: &Members) -> Result<Scope<'_>, ServiceError> {
        self.pool(given.text("UserPoolId"))
    }
}

pub(super) fn describe(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    Ok(json!({ "UserPool": scope.pool.to_json() }))
}

pub(super) fn update(service: &mut Service, given: Members) -> Output {
    configure(service, given, Configuration::update)?;
    Ok(json!({}))
}

pub(super) fn delete(service: &mut Service, given: Members) -> Output {
    const PROTECTED: &str = "The user pool cannot be deleted because deletion protection is \
                             activated. Deletion protection must be inactivated first.";
    const HAS_DOMAIN: &str = "User pool cannot be deleted. It has a domain configured that should \
                              be deleted first.";
    let scope = service.named_pool(&given)?;
    let protection = scope.pool.configuration().get("DeletionProtection");
    if protection.is_some_and(|protection| protection == "ACTIVE") {
        return Err(ServiceError::invalid_parameter(PROTECTED));
    }
    if !scope.pool.records.domains.is_empty() {
        return Err(ServiceError::invalid_parameter(HAS_DOMAIN));
    }
    scope.pool.check_no_import()?;
    service.pools.remove(given.text("UserPoolId"));
    Ok(json!({}))
}

pub(super) fn list(service: &mut Service, given: Members) -> Output {
    let names = ["MaxResults", "NextToken", "UserPools"];
    record_page::list(&given, &service.pools, names, Pool::description)
}

pub(super) fn add_custom_attributes(service: &mut Service, given: Members) -> Output {
    configure(service, given, |configuration, mut given| {
        configuration.add_attributes(given.remove("CustomAttributes").unwrap_or_default())
    })?;
    Ok(json!({}))
}

pub(super) fn set_mfa_config(service: &mut Service, given: Members) -> Output {
    let scope = configure(service, given, Configuration::set_mfa)?;
    Ok(scope.pool.configuration().mfa_to_json())
}

pub(super) fn get_mfa_config(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    Ok(scope.pool.configuration().mfa_to_json())
}

/// Changes the configuration of the pool that a request names.
fn configure<'a>(
    service: &'a mut Service,
    mut given: Members,
    change: impl Fn(&Configuration, Members) -> Result<Configuration, ServiceError>,
) -> Result<Scope<'a>, ServiceError> {
    let scope = service.named_pool(&given)?;
    given.remove("UserPoolId");
    scope.pool.check_no_import()?;
    let configuration = change(scope.pool.configuration(), given)?;
    let date = scope.date();
    scope.pool.configure(configuration, date)?;
    Ok(scope)
}
