//! The key in the system's keyring. All functions block.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use zeroize::Zeroizing;

use super::error::KeyringStoreError;

/// The bytes of the key.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// The length of a key for AES-256.
const KEY_BYTES: usize = 32;

/// The names of the entries, which the user sees.
const KEY: &str = "key of stored sessions";
const PROBE: &str = "check whether the keyring is unlocked";

/// The entries of a program.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    service: String,
}

impl Entries {
    pub(super) fn new(service: String) -> Self {
        Self { service }
    }

    /// Returns the key; `None` only if the keyring is unlocked and has no key.
    pub(super) fn find(&self) -> Result<Option<Secret>, KeyringStoreError> {
        let store = platform_store().map_err(KeyringStoreError::from_keyring)?;
        let key = self.entry(&store, KEY)?;
        if let Some(secret) = read(&key)? {
            return Ok(Some(secret));
        }
        // A keyring that was not unlocked since its service started responds as if it were empty.
        // Only a write fails or prompts the user to unlock it. The name is random, so that programs
        // that start together do not write the same entry.
        let number = getrandom::u64().map_err(|_| KeyringStoreError::System)?;
        let probe = self.entry(&store, &format!("{PROBE}, {number:016x}"))?;
        probe.set_secret(PROBE.as_bytes()).map_err(KeyringStoreError::from_keyring)?;
        // If the deletion fails, the entry does no harm.
        let _ = probe.delete_credential();
        read(&key)
    }

    /// Returns the key, and creates it if there is none. The caller must exclude other programs.
    pub(super) fn find_or_create(&self) -> Result<Secret, KeyringStoreError> {
        if let Some(secret) = self.find()? {
            return Ok(secret);
        }
        let mut secret = Zeroizing::new(vec![0; KEY_BYTES]);
        getrandom::fill(&mut secret).map_err(|_| KeyringStoreError::System)?;
        let store = platform_store().map_err(KeyringStoreError::from_keyring)?;
        let key = self.entry(&store, KEY)?;
        key.set_secret(&secret).map_err(KeyringStoreError::from_keyring)?;
        // Read it back, because the next program finds this key.
        read(&key)?.ok_or(KeyringStoreError::InvalidKey)
    }

    fn entry(&self, store: &Arc<CredentialStore>, name: &str) -> Result<Entry, KeyringStoreError> {
        let entry = Entry::new_in_store(store, &self.service, name);
        entry.map_err(KeyringStoreError::from_keyring)
    }
}

fn read(entry: &Entry) -> Result<Option<Secret>, KeyringStoreError> {
    match entry.get_secret() {
        Ok(secret) => Ok(Some(secret.into())),
        Err(KeyringError::NoEntry) => Ok(None),
        Err(error) => Err(KeyringStoreError::from_keyring(error)),
    }
}

#[cfg(any(target_os = "freebsd", target_os = "linux", target_os = "openbsd"))]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(
    target_os = "freebsd",
    target_os = "linux",
    target_os = "openbsd",
    target_os = "macos",
    windows
)))]
fn platform_store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(KeyringError::NoDefaultStore)
}
