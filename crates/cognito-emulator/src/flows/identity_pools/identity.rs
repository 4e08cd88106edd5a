//! The identity for logins: a new one, the one that they are linked to, or several that are merged.

use std::collections::{BTreeMap, BTreeSet};

use super::login::{self, Logins, VerifiedLogin};
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::state::identity_pool::identities::{Identity, Login};
use crate::state::identity_pool::{IdentityPool, IdentityPools, region_of};

/// The maximum number of logins of an identity (API reference, MergeDeveloperIdentities).
const MOST_LOGINS: usize = 20;

/// Returns the id of the identity with these logins, or creates one. Without logins, it is a new
/// guest.
pub(crate) fn find_or_create(
    service: &Service,
    pool_id: &str,
    logins: &Logins,
) -> Result<String, ServiceError> {
    let pool = service.with_identity_pools(|pools| pools.pool(pool_id).cloned())?;
    if logins.is_empty() {
        pool.check_guests()?;
    }
    let logins = login::verify(service, &pool, logins)?;
    let new_id = new_id(service, pool_id);
    let date = service.shared.date();
    service.with_identity_pools(|pools| of_logins(pools, pool_id, &logins, new_id, date))
}

pub(super) fn new_id(service: &Service, pool_id: &str) -> String {
    format!("{}:{}", region_of(pool_id), service.random().uuid())
}

/// Returns the id of the identity with these logins, or creates one with the new id.
pub(super) fn of_logins(
    pools: &mut IdentityPools,
    pool_id: &str,
    logins: &[VerifiedLogin],
    new_id: String,
    date: f64,
) -> Result<String, ServiceError> {
    pools.pool(pool_id)?;
    match owner(pools, pool_id, logins) {
        Some(owner) => {
            let union = Union::new(pools, owner, BTreeSet::new(), logins)?;
            Ok(union.apply(pools, logins, date))
        }
        None => {
            pools.identities.insert(Identity::new(new_id.clone(), pool_id.to_owned(), date));
            pools.identities.link(&new_id, given(logins), date);
            Ok(new_id)
        }
    }
}

/// Removes the logins of these providers from an identity, for its user.
pub(crate) fn unlink(
    service: &Service,
    id: &str,
    logins: &Logins,
    providers: &[String],
) -> Result<(), ServiceError> {
    let (_, logins) = verified(service, id, logins)?;
    let date = service.shared.date();
    service.with_identity_pools(|pools| {
        let identity = pools.identities.get(id)?;
        check_logins(identity, &logins)?;
        let is_removed = |login: &&Login| providers.contains(&login.provider);
        let removed: Vec<Login> = identity.logins().filter(is_removed).cloned().collect();
        removed.iter().for_each(|login| pools.identities.unlink(id, login, date));
        Ok(())
    })
}

/// Verifies the logins for an identity, and returns them with its pool.
pub(super) fn verified(
    service: &Service,
    identity_id: &str,
    logins: &Logins,
) -> Result<(IdentityPool, Vec<VerifiedLogin>), ServiceError> {
    let pool = service.with_identity_pools(|pools| pools.pool_of(identity_id).cloned())?;
    let logins = login::verify(service, &pool, logins)?;
    Ok((pool, logins))
}

/// Returns the identity for a request with these logins. It differs from the given one if that was
/// merged into it or will be. Nothing changes before [`Union::apply`].
pub(super) fn resolve(
    pools: &IdentityPools,
    id: &str,
    logins: &[VerifiedLogin],
) -> Result<Union, ServiceError> {
    let identity = pools.identities.get(id)?;
    let (pool_id, is_guest) = (&identity.pool_id, identity.is_guest());
    if logins.is_empty() {
        return match is_guest {
            true => pools.pool(pool_id)?.check_guests().map(|()| Union::alone(id.to_owned())),
            false => Err(forbidden(id)),
        };
    }
    if !is_guest && !identity.is_disabled() {
        check_logins(identity, logins)?;
        return Union::new(pools, id.to_owned(), BTreeSet::new(), logins);
    }
    match owner(pools, pool_id, logins) {
        Some(owner) => {
            let guest = is_guest.then(|| id.to_owned());
            Union::new(pools, owner, guest.into_iter().collect(), logins)
        }
        None if is_guest => Union::new(pools, id.to_owned(), BTreeSet::new(), logins),
        None => Err(mismatch()),
    }
}

/// Checks that at least one login is linked to an identity.
fn check_logins(identity: &Identity, logins: &[VerifiedLogin]) -> Result<(), ServiceError> {
    match logins.iter().any(|verified| identity.has(&verified.login)) {
        true => Ok(()),
        false => Err(mismatch()),
    }
}

