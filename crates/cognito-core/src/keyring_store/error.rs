//! Errors of a keyring store.

use std::error::Error;

use cognito_types::StoreError;
use keyring_core::Error as KeyringError;

type Source = Box<dyn Error + Send + Sync>;

/// The reason why a [`KeyringStore`](super::KeyringStore) failed; the source of its [`StoreError`]s
/// beside [`FileStoreError`](crate::FileStoreError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringStoreError {
    /// The keyring is locked. The error is transient: the user can unlock it.
    #[error("the system's keyring is locked or has no default collection; unlock it and try again")]
    Locked {
        /// The keyring's error.
        source: Source,
    },
    /// There is no keyring, for example on a server without a desktop session.
    #[error(
        "the system has no keyring that can be used; start a Secret Service on the session bus, or \
         use another store"
    )]
    Unavailable {
        /// The keyring's error.
        source: Source,
    },
    /// The keyring has no key for existing sessions. Signing in replaces them.
    #[error("the keyring has no key for the stored session; sign in again")]
    KeyMissing,
    /// The keyring's entry is not a key of this store, or there are several entries.
    #[error("the keyring's entry is not a key of this store; delete it and sign in again")]
    InvalidKey,
    /// A session was encrypted with another key or under another name. Loading keeps it.
    #[error("the stored session cannot be decrypted; sign in again")]
    Damaged,
    /// The system cannot generate random numbers.
    #[error("the session cannot be encrypted")]
    System,
    /// There is no tokio runtime to run the work on.
    #[error("there is no tokio runtime to use the keyring on; call this library inside one")]
    NoRuntime,
}

impl KeyringStoreError {
    /// Returns whether the keyring may have the key although it cannot be read now.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Unavailable { .. })
    }

    pub(super) fn from_keyring(error: KeyringError) -> Self {
        match error {
            KeyringError::NoStorageAccess(source) => Self::Locked { source },
            // These errors contain the secret.
            KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => Self::InvalidKey,
            KeyringError::Ambiguous(_) => Self::InvalidKey,
            KeyringError::PlatformFailure(source) => Self::Unavailable { source },
            other => Self::Unavailable { source: other.to_string().into() },
        }
    }
}

impl From<KeyringStoreError> for StoreError {
    fn from(error: KeyringStoreError) -> Self {
        match error {
            KeyringStoreError::KeyMissing | KeyringStoreError::Damaged => Self::unreadable(error),
            _ => Self::new(error),
        }
    }
}
