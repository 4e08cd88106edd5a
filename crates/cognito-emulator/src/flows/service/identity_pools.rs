//! The identity pools of a service. They share one lock, because a request names an identity but
//! not its pool.

use super::{Service, lock};
use crate::flows::storage::{Batch, OF_SERVICE};
use crate::flows::workers::may_block;
use crate::state::identity_pool::IdentityPools;
use crate::state::keys::{PoolKeys, ReadyKeys};
use crate::state::part::CodecError;

impl Service {
    /// Runs a closure with the identity pools. The closure must not lock a user pool.
    pub(crate) fn with_identity_pools<T>(&self, work: impl FnOnce(&mut IdentityPools) -> T) -> T {
        let mut pools = lock(&self.identity_pools);
        let before = pools.changes();
        let result = work(&mut pools);
        if let Some(commits) = &self.shared.commits {
            match pools.changes() == before {
                true => commits.note_reliance(OF_SERVICE),
                false => commits.note(OF_SERVICE),
            }
        }
        result
    }

    /// Waits until the keys that sign OpenID tokens are created, without a lock on the identity
    /// pools, and returns them.
    pub(crate) fn identity_pool_keys(&self) -> ReadyKeys {
        let keys = self.pending_identity_pool_keys();
        let keys = if keys.are_made() { keys.wait() } else { may_block(|| keys.wait()) };
        // New keys are stored with the request that first uses them.
        if lock(&self.identity_pools).has_unsaved_keys() {
            self.note(OF_SERVICE);
        }
        keys
    }

    pub(super) fn has_identity_pool_test_keys(&self) -> bool {
        self.pending_identity_pool_keys().are_for_tests()
    }

    /// Takes over the identity pools of another service, which then has none.
    pub(super) fn replace_identity_pools(&self, from: &Self) {
        let taken = std::mem::take(&mut *lock(&from.identity_pools));
        lock(&self.identity_pools).replace(taken);
    }

    pub(super) fn gather_identity_pools(&self, batch: &mut Batch) -> Result<(), CodecError> {
        let mut pools = lock(&self.identity_pools);
        pools.save(&mut |part, key, entry| batch.put(OF_SERVICE, part, key, entry))
    }

    fn pending_identity_pool_keys(&self) -> PoolKeys {
        PoolKeys::clone(&lock(&self.identity_pools).keys)
    }
}
