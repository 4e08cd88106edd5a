//! Saving and restoring the state of a service.

use std::collections::BTreeMap;

use cognito_types::QuotaCategory;
use serde::{Deserialize, Serialize};

use super::{PoolCell, Service, Unique, lock};
use crate::flows::clock::ClockSetting;
use crate::flows::random::Random;
use crate::flows::storage::{Batch, EntryKey, OF_SERVICE, WriteError};
use crate::state::identity_pool::IdentityPools;
use crate::state::part::{self, CodecError};
use crate::state::pool::{Pool, RestoreError};

/// Parts that belong to no pool.
const MESSAGES: &str = "messages";
const SETTINGS: &str = "settings";

/// The stored settings of the service itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Settings {
    clock: ClockSetting,
    rates: BTreeMap<QuotaCategory, u32>,
    /// The number of starts with this store.
    starts: u64,
}

/// The settings of the service that were gathered last.
#[derive(Default)]
pub(super) struct Gathered {
    /// `None` at the start, so that each start is stored.
    settings: Option<Settings>,
    starts: u64,
}

impl Service {
    /// Records a change that belongs to no pool.
    pub(crate) fn note_change(&self) {
        self.note(OF_SERVICE);
    }

    pub(super) fn note(&self, pool_id: &str) {
        if let Some(commits) = &self.shared.commits {
            commits.note(pool_id);
        }
    }

    /// Adds all changes that were recorded since the last call to a batch.
    ///
    /// Changes that cannot be encoded stay recorded; all others are added.
    pub(crate) fn gather(&self, batch: &mut Batch) -> Result<(), WriteError> {
        let mut gathered = lock(&self.gathered);
        let unsaved = self.shared.commits.as_ref().map(|commits| commits.take());
        let mut gathered_all = Ok(());
        for id in unsaved.into_iter().flatten().filter(|id| id != OF_SERVICE) {
            let saved = match self.pool(&id) {
                Ok(pool) => pool.gather(batch),
                Err(_) => {
                    batch.empty(&id);
                    Ok(())
                }
            };
            if saved.is_err() {
                self.note(&id);
            }
            gathered_all = gathered_all.and(saved);
        }
        let own = self.gather_own(&mut gathered, batch);
        Ok(gathered_all.and(own)?)
    }

    fn gather_own(&self, gathered: &mut Gathered, batch: &mut Batch) -> Result<(), CodecError> {
        let settings = Settings {
            clock: self.shared.clock.setting(),
            rates: self.meters.provisioned(),
            starts: gathered.starts,
        };
        if gathered.settings.as_ref() != Some(&settings) {
            let entry = part::encode(&settings)?;
            batch.put(OF_SERVICE, SETTINGS, String::new(), Some(entry));
            gathered.settings = Some(settings);
        }
        let identity_pools = self.gather_identity_pools(batch);
        let messages = self.shared.outbox.with_part(|messages| {
            messages.save(&mut |key, entry| batch.put(OF_SERVICE, MESSAGES, key, entry))
        });
        identity_pools.and(messages)
    }
}

impl PoolCell {
    fn gather(&self, batch: &mut Batch) -> Result<(), CodecError> {
        let mut cell = lock(&self.cell);
        let is_stored = std::mem::replace(&mut cell.is_stored, true);
        let id = cell.id.clone();
        if !is_stored || cell.pool.is_none() {
            batch.empty(id.as_str());
        }
        let Some(pool) = &mut cell.pool else { return Ok(()) };
        pool.save(&mut |part, key, entry| batch.put(id.as_str(), part, key, entry))
    }
}

/// A service that is being restored from the entries of a store, in the order of their keys.
pub(crate) struct Restoring<'a> {
    service: &'a Service,
    /// The pool of the current entries.
    pool: Option<Pool>,
    settings: Settings,
}

impl<'a> Restoring<'a> {
    pub(crate) fn new(service: &'a Service) -> Self {
        Self { service, pool: None, settings: Settings::default() }
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// Returns the reason why an entry is invalid.
    pub(crate) fn add(&mut self, key: EntryKey, entry: &[u8]) -> Result<(), RestoreError> {
        let EntryKey { pool_id, part, key } = key;
        if pool_id == OF_SERVICE {
            return self.add_own(&part, key, entry);
        }
        if let Some(pool) = self.pool.as_mut().filter(|pool| pool.id.as_str() == pool_id) {
            return pool.restore_entry(&part, &key, entry);
        }
        self.end_pool()?;
        self.pool = Some(Pool::restore(&pool_id, &part, entry)?);
        Ok(())
    }

    /// Completes the last pool. From now on the service records changes, and random values differ
    /// from the last start, even with the same seed.
    pub(crate) fn end(mut self) -> Result<(), RestoreError> {
        self.end_pool()?;
        self.service.shared.outbox.with_part(|messages| messages.journal().begin([]));
        self.service.with_identity_pools(IdentityPools::restored);
        let Settings { clock, rates, starts } = &mut self.settings;
        *starts = starts.saturating_add(1);
        self.service.shared.clock.restore(*clock);
        self.service.meters.restore(rates.clone());
        *lock(&self.service.gathered) = Gathered { settings: None, starts: *starts };
        Ok(())
    }

    fn add_own(&mut self, part: &str, key: String, entry: &[u8]) -> Result<(), RestoreError> {
        let malformed = |_| RestoreError::Malformed(part.to_owned());
        match part {
            SETTINGS => {
                self.settings = part::decode(entry).map_err(malformed)?;
                // These settings come before the pools, whose random values depend on them.
                let seed = self.service.shared.seed;
                let seed = seed.map(|seed| seed.wrapping_add(self.settings.starts));
                *self.service.random() = Random::new(seed);
                self.service.request_ids.seed(seed);
                Ok(())
            }
            MESSAGES => {
                let outbox = &self.service.shared.outbox;
                outbox.with_part(|messages| messages.restore(key, entry)).map_err(malformed)
            }
            _ => {
                let restore = |pools: &mut IdentityPools| pools.restore(part, key, entry);
                match self.service.with_identity_pools(restore).map_err(malformed)? {
                    true => Ok(()),
                    false => Err(RestoreError::UnknownPart(part.to_owned())),
                }
            }
        }
    }

    fn end_pool(&mut self) -> Result<(), RestoreError> {
        let Some(mut pool) = self.pool.take() else { return Ok(()) };
        pool.restored();
        let id = pool.id.to_string();
        let clients = pool.clients.keys().map(|client| (Unique::Client, client.clone()));
        let domains = pool.records.domains.keys().map(|domain| (Unique::Domain, domain.clone()));
        for (kind, name) in clients.chain(domains) {
            self.service.claim(kind, &name, &id);
        }
        self.service.insert(pool, true).map_err(|_| RestoreError::InvalidPool(id))
    }
}
