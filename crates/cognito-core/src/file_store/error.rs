//! What can go wrong with files.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use cognito_types::StoreError;

use super::FILE_STORE_MAX_SESSION_BYTES;

/// Why a [`FileStore`](super::FileStore) failed; the source of its [`StoreError`]s.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileStoreError {
    /// The system refused to make, read, write or remove something.
    Io {
        /// What it is about.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The directory can be used by others than its owner.
    Exposed {
        /// The directory.
        path: PathBuf,
    },
    /// A file is not what was written for this session. Loading leaves it as it is.
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A file is of a version that this library does not know. Loading leaves it as it is.
    UnknownVersion {
        /// The file.
        path: PathBuf,
    },
    /// The session is longer than [`FILE_STORE_MAX_SESSION_BYTES`].
    TooLong,
    /// Another program held the directory's lock for
    /// [`FILE_STORE_LOCK_TIMEOUT`](super::FILE_STORE_LOCK_TIMEOUT), and nothing was changed.
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// There is no tokio runtime to do the work on.
    NoRuntime,
}

impl FileStoreError {
    /// For `map_err`: the system's words about a path.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

impl fmt::Display for FileStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, .. } => write!(f, "cannot use {}", path.display()),
            Self::Exposed { path } => {
                write!(f, "{} is open to others than its owner", path.display())
            }
            Self::Damaged { path } => write!(f, "{} holds no such session", path.display()),
            Self::UnknownVersion { path } => {
                write!(f, "{} was written by another version", path.display())
            }
            Self::TooLong => {
                write!(f, "the session is longer than {FILE_STORE_MAX_SESSION_BYTES} bytes")
            }
            Self::Locked { path } => write!(f, "another program holds {}", path.display()),
            Self::NoRuntime => f.write_str("files are read and written only on a tokio runtime"),
        }
    }
}

impl Error for FileStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
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
