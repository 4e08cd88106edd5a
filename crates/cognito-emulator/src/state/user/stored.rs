//! Stored forms of parts of users: password verifiers and salts in base64, and strings shared by
//! several entries.

use std::sync::Arc;

use cognito_srp::PasswordVerifier;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A password verifier.
#[derive(Serialize, Deserialize)]
struct Stored {
    verifier: String,
    salt: String,
}

pub(crate) mod verifier {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        verifier: &Option<Box<PasswordVerifier>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        verifier.as_deref().map(stored).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Box<PasswordVerifier>>, D::Error> {
        let stored = Option::<Stored>::deserialize(deserializer)?;
        stored.map(|stored| restored(stored).map(Box::new)).transpose()
    }
}

pub(super) mod verifiers {
    use super::*;

    pub(in crate::state::user) fn serialize<S: Serializer>(
        verifiers: &[PasswordVerifier],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(verifiers.iter().map(stored))
    }

    pub(in crate::state::user) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<PasswordVerifier>, D::Error> {
        Vec::<Stored>::deserialize(deserializer)?.into_iter().map(restored).collect()
    }
}

pub(super) mod text {
    use super::*;

    pub(in crate::state::user) fn serialize<S: Serializer>(
        text: &Arc<str>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(in crate::state::user) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

fn stored(verifier: &PasswordVerifier) -> Stored {
    let (verifier, salt) = verifier.to_base64();
    Stored { verifier, salt }
}

fn restored<E: Error>(Stored { verifier, salt }: Stored) -> Result<PasswordVerifier, E> {
    PasswordVerifier::from_device(&verifier, &salt).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use cognito_srp::Identity;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Passwords(#[serde(with = "verifiers")] Vec<PasswordVerifier>);

    #[test]
    fn stored_verifier_matches_the_same_password() {
        let identity = || Identity::user("Example01", "alice");
        let made = |salt| PasswordVerifier::new(identity(), "Correct-horse1", salt);
        // The salt is an integer, so that its first bit and leading zeros are significant.
        let passwords = Passwords(vec![made(&[0xFF; 16]), made(&[0, 0, 1]), made(&[0])]);
        let text = serde_json::to_string(&passwords).unwrap();
        let Passwords(restored) = serde_json::from_str(&text).unwrap();
        assert_eq!(restored.len(), 3);
        for verifier in restored {
            assert!(verifier.matches(identity(), "Correct-horse1"));
            assert!(!verifier.matches(identity(), "Wrong-horse1"));
        }
    }
}
