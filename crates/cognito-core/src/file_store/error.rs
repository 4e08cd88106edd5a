//! Errors of files.

use std::io;
use std::path::{Path, PathBuf};

use cognito_types::StoreError;

use super::FILE_STORE_MAX_SESSION_BYTES;

/// An error of a [`FileStore`](super::FileStore); the source of its [`StoreError`]s.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// The system refused to make, read, write or remove something.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The directory can be used by others than its owner.
    #[error("{} is open to others than its owner", path.display())]
    Exposed {
        /// The directory.
        path: PathBuf,
    },
    /// A file is not the one that was written for this session. Loading leaves it as it is.
    #[error("{} holds no such session", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A file is of a version that this library does not know. Loading leaves it as it is.
    #[error("{} was written by another version", path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
    },
    /// The session is longer than [`FILE_STORE_MAX_SESSION_BYTES`].
    #[error("the session is longer than {FILE_STORE_MAX_SESSION_BYTES} bytes")]
    TooLong,
    /// Another program held the directory's lock for
    /// [`FILE_STORE_LOCK_TIMEOUT`](super::FILE_STORE_LOCK_TIMEOUT), and nothing was changed.
    #[error("another program holds {}", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// There is no tokio runtime to do the work on.
    #[error("files are read and written only on a tokio runtime")]
    NoRuntime,
}

impl FileStoreError {
    /// For `map_err`: the system's words about a path.
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
