//! The stored form of a pool's keys: PKCS #8 in base64.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LazyPair, Pair, PoolKeys, SigningKey};

#[derive(Serialize, Deserialize)]
struct StoredKeys {
    current: StoredPair,
    retired: Vec<(StoredPair, u64)>,
}

#[derive(Serialize, Deserialize)]
enum StoredPair {
    /// The test keys of the crate.
    ForTests,
    Own {
        access: String,
        id: String,
    },
}

impl Serialize for PoolKeys {
    /// Serializes the keys; fails if they are still in generation.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = |pair: &LazyPair| {
            StoredPair::new(pair).ok_or_else(|| S::Error::custom("the keys cannot be exported"))
        };
        let retired = self.retired.iter().map(|(pair, ends)| Ok((stored(pair)?, *ends)));
        let retired = retired.collect::<Result<_, S::Error>>()?;
        StoredKeys { current: stored(&self.current)?, retired }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PoolKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StoredKeys { current, retired } = StoredKeys::deserialize(deserializer)?;
        let restored = |pair: StoredPair| {
            pair.restored().ok_or_else(|| D::Error::custom("a key is not PKCS #8 in base64"))
        };
        let retired = retired.into_iter().map(|(pair, ends)| Ok((restored(pair)?, ends)));
        Ok(Self { retired: retired.collect::<Result<_, D::Error>>()?, current: restored(current)? })
    }
}

impl StoredPair {
    fn new(pair: &LazyPair) -> Option<Self> {
        if pair.is_for_tests() {
            return Some(Self::ForTests);
        }
        let Pair { access, id, .. } = pair.0.get()?;
        Some(Self::Own { access: access.stored()?, id: id.stored()? })
    }

    fn restored(self) -> Option<LazyPair> {
        let Self::Own { access, id } = self else {
            return Some(PoolKeys::for_tests().current.clone());
        };
        let pair = Pair::new(SigningKey::restored(&access)?, SigningKey::restored(&id)?);
        Some(LazyPair(Arc::new(pair.into())))
    }
}

impl SigningKey {
    fn stored(&self) -> Option<String> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().ok()?;
        Some(STANDARD.encode(der.as_ref()))
    }

    fn restored(stored: &str) -> Option<Self> {
        let der = STANDARD.decode(stored).ok()?;
        KeyPair::from_pkcs8(&der).ok().map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_keys_include_those_before_a_rotation() {
        let mut keys = PoolKeys::for_tests().clone();
        keys.rotate(1_000);
        let jwk_set = keys.clone().wait().jwk_set(1_000);
        let stored = serde_json::to_string(&keys).unwrap();
        let restored: PoolKeys = serde_json::from_str(&stored).unwrap();
        assert!(restored.are_made() && restored.are_for_tests());
        assert_eq!(serde_json::to_string(&restored).unwrap(), stored);
        assert_eq!(restored.wait().jwk_set(1_000), jwk_set);
        assert_eq!(jwk_set["keys"].as_array().map(Vec::len), Some(4));
    }

    #[test]
    fn used_keys_are_stored_while_new_ones_are_generated() {
        let (making, _release) = PoolKeys::held_back();
        assert!(making.made().is_none());
        let mut keys = PoolKeys::for_tests().clone();
        keys.rotate(1_000);
        keys.current = making.current;
        let made = keys.made().unwrap();
        assert_eq!(made.wait().jwk_set(1_000), PoolKeys::for_tests().clone().wait().jwk_set(1_000));
    }
}
