//! Passing key sets from one process to the next, for cold starts without a fetch.

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
    /// Returns the cached key sets as JSON for [`import_keys`](Self::import_keys).
    ///
    /// # Security
    ///
    /// The text contains only public keys and is not secret. A party that can change it decides
    /// whose tokens are accepted, so protect it against changes like the program itself.
    pub fn export_keys(&self) -> String {
        let mut key_sets: Vec<_> =
            self.trusted().filter_map(|trusted| trusted.source.save()).collect();
        key_sets.sort_by(|one, other| one.uri.cmp(&other.uri));
        key_sets.dedup_by(|one, other| one.uri == other.uri);
        serde_json::to_string(&SavedKeys { version: VERSION, key_sets }).unwrap_or_default()
    }

    /// Imports key sets from [`export_keys`](Self::export_keys) and returns the number of imported
    /// sets.
    ///
    /// Their age is determined by the system time: old sets are fetched again when a token needs
    /// them and are used until then, as during an outage. Sets of other URLs, sets older than
    /// [`KEY_SET_OUTAGE_LIMIT`](crate::KEY_SET_OUTAGE_LIMIT) or from the future, and sets older
    /// than the cached ones are ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidSavedKeys`] when the text is not from `export_keys`.
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

/// The error for a text that is not an export of key sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the saved key sets are not an export of version {VERSION}")]
pub struct InvalidSavedKeys;
