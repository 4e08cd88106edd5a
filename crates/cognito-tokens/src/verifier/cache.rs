//! Tokens whose signatures were right, so that they need not be verified again.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{self, SHA256};

use crate::claims::{AccessClaims, IdClaims};
use crate::key_set::Key;

/// The size and the hit counts of a cache of verified tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatus {
    /// Number of entries.
    pub tokens: usize,
    /// Number of cache hits.
    pub hits: u64,
    /// Number of cache misses.
    pub misses: u64,
}

pub(crate) struct Cache {
    pub(crate) access: Table<AccessClaims>,
    pub(crate) id: Table<IdClaims>,
}

impl Cache {
    pub(crate) fn new(tokens: NonZeroUsize) -> Self {
        Self { access: Table::new(tokens), id: Table::new(tokens) }
    }

    pub(crate) fn status(&self) -> CacheStatus {
        let (access, id) = (self.access.status(), self.id.status());
        CacheStatus {
            tokens: access.tokens.saturating_add(id.tokens),
            hits: access.hits.saturating_add(id.hits),
            misses: access.misses.saturating_add(id.misses),
        }
    }
}

/// A verified token's claims and the key that signed it.
#[derive(Clone)]
pub(crate) struct Remembered<C> {
    pub(crate) claims: C,
    pub(crate) key: Arc<Key>,
    /// The issuer's place among those that are trusted.
    pub(crate) issuer: usize,
}

/// The SHA-256 of a token, of which there is one spelling.
#[derive(PartialEq, Eq)]
struct Digest([u8; 32]);

impl Digest {
    fn of(token: &str) -> Option<Self> {
        digest::digest(&SHA256, token.as_bytes()).as_ref().try_into().ok().map(Self)
    }
}

/// A part of it is as good as any hash: only signed tokens are in the table.
impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let part = self.0.first_chunk().copied().unwrap_or_default();
        state.write_u64(u64::from_ne_bytes(part));
    }
}

#[derive(Clone, Copy, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, part: u64) {
        self.0 = part;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Remembering<C> = HashMap<Digest, Remembered<C>, BuildHasherDefault<AsItIs>>;

/// A bounded table that forgets what was not asked for longest, roughly.
pub(crate) struct Table<C> {
    half: usize,
    generations: Mutex<Generations<C>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// When the young are too many they become the old, and the old are forgotten.
struct Generations<C> {
    young: Remembering<C>,
    old: Remembering<C>,
}

impl<C: Clone> Table<C> {
    fn new(tokens: NonZeroUsize) -> Self {
        let generations = Generations { young: HashMap::default(), old: HashMap::default() };
        Self {
            half: tokens.get().div_ceil(2),
            generations: Mutex::new(generations),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, token: &str) -> Option<Remembered<C>> {
        let found =
            Digest::of(token).and_then(|digest| self.with(|all| all.get(digest, self.half)));
        let count = if found.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub(super) fn put(&self, token: &str, remembered: Remembered<C>) {
        if let Some(digest) = Digest::of(token) {
            self.with(|all| all.put(digest, remembered, self.half));
        }
    }

    fn status(&self) -> CacheStatus {
        CacheStatus {
            tokens: self.with(|all| all.young.len().saturating_add(all.old.len())),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }

    fn with<T>(&self, run: impl FnOnce(&mut Generations<C>) -> T) -> T {
        // Nothing under the lock can panic half-way.
        run(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<C: Clone> Generations<C> {
    fn get(&mut self, digest: Digest, half: usize) -> Option<Remembered<C>> {
        if let Some(found) = self.young.get(&digest) {
            return Some(found.clone());
        }
        let found = self.old.remove(&digest)?;
        self.put(digest, found.clone(), half);
        Some(found)
    }

    fn put(&mut self, digest: Digest, remembered: Remembered<C>, half: usize) {
        if self.young.len() >= half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, remembered);
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}
