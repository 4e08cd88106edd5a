//! Conversion of errors of jobs to failures.

use std::error::Error as StdError;

use cognito::bulk::JobError;

use super::{Exit, Failure, hints};
use crate::jobs;

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        let is_resumable = error.is_resumable();
        let failure = match error {
            JobError::Stopped => return jobs::stopped(),
            // The job can continue when the recovery of the pool has ended.
            JobError::Request(error) if hints::is_without_writes(&error) => {
                Self::from(error).exit_with(Exit::Stopped)
            }
            JobError::Request(error) => Self::from(error),
            error => {
                let reason = StdError::source(&error).map(|cause| format!(": {cause}"));
                let message = format!("{error}{}", reason.unwrap_or_default());
                Self::new(exit(&error), code(&error), message)
            }
        };
        match is_resumable {
            true => failure.or_hint("run the same command again to resume the job"),
            false => failure,
        }
    }
}

fn exit(error: &JobError) -> Exit {
    match error {
        JobError::Incomplete { .. } => Exit::Partly,
        JobError::OutputExists
        | JobError::OutputName
        | JobError::OtherFileSystem
        | JobError::OtherSettings
        | JobError::DirectoryInUse
        | JobError::InputChanged
        | JobError::InvalidInput { .. }
        | JobError::RejectedLines { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn code(error: &JobError) -> &'static str {
    match error {
        JobError::Incomplete { .. } => "incomplete",
        JobError::OutputExists => "output_exists",
        JobError::OtherSettings => "other_settings",
        JobError::DirectoryInUse => "directory_in_use",
        JobError::Damaged { .. } => "damaged_journal",
        JobError::Running => "running",
        JobError::TakenOver => "taken_over",
        JobError::InputChanged | JobError::InvalidInput { .. } => "invalid_input",
        JobError::Io { .. } => "io",
        JobError::RejectedLines { .. } => "rejected_lines",
        _ => "job",
    }
}
