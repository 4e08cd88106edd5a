//! A cache of verified tokens, whose signatures are not verified again.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;

use zeroize::Zeroizing;

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

/// The claims of a verified token and the key that signed it.
#[derive(Clone)]
pub(crate) struct CachedToken<C> {
    pub(crate) claims: C,
    pub(crate) key: Arc<Key>,
    /// The index of the issuer in the verifier.
    pub(crate) issuer: usize,
}

/// A keyed hash of a token, which has only one valid spelling.
#[derive(PartialEq, Eq)]
struct Tag([u8; 16]);

/// The key of the tags of one table.
///
/// A tag is the AES-GCM tag of the token as additional data. Normally a nonce must be used only
/// once, because tags with the same nonce reveal the key to a party that reads them; here it is
/// constant, because no tag leaves the table. Without the key, the probability that another text of
/// 16 KiB has the tag of a given token is 2^-118 (NIST SP 800-38D, appendix B). SHA-256 takes twice
/// as long as all other steps of a cache hit.
struct TagKey(LessSafeKey);

impl TagKey {
    fn random() -> Result<Self, Unspecified> {
        let mut key = Zeroizing::new([0; 16]);
        rand::fill(&mut *key)?;
        UnboundKey::new(&AES_128_GCM, &*key).map(|key| Self(LessSafeKey::new(key)))
    }

    fn tag(&self, token: &str) -> Option<Tag> {
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(token), &mut []).ok()?;
        tag.as_ref().try_into().ok().map(Tag)
    }
}

/// Uses a part of the tag as the hash: it is random without the key.
impl Hash for Tag {
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

type CachedTokens<C> = HashMap<Tag, CachedToken<C>, BuildHasherDefault<AsItIs>>;

/// A bounded table that removes approximately the least recently used entries.
pub(crate) struct Table<C> {
    half: usize,
    /// `None` if the system has no random numbers: then every token is verified.
    key: Option<TagKey>,
    generations: Mutex<Generations<C>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// Two generations: when `young` is full it replaces `old`, whose entries are dropped.
struct Generations<C> {
    young: CachedTokens<C>,
    old: CachedTokens<C>,
}

impl<C: Clone> Table<C> {
    fn new(tokens: NonZeroUsize) -> Self {
        let generations = Generations { young: HashMap::default(), old: HashMap::default() };
        Self {
            half: tokens.get().div_ceil(2),
            key: TagKey::random().ok(),
            generations: Mutex::new(generations),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    pub(super) fn get(&self, token: &str) -> Option<CachedToken<C>> {
        let found = self.tag(token).and_then(|tag| self.with(|all| all.get(tag, self.half)));
        let count = if found.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub(super) fn put(&self, token: &str, cached: CachedToken<C>) {
        if let Some(tag) = self.tag(token) {
            self.with(|all| all.put(tag, cached, self.half));
        }
    }

    fn tag(&self, token: &str) -> Option<Tag> {
        self.key.as_ref()?.tag(token)
    }

    fn status(&self) -> CacheStatus {
        CacheStatus {
            tokens: self.with(|all| all.young.len().saturating_add(all.old.len())),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }

    fn with<T>(&self, run: impl FnOnce(&mut Generations<C>) -> T) -> T {
        // No code under the lock can panic, so the state is valid even if the lock is poisoned.
        run(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<C: Clone> Generations<C> {
    fn get(&mut self, tag: Tag, half: usize) -> Option<CachedToken<C>> {
        if let Some(found) = self.young.get(&tag) {
            return Some(found.clone());
        }
        let found = self.old.remove(&tag)?;
        self.put(tag, found.clone(), half);
        Some(found)
    }

    fn put(&mut self, tag: Tag, cached: CachedToken<C>, half: usize) {
        if self.young.len() >= half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(tag, cached);
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.status().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn a_tag_depends_on_each_character_and_on_the_key() {
        let (key, other) = (TagKey::random().unwrap(), TagKey::random().unwrap());
        let token = "header.payload.signature-of-more-than-sixteen-characters";
        let tag = |key: &TagKey, token: &str| key.tag(token).unwrap().0;
        assert_eq!(tag(&key, token), tag(&key, token));
        assert_ne!(tag(&key, token), tag(&other, token));
        for (index, character) in token.char_indices() {
            let changed = if character == 'A' { "B" } else { "A" };
            let mut text = token.to_owned();
            text.replace_range(index..=index, changed);
            assert_ne!(tag(&key, &text), tag(&key, token), "{text}");
            assert_ne!(tag(&key, &token[..index]), tag(&key, token));
        }
    }

    #[test]
    fn without_a_key_nothing_is_remembered() {
        let mut table = Table::<String>::new(NonZeroUsize::MIN);
        table.key = None;
        assert!(table.get("token").is_none());
        assert_eq!(table.status(), CacheStatus { tokens: 0, hits: 0, misses: 1 });
    }

    #[test]
    fn hash_of_a_tag_is_a_part_of_it() {
        let tag = Tag(std::array::from_fn(|at| u8::try_from(at).unwrap() ^ 0x5A));
        let hash = BuildHasherDefault::<AsItIs>::default().hash_one(&tag);
        assert_eq!(hash.to_ne_bytes(), tag.0[..8]);
    }

    #[test]
    fn every_byte_changes_a_hash() {
        let hash = |bytes: &[u8]| {
            let mut hasher = AsItIs::default();
            hasher.write(bytes);
            hasher.finish()
        };
        assert_eq!(hash(&[1, 2, 3]), 0x0001_0203);
        assert_eq!(hash(&[0xFF; 9]), !0xFF);
    }
}
