//! Errors of jobs.

use std::io;
use std::path::{Path, PathBuf};

use cognito_core::Error;

use crate::import::RejectionReason;

/// The reason why a job did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// A request failed, and repeating it did not help.
    #[error("a request of the job failed; run the job again to resume it")]
    Request(#[source] Error),
    /// A file or directory of the job could not be read or written.
    #[error("the file {} could not be used; run the job again to resume it", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A line of the journal was changed after it was written.
    #[error(
        "the journal is damaged in line {line}; remove the directory of the job to start again"
    )]
    Damaged {
        /// The number of the line, from 1.
        line: u64,
    },
    /// The directory is of a job with another pool, another output or other settings.
    #[error(
        "the directory is of a job with other settings; use the same ones, or another directory"
    )]
    OtherSettings,
    /// The input is not that of the run before, or was changed while the job was running.
    #[error("the input was changed after the job had started; restore it, or start another job")]
    InputChanged,
    /// A line of the input cannot be read.
    #[error("line {line} of the input {} is invalid: {reason}", path.display())]
    InvalidInput {
        /// Its path.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// The reason, without values of the input.
        reason: &'static str,
    },
    /// Another process, or another task of this one, runs the job.
    #[error("the job is running already")]
    Running,
    /// A later claim of the part has written to the journal: another worker has taken it over.
    #[error("another worker has taken the part over; leave it to that one")]
    TakenOver,
    /// A file has the path of the output, and is not of this job.
    #[error("the output exists already; remove it, or choose another path")]
    OutputExists,
    /// The path of the output is that of a directory, or has no file name.
    #[error("the path of the output is not that of a file; choose another path")]
    OutputName,
    /// The directory of the job is on another file system than the output, where it cannot be moved.
    #[error(
        "the directory of the job is on another file system than the output; set another directory"
    )]
    OtherFileSystem,
    /// The directory of the job has files, but no journal of this job.
    #[error("the directory of the job has other files; remove them, or choose another directory")]
    DirectoryInUse,
    /// The service has listed less than half of the users that it estimates. The output is not
    /// written, and the parts are kept.
    #[error(
        "the service listed {users} of about {expected} users; remove the directory of the job to \
         list them again, or allow an incomplete list"
    )]
    Incomplete {
        /// The users that were listed.
        users: u64,
        /// The number of users that the service estimates (EstimatedNumberOfUsers).
        expected: u64,
    },
    /// Lines of an input are rejected; this run has changed nothing.
    #[error(
        "{lines} lines of the input are rejected, line {line} because {reason}; correct them, or \
         skip rejected lines"
    )]
    RejectedLines {
        /// The number of rejected lines.
        lines: u64,
        /// The number of the first one.
        line: u64,
        /// Its reason.
        reason: RejectionReason,
    },
    /// User import jobs of the service have expired before they were started.
    #[error(
        "the user import job {id} has expired, as others before; see whether the file can be sent"
    )]
    JobExpired {
        /// The id of the last one.
        id: String,
    },
    /// The job was stopped by [`StopHandle::stop`](crate::StopHandle::stop).
    #[error("the job was stopped; run it again to resume it")]
    Stopped,
}

impl JobError {
    /// Returns whether the same job, run again without a change, continues where this run ended.
    ///
    /// A request that was refused, such as for a permission, continues when its cause is removed.
    pub fn is_resumable(&self) -> bool {
        match self {
            Self::Request(error) => error.is_transient(),
            _ => matches!(self, Self::Io { .. } | Self::Running | Self::Stopped),
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Request(error)
    }
}

/// Names the file of an error.
pub(crate) trait OfFile<T> {
    fn of_file(self, path: &Path) -> Result<T, JobError>;
}

impl<T> OfFile<T> for io::Result<T> {
    fn of_file(self, path: &Path) -> Result<T, JobError> {
        self.map_err(|source| JobError::Io { path: path.to_owned(), source })
    }
}
