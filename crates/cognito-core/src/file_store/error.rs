//! Errors of a file store.

use std::io;
use std::path::{Path, PathBuf};

use cognito_types::StoreError;

use super::FILE_STORE_MAX_SESSION_BYTES;

/// An error of a [`FileStore`](super::FileStore); the source of its [`StoreError`]s.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// A file or directory cannot be created, read, written or removed.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Other users can access the directory, or another user owns it.
    #[error(
        "other users can access {}; use a directory of the user that runs this program, with mode \
         0700",
        path.display()
    )]
    Exposed {
        /// The directory.
        path: PathBuf,
    },
    /// A file is damaged or was written for another session. Loading keeps it.
    #[error("{} is damaged or of another session; sign in again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A file has a format version that this library does not know. Loading keeps it.
    #[error(
        "{} was written by another version; update this program or sign in again",
        path.display()
    )]
    UnknownVersion {
        /// The file.
        path: PathBuf,
    },
    /// The session is longer than [`FILE_STORE_MAX_SESSION_BYTES`].
    #[error("the session is longer than {FILE_STORE_MAX_SESSION_BYTES} bytes")]
    TooLong,
    /// Another program held the directory's lock for
    /// [`FILE_STORE_LOCK_TIMEOUT`](super::FILE_STORE_LOCK_TIMEOUT), and nothing was changed.
    #[error("another program holds {}; try again later", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// There is no tokio runtime to run the work on.
    #[error("there is no tokio runtime to read and write files on; call this library inside one")]
    NoRuntime,
}

impl FileStoreError {
    /// Returns a function for `map_err` that adds a path to an error of the system.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

impl From<FileStoreError> for StoreError {
    fn from(error: FileStoreError) -> Self {
        match error {
            FileStoreError::Damaged { .. } | FileStoreError::UnknownVersion { .. } => {
                Self::unreadable(error)
            }
            _ => Self::new(error),
        }
    }
}
