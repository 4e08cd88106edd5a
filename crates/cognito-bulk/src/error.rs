//! Errors of jobs.

use std::io;
use std::path::{Path, PathBuf};

use cognito_core::Error;

use crate::import::RejectionReason;

/// The reason why a job did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// A request failed, also after retries.
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
    /// The directory belongs to a job with another pool, another output or other settings.
    #[error(
        "the directory is that of a job with other settings; use the same ones, or another directory"
    )]
    OtherSettings,
    /// The input differs from that of the earlier run, or was changed while the job was running.
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
    /// Another process, or another task of this process, is running the job.
    #[error("the job is already running; wait until the other run has ended")]
    Running,
    /// A later claim of the part has written to the journal: another worker has taken over the
    /// part.
    #[error("another worker has taken over the part; do not run it again here")]
    TakenOver,
    /// A file already exists at the path of the output and was not written by this job.
    #[error("the output exists already; remove it, or choose another path")]
    OutputExists,
    /// The file of rejected lines is the input itself, which would be lost.
    #[error("the file of rejected lines is the input itself; choose another path")]
    OutputIsInput,
    /// The path of the output is a directory, or has no file name.
    #[error("the path of the output is not that of a file; choose another path")]
    OutputName,
    /// The directory of the job is on another file system than the output, so that the output
    /// cannot be moved to its path.
    #[error(
        "the directory of the job is on another file system than the output; set another directory"
    )]
    OtherFileSystem,
    /// The directory of the job contains files, but no journal of this job.
    #[error("the directory of the job has other files; remove them, or choose another directory")]
    DirectoryInUse,
    /// The service listed less than half of the users that it estimates. The output is not written,
    /// and the parts are kept.
    #[error(
        "the service listed {users} of about {expected} users; remove the directory of the job to \
         list them again, or allow an incomplete list"
    )]
    Incomplete {
        /// The number of users that were listed.
        users: u64,
        /// The number of users that the service estimates (EstimatedNumberOfUsers).
        expected: u64,
    },
    /// Lines of the input are rejected. This run has changed nothing.
    #[error(
        "{lines} lines of the input are rejected, line {line} because {reason}; correct them, or \
         skip rejected lines"
    )]
    RejectedLines {
        /// The number of rejected lines.
        lines: u64,
        /// The number of the first rejected line.
        line: u64,
        /// The reason for its rejection.
        reason: RejectionReason,
    },
    /// Several user import jobs of the service expired before they were started.
    #[error(
        "the user import jobs expired before they were started, the last one was {id}; check that \
         this machine can upload files to Amazon S3"
    )]
    JobExpired {
        /// The id of the last of them.
        id: String,
    },
    /// The job was stopped by [`StopHandle::stop`](crate::StopHandle::stop).
    #[error("the job was stopped; run it again to resume it")]
    Stopped,
}

impl JobError {
    /// Returns whether running the same job again continues where this run ended.
    ///
    /// After a refused request, such as for a missing permission, the job continues once the cause
    /// is removed.
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

/// Adds the path of a file to an error.
pub(crate) trait OfFile<T> {
    fn of_file(self, path: &Path) -> Result<T, JobError>;
}

impl<T> OfFile<T> for io::Result<T> {
    fn of_file(self, path: &Path) -> Result<T, JobError> {
        self.map_err(|source| JobError::Io { path: path.to_owned(), source })
    }
}