/// An identity and the identities to merge into it. The result has all of their logins.
#[derive(Debug)]
pub(super) struct Union {
    id: String,
    others: BTreeSet<String>,
}

impl Union {
    fn alone(id: String) -> Self {
        Self { id, others: BTreeSet::new() }
    }

    /// Checks that the identity can have the logins, together with the other identities and those
    /// that the logins are linked to.
    pub(super) fn new(
        pools: &IdentityPools,
        id: String,
        mut others: BTreeSet<String>,
        logins: &[VerifiedLogin],
    ) -> Result<Self, ServiceError> {
        let identities = &pools.identities;
        let identity = identities.get(&id)?;
        for VerifiedLogin { login, .. } in logins {
            let owner = identities.owner(&identity.pool_id, login).filter(|owner| owner.id != id);
            if identity.has_other(login) {
                return Err(owner.map_or_else(mismatch, |_| linked_elsewhere()));
            }
            others.extend(owner.map(|owner| owner.id.clone()));
        }
        let of_others = others.iter().filter_map(|other| identities.get(other).ok());
        let linked = identity.logins().chain(of_others.flat_map(Identity::logins));
        check_together(linked.chain(logins.iter().map(|one| &one.login)).collect())?;
        Ok(Self { id, others })
    }

    /// Merges the other identities into this one, links the logins to it, and returns its id.
    pub(super) fn apply(
        self,
        pools: &mut IdentityPools,
        logins: &[VerifiedLogin],
        date: f64,
    ) -> String {
        let Self { id, others } = self;
        others.iter().for_each(|other| pools.identities.merge(other, &id, date));
        pools.identities.link(&id, given(logins), date);
        id
    }
}

/// Checks that a single identity can have all of the logins.
fn check_together(logins: BTreeSet<&Login>) -> Result<(), ServiceError> {
    if logins.len() > MOST_LOGINS {
        return Err(ServiceError::resource_conflict("An identity has at most 20 linked logins."));
    }
    match has_two_users_of_one_provider(logins.into_iter()) {
        true => Err(linked_elsewhere()),
        false => Ok(()),
    }
}

/// Returns whether the logins contain two users of the same provider, which one identity cannot
/// have.
fn has_two_users_of_one_provider<'a>(logins: impl Iterator<Item = &'a Login>) -> bool {
    let mut users = BTreeMap::new();
    logins.filter(|login| !login.is_developers).any(|Login { provider, subject, .. }| {
        users.insert(provider, subject).is_some_and(|other| other != subject)
    })
}

/// Returns the id of the first identity that any of the logins is linked to.
fn owner(pools: &IdentityPools, pool_id: &str, logins: &[VerifiedLogin]) -> Option<String> {
    let mut owners = logins.iter().filter_map(|one| pools.identities.owner(pool_id, &one.login));
    owners.next().map(|owner| owner.id.clone())
}

fn given(logins: &[VerifiedLogin]) -> impl Iterator<Item = Login> {
    logins.iter().map(|verified| verified.login.clone())
}

pub(super) fn forbidden(id: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Access to Identity '{id}' is forbidden."))
}

/// The exception is in the API reference; the message is a guess.
fn linked_elsewhere() -> ServiceError {
    ServiceError::resource_conflict("Login is already linked to another account.")
}

fn mismatch() -> ServiceError {
    ServiceError::not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity \
         pool.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(provider: &str, subject: &str) -> Login {
        let (provider, subject) = (provider.to_owned(), subject.to_owned());
        Login { provider, subject, is_developers: false }
    }

    #[test]
    fn identities_with_two_users_of_one_provider_are_not_merged() {
        let mut pools = IdentityPools::default();
        for (id, logins) in [
            ("a", vec![login("p", "alice")]),
            ("b", vec![login("q", "bob"), login("r", "carol")]),
            ("c", vec![login("s", "dan"), login("r", "erin")]),
        ] {
            pools.identities.insert(Identity::new(id.to_owned(), "pool".to_owned(), 0.0));
            pools.identities.link(id, logins, 0.0);
        }
        let others = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let refused = Union::new(&pools, "a".to_owned(), others(&["b", "c"]), &[]);
        assert_eq!(refused.unwrap_err().name, "ResourceConflictException");
        let union = Union::new(&pools, "a".to_owned(), others(&["b"]), &[]).unwrap();
        union.apply(&mut pools, &[], 1.0);
        assert!(pools.identities.get("a").unwrap().has(&login("r", "carol")));
        assert!(pools.identities.get("b").unwrap().is_disabled());
    }
}
