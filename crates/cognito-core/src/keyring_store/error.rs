//! The errors of a store with a keyring.

use std::error::Error;

use cognito_types::StoreError;
use keyring_core::Error as KeyringError;

type Source = Box<dyn Error + Send + Sync>;

/// The reason why a [`KeyringStore`](super::KeyringStore) failed; the source of its [`StoreError`]s
/// beside [`FileStoreError`](crate::FileStoreError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringStoreError {
    /// The keyring is locked. It passes when its user unlocks it.
    #[error("the system's keyring is locked or has no default collection; unlock it and try again")]
    Locked {
        /// The keyring's error.
        source: Source,
    },
    /// There is no keyring, such as on a server without a desktop session.
    #[error(
        "the system has no keyring that can be used; start a Secret Service on the session bus, or \
         use another store"
    )]
    Unavailable {
        /// The keyring's error.
        source: Source,
    },
    /// The keyring has no key, and there are sessions that were encrypted with one. Signing in
    /// replaces them.
    #[error("the keyring has no key for the stored session; sign in again")]
    KeyMissing,
    /// The entry of the keyring is no key of this store, or there are several.
    #[error("the keyring's entry is no key of this store; delete it, and sign in again")]
    InvalidKey,
    /// A session was encrypted with another key, or is that of another name. Loading leaves it as it
    /// is.
    #[error("the stored session cannot be decrypted; sign in again")]
    Damaged,
    /// The system has no random numbers.
    #[error("the session cannot be encrypted")]
    System,
    /// There is no tokio runtime to do the work on.
    #[error("the keyring is used only on a tokio runtime")]
    NoRuntime,
}

impl KeyringStoreError {
    /// Returns whether the keyring may have the key all the same.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Unavailable { .. })
    }

    pub(super) fn from_keyring(error: KeyringError) -> Self {
        match error {
            KeyringError::NoStorageAccess(source) => Self::Locked { source },
            // These hold the secret.
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
