//! All pools of one endpoint, each with its own lock.

mod identity_pools;
mod saving;
mod shared;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cognito_types::UserPoolId;

use self::saving::Gathered;
pub(crate) use self::saving::Restoring;
pub use self::shared::IssuerStyle;
pub(crate) use self::shared::Shared;
use crate::flows::caller::Caller;
use crate::flows::faults::Faults;
use crate::flows::random::{Random, RequestIds};
use crate::flows::step::Step;
use crate::flows::storage::Commits;
use crate::flows::triggers::Triggers;
use crate::flows::workers::may_block;
use crate::model::ServiceError;
use crate::state::identity_pool::IdentityPools;
use crate::state::keys::{PoolKeys, ReadyKeys};
use crate::state::pool::Pool;
use crate::state::quotas::{PoolMeter, QuotaMeters};

/// All pools of one endpoint.
pub(crate) struct Service {
    registry: RwLock<Registry>,
    random: Mutex<Random>,
    pub(crate) request_ids: RequestIds,
    pub(crate) meters: QuotaMeters,
    faults: Mutex<Faults>,
    identity_pools: Mutex<IdentityPools>,
    /// The settings that were gathered last for a store.
    gathered: Mutex<Gathered>,
    pub(crate) shared: Arc<Shared>,
}

/// The pools by id, and the names that are unique among all pools.
#[derive(Default)]
struct Registry {
    pools: BTreeMap<String, Arc<PoolCell>>,
    /// The ordinal of the pool that was created last.
    last_ordinal: u64,
    /// Pool ids by claimed name.
    names: BTreeMap<(Unique, String), String>,
}

/// A kind of names that are unique among all pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unique {
    Client,
    Domain,
}

/// A pool with its lock.
pub(crate) struct PoolCell {
    cell: Mutex<Cell>,
    pub(crate) meter: PoolMeter,
    commits: Option<Arc<Commits>>,
}

struct Cell {
    /// `None` after the pool was deleted.
    pool: Option<Pool>,
    id: UserPoolId,
    triggers: Triggers,
    random: Random,
    /// True if the pool is in the store, except for recorded changes.
    is_stored: bool,
    /// The change counter up to which changes were recorded.
    noted: u64,
}

