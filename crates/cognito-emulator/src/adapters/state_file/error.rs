//! Errors of state files.

use std::io::{self, ErrorKind};

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

use crate::adapters::private_file::PrivateFileError;
use crate::flows::storage::WriteError;
use crate::state::pool::RestoreError;

/// The reason why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// Another emulator uses the file.
    #[error("another emulator is using it; stop that emulator, or choose another file")]
    InUse,
    /// Another user owns the file (which is checked on Unix only), or its path is a symbolic link.
    #[error("{reason}")]
    Exposed {
        /// The reason, with a solution.
        reason: String,
    },
    /// The file is not a state file.
    #[error("it is not a state file of the emulator; choose another file")]
    NotAStateFile,
    /// A newer version of the emulator wrote the file.
    #[error(
        "a newer emulator wrote it, in format {version}; use a newer version of the emulator, or \
         choose another file"
    )]
    Newer {
        /// The version of the format.
        version: u64,
    },
    /// The file is damaged, for example by a power failure or another program.
    #[error(
        "it is damaged ({reason}); restore a backup, or delete the file to start with an empty state"
    )]
    Damaged {
        /// A description of the damage.
        reason: String,
    },
    /// The file was emptied or replaced while the emulator used it.
    #[error(
        "it was emptied or replaced while it was in use; restore the file, or restart the emulator"
    )]
    Replaced,
    /// The operating system returned an error when the file was opened, read or written.
    #[error("{}", advice(.0.kind()))]
    Io(#[source] io::Error),
    /// The state cannot be serialized, which is a defect of the emulator.
    #[error("the state cannot be stored ({reason}); report this defect")]
    Unstorable {
        /// The reason.
        reason: String,
    },
}

/// Returns advice about an error of the operating system.
fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "its directory does not exist; create the directory",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "it cannot be written; change its permissions, or choose another file"
        }
        ErrorKind::IsADirectory => "it is a directory; add the name of a file",
        ErrorKind::StorageFull => "the disk is full; free some space",
        ErrorKind::QuotaExceeded => "the disk quota is exceeded; free some space, or increase it",
        ErrorKind::FileTooLarge => {
            "it is larger than the system permits; increase the limit, or choose another disk"
        }
        _ => "it cannot be read or written; check the disk",
    }
}

impl From<PrivateFileError> for StateFileError {
    fn from(error: PrivateFileError) -> Self {
        match error {
            PrivateFileError::Io(error) => Self::Io(error),
            exposed => Self::Exposed { reason: exposed.to_string() },
        }
    }
}

impl From<StorageError> for StateFileError {
    fn from(error: StorageError) -> Self {
        match error {
            // redb returns this kind for files of other programs.
            StorageError::Io(error) if error.kind() == ErrorKind::InvalidData => {
                Self::NotAStateFile
            }
            StorageError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Self::Damaged { reason: "it is truncated".to_owned() }
            }
            StorageError::Io(error) => Self::Io(error),
            other => Self::Damaged { reason: other.to_string() },
        }
    }
}

impl From<DatabaseError> for StateFileError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Self::InUse,
            DatabaseError::Storage(error) => error.into(),
            DatabaseError::UpgradeRequired(_) => Self::NotAStateFile,
            other => Self::Damaged { reason: other.to_string() },
        }
    }
}

impl From<TransactionError> for StateFileError {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Storage(error) => error.into(),
            other => Self::Damaged { reason: other.to_string() },
        }
    }
}

impl From<TableError> for StateFileError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Storage(error) => error.into(),
            other => Self::Damaged { reason: other.to_string() },
        }
    }
}

impl From<CommitError> for StateFileError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Storage(error) => error.into(),
            other => Self::Damaged { reason: other.to_string() },
        }
    }
}

impl From<WriteError> for StateFileError {
    fn from(error: WriteError) -> Self {
        Self::Unstorable { reason: error.to_string() }
    }
}

impl From<RestoreError> for StateFileError {
    fn from(error: RestoreError) -> Self {
        Self::Damaged { reason: error.to_string() }
    }
}
