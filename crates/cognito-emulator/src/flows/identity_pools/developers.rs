//! Developer-authenticated identities: users whom a server of the application has authenticated.
//!
//! The exceptions are in the API reference; messages that are not quoted there are guesses.

use std::collections::BTreeSet;

use super::identity::{self, Union};
use super::login::{self, Logins, VerifiedLogin};
use super::open_id_token::{self, OpenIdToken};
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::state::identity_pool::identities::{Identity, Login, identity_unknown};
use crate::state::identity_pool::{IdentityPool, IdentityPools};

/// A user of a developer provider, as named in requests.
pub(crate) struct DeveloperUser {
    pub(crate) pool_id: String,
    /// The name of the provider; by default the provider of the pool.
    pub(crate) provider: Option<String>,
    pub(crate) identifier: String,
}

/// Issues a token for a user, with the given identity, the user's identity, or a new one.
pub(crate) fn issue_token(
    service: &Service,
    pool_id: &str,
    identity_id: Option<String>,
    logins: Logins,
    lifetime: u64,
) -> Result<OpenIdToken, ServiceError> {
    let pool = service.with_identity_pools(|pools| pools.pool(pool_id).cloned())?;
    let logins = verified(service, &pool, logins)?;
    let (new_id, date) = (identity::new_id(service, pool_id), service.shared.date());
    let id = service.with_identity_pools(|pools| match identity_id {
        None => identity::of_logins(pools, pool_id, &logins, new_id, date),
        Some(id) => link(pools, pool_id, id, &logins, date),
    })?;
    Ok(open_id_token::sign(service, &pool, id, &logins, lifetime))
}

/// Verifies logins, one of which is for the developer provider and has no token.
fn verified(
    service: &Service,
    pool: &IdentityPool,
    mut logins: Logins,
) -> Result<Vec<VerifiedLogin>, ServiceError> {
    const MISSING: &str = "Logins must contain the developer provider of this identity pool.";
    let provider = pool.settings.developer_provider_name.as_deref();
    let own = provider.and_then(|provider| Some((provider, logins.remove(provider)?)));
    let (provider, subject) = own.ok_or_else(|| ServiceError::invalid_parameter(MISSING))?;
    let own = login::of_developers(provider, pool, &subject);
    let others = login::verify(service, pool, &logins)?;
    Ok([own].into_iter().chain(others).collect())
}

/// Links logins to an identity of the pool, which may be a guest's.
fn link(
    pools: &mut IdentityPools,
    pool_id: &str,
    id: String,
    logins: &[VerifiedLogin],
    date: f64,
) -> Result<String, ServiceError> {
    let is_disabled = identity_in(pools, pool_id, &id)?.is_disabled();
    let is_free = |login: &Login| {
        let owner = pools.identities.owner(pool_id, login);
        owner.is_none_or(|owner| owner.id == id)
    };
    if !logins.iter().map(|one| &one.login).filter(|login| login.is_developers).all(is_free) {
        return Err(ServiceError::developer_user_already_registered(
            "This developer user identifier is already registered with Cognito.",
        ));
    }
    // A guess: an identity without logins is inaccessible (API reference, UnlinkDeveloperIdentity).
    if is_disabled {
        return Err(identity::forbidden(&id));
    }
    Ok(Union::new(pools, id, BTreeSet::new(), logins)?.apply(pools, logins, date))
}

/// Returns the identity of a user.
pub(crate) fn identity_of(
    pools: &IdentityPools,
    user: &DeveloperUser,
) -> Result<String, ServiceError> {
    let login = login_of(pools, user)?;
    let owner = pools.identities.owner(&user.pool_id, &login);
    let unknown = || ServiceError::resource_not_found("Developer user identifier not found.");
    owner.map(|owner| owner.id.clone()).ok_or_else(unknown)
}

/// Returns the users that are linked to an identity, in order.
pub(crate) fn users_of(
    pools: &IdentityPools,
    pool_id: &str,
    identity_id: &str,
) -> Result<Vec<String>, ServiceError> {
    let identity = identity_in(pools, pool_id, identity_id)?;
    let logins = identity.logins().filter(|login| login.is_developers);
    Ok(logins.map(|login| login.subject.clone()).collect())
}

/// Merges the identity of one user into that of another, and returns its id.
pub(crate) fn merge(
    service: &Service,
    source: &DeveloperUser,
    destination: &DeveloperUser,
) -> Result<String, ServiceError> {
    let date = service.shared.date();
    service.with_identity_pools(|pools| {
        let (from, into) = (identity_of(pools, source)?, identity_of(pools, destination)?);
        if from == into {
            return Ok(into);
        }
        Ok(Union::new(pools, into, BTreeSet::from([from]), &[])?.apply(pools, &[], date))
    })
}

/// Removes a user from an identity.
pub(crate) fn unlink(
    service: &Service,
    identity_id: &str,
    user: &DeveloperUser,
) -> Result<(), ServiceError> {
    let date = service.shared.date();
    service.with_identity_pools(|pools| {
        identity_in(pools, &user.pool_id, identity_id)?;
        if identity_of(pools, user)? != identity_id {
            return Err(not_linked());
        }
        let login = login_of(pools, user)?;
        pools.identities.unlink(identity_id, &login, date);
        Ok(())
    })
}

fn login_of(pools: &IdentityPools, user: &DeveloperUser) -> Result<Login, ServiceError> {
    let own = pools.pool(&user.pool_id)?.settings.developer_provider_name.as_ref();
    let provider = own.filter(|own| user.provider.as_ref().is_none_or(|named| named == *own));
    let provider = provider.cloned().ok_or_else(|| {
        ServiceError::invalid_parameter(
            "The developer provider does not exist in the identity pool.",
        )
    })?;
    Ok(Login { provider, subject: user.identifier.clone(), is_developers: true })
}

fn identity_in<'a>(
    pools: &'a IdentityPools,
    pool_id: &str,
    id: &str,
) -> Result<&'a Identity, ServiceError> {
    pools.pool(pool_id)?;
    let identity = pools.identities.get(id).ok().filter(|identity| identity.pool_id == pool_id);
    identity.ok_or_else(|| identity_unknown(id))
}

/// Returns the rejection of an identity that does not belong to the user.
pub(crate) fn not_linked() -> ServiceError {
    ServiceError::resource_conflict(
        "The developer user identifier does not belong to the identity.",
    )
}
