//! Key sets handed from one process to the next, for cold starts without a fetch.

use serde::{Deserialize, Serialize};

use super::Verifier;
use crate::key_source::SavedKeySet;

/// The version of the format.
const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
struct SavedKeys {
    version: u32,
    key_sets: Vec<SavedKeySet>,
}

impl Verifier {
    /// Returns the kept key sets as JSON for [`import_keys`](Self::import_keys).
    ///
    /// # Security
    ///
    /// The text holds public keys, so that it is no secret. A party that can change it decides whose
    /// tokens are accepted: restrict who can write it, as for the program.
    pub fn export_keys(&self) -> String {
        let mut key_sets: Vec<_> =
            self.trusted().filter_map(|trusted| trusted.source.save()).collect();
        key_sets.sort_by(|one, other| one.uri.cmp(&other.uri));
        key_sets.dedup_by(|one, other| one.uri == other.uri);
        serde_json::to_string(&SavedKeys { version: VERSION, key_sets }).unwrap_or_default()
    }

    /// Takes over key sets of [`export_keys`](Self::export_keys), and returns their number.
    ///
    /// They keep the age that they have by the time of day: old ones are fetched again when a token
    /// comes, and serve meanwhile as through an outage. Sets of other addresses, sets older than
    /// [`KEY_SET_OUTAGE_LIMIT`](crate::KEY_SET_OUTAGE_LIMIT) or from the future, and sets older
    /// than the kept ones are left out.
    ///
    /// # Errors
    ///
    /// [`InvalidSavedKeys`] when the text is none of `export_keys`.
    pub fn import_keys(&self, saved: &str) -> Result<usize, InvalidSavedKeys> {
        let saved: SavedKeys = serde_json::from_str(saved).map_err(|_| InvalidSavedKeys)?;
        if saved.version != VERSION {
            return Err(InvalidSavedKeys);
        }
        let restored =
            |set: &&SavedKeySet| self.trusted().any(|trusted| trusted.source.restore(set));
        Ok(saved.key_sets.iter().filter(restored).count())
    }
}

/// A text is no export of key sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the saved key sets are not an export of version {VERSION}")]
pub struct InvalidSavedKeys;
