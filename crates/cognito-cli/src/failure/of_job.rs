//! Conversion of errors of jobs to failures.

use std::error::Error as StdError;

use cognito::bulk::JobError;

use super::{Exit, Failure, hints};
use crate::jobs;
use crate::output::counted;

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Stopped => jobs::stopped(),
            // The job can continue when the recovery of the pool has ended.
            JobError::Request(error) if hints::is_without_writes(&error) => {
                Self::from(error).exit_with(Exit::Stopped)
            }
            JobError::Request(error) => error.into(),
            // The message of the error also contains a remedy, which differs between the commands.
            JobError::Io { path, source } => Self::of_file(&path, &source),
            JobError::RejectedLines { lines, line, reason } => {
                let lines = counted(lines, "rejected line");
                let message = format!("the input has {lines}, line {line} because {reason}");
                Self::new(Exit::Usage, "rejected_lines", message)
            }
            JobError::Running => Self::failed("running", "the job is already running")
                .hint("wait until the other run has ended, or stop it with ctrl-C"),
            error => {
                let reason = StdError::source(&error).map(|cause| format!(": {cause}"));
                let message = format!("{error}{}", reason.unwrap_or_default());
                Self::new(exit(&error), code(&error), message)
            }
        }
    }
}

fn exit(error: &JobError) -> Exit {
    match error {
        JobError::Incomplete { .. } => Exit::Partly,
        JobError::OutputExists
        | JobError::OutputIsInput
        | JobError::OutputName
        | JobError::OtherFileSystem
        | JobError::OtherSettings
        | JobError::DirectoryInUse
        | JobError::InputChanged
        | JobError::InvalidInput { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn code(error: &JobError) -> &'static str {
    match error {
        JobError::Incomplete { .. } => "incomplete",
        JobError::OutputExists => "output_exists",
        JobError::OutputIsInput => "output_is_input",
        JobError::OtherSettings => "other_settings",
        JobError::DirectoryInUse => "directory_in_use",
        JobError::Damaged { .. } => "damaged_journal",
        JobError::TakenOver => "taken_over",
        JobError::InputChanged | JobError::InvalidInput { .. } => "invalid_input",
        _ => "job",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use cognito::{Error, ErrorKind};

    use super::*;

    #[test]
    fn remedy_is_left_to_the_command() {
        let full = io::Error::new(io::ErrorKind::StorageFull, "the disk is full");
        let error = JobError::Io { path: "users.jsonl".into(), source: full };
        let text = Failure::from(error).to_text(false);
        assert_eq!(text, "error: users.jsonl cannot be used: the disk is full\n");
        let throttled = JobError::Request(Error::from(ErrorKind::Throttled));
        let failure = Failure::from(throttled);
        assert_eq!(failure.exit(), Exit::Throttled);
        assert!(!failure.to_text(false).contains("hint: "));
    }
}
