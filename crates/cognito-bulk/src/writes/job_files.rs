//! The files of a job that writes: its directory, and the outcomes at its end.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::outcome::ItemOutcome;
use crate::error::{JobError, OfFile};
use crate::files;

const JOURNAL: &str = "journal.jsonl";

/// The paths of a job.
#[derive(Clone, Debug)]
pub(crate) struct JobFiles {
    /// The file of outcomes, which appears at the end.
    output: PathBuf,
    /// The directory of the journal.
    directory: PathBuf,
}

/// A line of the outcomes.
#[derive(Serialize)]
struct Line<'a> {
    username: &'a str,
    #[serde(flatten)]
    outcome: &'a ItemOutcome,
}

impl JobFiles {
    /// Returns the files of a job whose directory is beside its output.
    pub(crate) fn of(output: impl Into<PathBuf>) -> Self {
        let output = output.into();
        let parent = output.parent().map(PathBuf::from).unwrap_or_default();
        Self { output, directory: PathBuf::new() }.within(parent)
    }

    /// Sets the directory that has that of the job.
    pub(crate) fn within(self, directory: impl Into<PathBuf>) -> Self {
        let mut name = self.output.file_name().unwrap_or_default().to_owned();
        name.push(".job");
        Self { directory: directory.into().join(name), ..self }
    }

    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    /// Returns a file in the directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.file(JOURNAL)
    }

    pub(super) fn has_output(&self) -> bool {
        self.output.symlink_metadata().is_ok()
    }

    /// Fails if the outcomes cannot be moved to their path from the directory.
    pub(super) fn check(&self) -> Result<(), JobError> {
        let parent = self.directory.parent().unwrap_or_else(|| Path::new(""));
        files::check_target(&self.output, parent)
    }

    pub(super) fn create_directory(&self) -> Result<(), JobError> {
        fs::create_dir_all(&self.directory).of_file(&self.directory)
    }

    /// Returns whether the directory has files besides the journal.
    pub(super) fn has_other_files(&self) -> Result<bool, JobError> {
        for entry in fs::read_dir(&self.directory).of_file(&self.directory)? {
            if entry.of_file(&self.directory)?.file_name() != JOURNAL {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes outcomes in the directory, and moves them to their path when they are complete.
    ///
    /// `replaces` is true if a run before has written outcomes there.
    pub(super) fn write_outcomes(
        &self,
        outcomes: impl Iterator<Item = Result<(String, ItemOutcome), JobError>>,
        replaces: bool,
    ) -> Result<(), JobError> {
        let path = self.file("outcomes");
        // A run that was killed may have linked this file to the path of the output.
        fs::remove_file(&path).or_else(unless_missing).of_file(&path)?;
        let mut file = BufWriter::new(files::create(&path).of_file(&path)?);
        for outcome in outcomes {
            let (username, outcome) = &outcome?;
            let line = serde_json::to_string(&Line { username, outcome }).map_err(io::Error::from);
            writeln!(file, "{}", line.of_file(&path)?).of_file(&path)?;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error).of_file(&path)?;
        file.sync_all().of_file(&path)?;
        if replaces {
            return fs::rename(&path, &self.output).of_file(&self.output);
        }
        match files::publish(&path, &self.output) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(JobError::OutputExists)
            }
            published => published.of_file(&self.output),
        }
    }

    /// Removes the files of a finished job, its journal last, and its directory.
    pub(super) fn clean_up(&self, names: &[&str]) -> Result<(), JobError> {
        let paths = names.iter().map(|name| self.file(name));
        for path in paths.chain([self.journal()]) {
            fs::remove_file(&path).or_else(unless_missing).of_file(&path)?;
        }
        // It fails if another program has put a file there.
        let _ = fs::remove_dir(&self.directory);
        Ok(())
    }
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