impl PoolCell {
    /// Runs one step with the pool.
    ///
    /// # Errors
    ///
    /// Returns `ResourceNotFoundException` for a pool that was deleted in the meantime, and the
    /// errors of the step.
    pub(crate) fn step<T>(
        &self,
        shared: &Shared,
        caller: &mut Caller,
        work: impl FnOnce(&mut Step<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut cell = lock(&self.cell);
        let Cell { pool, id, triggers, random, noted, .. } = &mut *cell;
        let pool = pool.as_mut().ok_or_else(|| ServiceError::pool_unknown(id.as_str()))?;
        pool.users.set_time(shared.since_epoch());
        pool.import_due_users(shared.date(), &mut || random.uuid());
        let result = work(&mut Step { pool: &mut *pool, triggers, random, caller, shared });
        // A step that fails may have changed the pool as well, such as its lockouts, and so may an
        // earlier step that panicked.
        if let Some(commits) = &self.commits {
            let changes = pool.changes();
            match std::mem::replace(noted, changes) == changes {
                true => commits.note_reliance(id.as_str()),
                false => commits.note(id.as_str()),
            }
        }
        result
    }

    /// Waits until the keys of the pool are created, without a lock on the pool, and returns them.
    ///
    /// # Errors
    ///
    /// Returns `ResourceNotFoundException` for a pool that was deleted in the meantime.
    pub(crate) fn keys(&self) -> Result<ReadyKeys, ServiceError> {
        let keys = self.pending_keys()?;
        let keys = if keys.are_made() { keys.wait() } else { may_block(|| keys.wait()) };
        self.note_keys();
        Ok(keys)
    }

    fn pending_keys(&self) -> Result<PoolKeys, ServiceError> {
        let cell = lock(&self.cell);
        let pool =
            cell.pool.as_ref().ok_or_else(|| ServiceError::pool_unknown(cell.id.as_str()))?;
        Ok(PoolKeys::clone(&pool.keys))
    }

    /// Records new keys, so that they are stored with the first request that uses them.
    fn note_keys(&self) {
        let Some(commits) = &self.commits else { return };
        let mut cell = lock(&self.cell);
        if cell.pool.as_mut().is_some_and(Pool::has_unsaved_keys) {
            commits.note(cell.id.as_str());
        }
    }

    /// Takes over the keys of the pool with the same id in another service.
    fn keep_keys(&self, from: &Service) {
        let id = lock(&self.cell).id.clone();
        let Ok(keys) = from.pool(id.as_str()).and_then(|pool| pool.pending_keys()) else {
            return;
        };
        if let Some(pool) = &mut lock(&self.cell).pool {
            *pool.keys = keys;
        }
    }
}

impl Service {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            registry: RwLock::default(),
            random: Mutex::new(Random::new(shared.seed)),
            request_ids: RequestIds::new(shared.seed),
            meters: QuotaMeters::new(shared.quotas.clone()),
            faults: Mutex::default(),
            identity_pools: Mutex::new(IdentityPools::new(shared.keys.for_identity_pools())),
            gathered: Mutex::default(),
            shared,
        }
    }

    /// Replaces all pools by the pools that `create` adds to a new service, resets the clock to the
    /// time of the operating system, and removes messages, faults and the state of quotas. Pools
    /// with the same id keep their keys. If `create` fails, nothing changes.
    pub(crate) fn reset<E>(
        &self,
        create: impl FnOnce(&Arc<Self>) -> Result<(), E>,
    ) -> Result<(), E> {
        let fresh = Arc::new(Self::new(Arc::new(self.shared.fresh())));
        create(&fresh)?;
        for cell in fresh.pools() {
            cell.keep_keys(self);
        }
        // From here on, steps of replaced pools cannot claim or release names, or send messages. No
        // pool may be locked while the registry is locked, because steps lock them in the other
        // order.
        for pool in self.pools() {
            let mut cell = lock(&pool.cell);
            cell.pool = None;
            self.note(cell.id.as_str());
        }
        self.shared.clock.reset();
        self.meters.reset();
        self.faults().clear();
        self.shared.outbox.clear();
        std::mem::swap(&mut *self.random(), &mut *fresh.random());
        let created = std::mem::take(&mut *fresh.write());
        created.pools.keys().for_each(|id| self.note(id));
        *self.write() = created;
        self.replace_identity_pools(&fresh);
        self.note_change();
        Ok(())
    }

    /// Returns the pool with an id.
    pub(crate) fn pool(&self, id: &str) -> Result<Arc<PoolCell>, ServiceError> {
        let registry = self.read();
        registry.pools.get(id).cloned().ok_or_else(|| ServiceError::pool_unknown(id))
    }

    /// Returns the pool of an app client.
    pub(crate) fn pool_of_client(&self, client_id: &str) -> Result<Arc<PoolCell>, ServiceError> {
        let pool_id = self.owner(Unique::Client, client_id);
        let pool = pool_id.and_then(|id| self.pool(&id).ok());
        pool.ok_or_else(|| ServiceError::client_unknown(client_id))
    }

    /// Returns all pools in the order of their ids.
    pub(crate) fn pools(&self) -> Vec<Arc<PoolCell>> {
        let registry = self.read();
        registry.pools.values().cloned().collect()
    }

    /// Runs one step with the pool of an id, without a specific caller.
    pub(crate) fn in_pool<T>(
        &self,
        id: &str,
        work: impl FnOnce(&mut Step<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.pool(id)?.step(&self.shared, &mut Caller::default(), work)
    }

    /// Adds a pool.
    ///
    /// # Errors
    ///
    /// Returns `InvalidParameterException` if a pool with the id exists.
    pub(crate) fn add_pool(&self, mut pool: Pool) -> Result<(), ServiceError> {
        if self.shared.commits.is_some() {
            pool.begin_saving(false);
        }
        let id = pool.id.clone();
        self.insert(pool, false)?;
        self.note(id.as_str());
        Ok(())
    }

    fn insert(&self, mut pool: Pool, is_stored: bool) -> Result<(), ServiceError> {
        let random = lock(&self.random).fork();
        let id = pool.id.clone();
        let mut registry = self.write();
        if registry.pools.contains_key(id.as_str()) {
            return Err(ServiceError::invalid_parameter(format!("User pool {id} already exists.")));
        }
        if !is_stored {
            pool.ordinal = registry.last_ordinal.saturating_add(1);
        }
        registry.last_ordinal = registry.last_ordinal.max(pool.ordinal);
        let (triggers, noted) = (Triggers::default(), pool.changes());
        let cell = Cell { pool: Some(pool), id: id.clone(), triggers, random, is_stored, noted };
        let (cell, meter) = (Mutex::new(cell), PoolMeter::default());
        let pool = PoolCell { cell, meter, commits: self.shared.commits.clone() };
        registry.pools.insert(id.as_str().to_owned(), Arc::new(pool));
        Ok(())
    }

    /// Deletes a pool if `check` allows it, and releases the names that it claimed.
    pub(crate) fn remove_pool(
        &self,
        id: &str,
        check: impl FnOnce(&Pool) -> Result<(), ServiceError>,
    ) -> Result<(), ServiceError> {
        let pool = self.pool(id)?;
        let mut cell = lock(&pool.cell);
        check(cell.pool.as_ref().ok_or_else(|| ServiceError::pool_unknown(id))?)?;
        cell.pool = None;
        drop(cell);
        let mut registry = self.write();
        // A reset may have created a pool with the same id in the meantime.
        if registry.pools.get(id).is_some_and(|present| Arc::ptr_eq(present, &pool)) {
            registry.pools.remove(id);
            registry.names.retain(|_, owner| owner != id);
        }
        drop(registry);
        self.note(id);
        Ok(())
    }

    /// Claims a name for a pool. Returns whether the name was free.
    pub(crate) fn claim(&self, kind: Unique, name: &str, pool_id: &str) -> bool {
        let mut registry = self.write();
        let key = (kind, name.to_owned());
        let free = !registry.names.contains_key(&key);
        if free {
            registry.names.insert(key, pool_id.to_owned());
        }
        free
    }

    /// Releases a name that a pool claimed.
    pub(crate) fn release(&self, kind: Unique, name: &str) {
        let mut registry = self.write();
        registry.names.remove(&(kind, name.to_owned()));
    }

    /// Returns the id of the pool that claimed a name.
    pub(crate) fn owner(&self, kind: Unique, name: &str) -> Option<String> {
        let registry = self.read();
        registry.names.get(&(kind, name.to_owned())).cloned()
    }

    pub(crate) fn random(&self) -> MutexGuard<'_, Random> {
        lock(&self.random)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether any pool signs tokens with the crate's test keys.
    pub(crate) fn has_test_keys(&self) -> bool {
        let has_test_keys =
            |cell: &PoolCell| cell.pending_keys().is_ok_and(|keys| keys.are_for_tests());
        self.pools().iter().any(|cell| has_test_keys(cell)) || self.has_identity_pool_test_keys()
    }

    /// Creates keys for a new pool.
    pub(crate) fn new_keys(&self) -> PoolKeys {
        self.shared.keys.for_new_pool()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state contains secrets.
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use crate::operations::dispatch;
    use crate::{Emulator, InjectedFault, PoolSettings, SigningKeys};

    #[test]
    fn failed_reset_changes_nothing() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7).in_process();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        let email = json!([{ "Name": "email", "Value": "a@example.com" }]);
        let alice = json!({
            "Username": "alice", "Password": "Correct-horse1", "UserAttributes": email
        });
        local.call("SignUp", alice).unwrap();
        emulator.plan_fault("GetUser", 1, InjectedFault::Throttled);
        emulator.clock().freeze();
        emulator.clock().advance(Duration::from_secs(90_000));
        let service = emulator.service();
        let state = || {
            let time = (service.shared.since_epoch(), service.shared.clock.is_frozen());
            let (messages, faults) = (service.shared.outbox.messages(), service.faults());
            (time, format!("{messages:?} {:?}", faults.planned()), emulator.quota_usage())
        };
        let before = state();
        let failed = service.reset(|fresh| {
            // The same random source creates the same id.
            dispatch::seed(fresh, "CreateUserPool", json!({ "PoolName": "fresh" })).unwrap();
            let bob = |pool_id: &str| {
                json!({ "UserPoolId": pool_id, "Username": "bob", "UserAttributes": email })
            };
            dispatch::seed(fresh, "AdminCreateUser", bob(local.id().as_str())).unwrap();
            dispatch::seed(fresh, "AdminCreateUser", bob("us-east-1_Unknown00"))
        });
        assert_eq!(failed.unwrap_err().name, "ResourceNotFoundException");
        assert_eq!(state(), before);
        assert!(local.call("AdminGetUser", json!({ "Username": "alice" })).is_ok());
        assert_eq!(service.pools().len(), 1);
    }
}
