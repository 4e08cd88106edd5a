//! The files of a job that writes: its directory, and the file of outcomes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::outcome::ItemOutcome;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_directory::{JobDirectory, remove_file};

/// The name of the file of outcomes in the directory, before it is complete.
const OUTCOMES: &str = "outcomes";

/// The paths of a job.
#[derive(Clone, Debug)]
pub(crate) struct JobFiles {
    /// The file of outcomes, which is written at the end.
    output: PathBuf,
    directory: JobDirectory,
}

/// A line of the outcomes.
#[derive(Serialize)]
struct Line<'a> {
    username: &'a str,
    #[serde(flatten)]
    outcome: &'a ItemOutcome,
}

fn write_line(file: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    writeln!(file, "{}", serde_json::to_string(line)?)
}

impl JobFiles {
    /// Returns the files of a job whose directory is beside its output.
    pub(crate) fn of(output: impl Into<PathBuf>) -> Self {
        let output = output.into();
        let directory = JobDirectory::beside(&output);
        Self { output, directory }
    }

    /// Sets the parent of the job's directory.
    pub(crate) fn within(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory.set_parent(&directory.into());
        self
    }

    pub(crate) fn directory(&self) -> &JobDirectory {
        &self.directory
    }

    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    /// Returns the path of a file in the directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.file(name)
    }

    pub(crate) fn has_output(&self) -> bool {
        self.output.symlink_metadata().is_ok()
    }

    /// Writes outcomes to a file in the directory, and moves it to its path when it is complete.
    ///
    /// `replaces` is true if an earlier run has written outcomes to that path.
    pub(super) fn write_outcomes(
        &self,
        outcomes: impl Iterator<Item = Result<(String, ItemOutcome), JobError>>,
        replaces: bool,
    ) -> Result<(), JobError> {
        let path = self.file(OUTCOMES);
        self.create_outcomes(&path, |file| {
            for outcome in outcomes {
                let (username, outcome) = &outcome?;
                write_line(file, &Line { username, outcome }).of_file(&path)?;
            }
            Ok(())
        })?;
        if replaces {
            return fs::rename(&path, &self.output).of_file(&self.output);
        }
        self.publish(&path)
    }

    /// Writes lines to a file in the directory, and moves it to the path of the outcomes. Fails if
    /// another file is there.
    pub(crate) fn write_lines<L: Serialize>(&self, lines: &[L]) -> Result<(), JobError> {
        let path = self.file(OUTCOMES);
        self.create_outcomes(&path, |file| {
            lines.iter().try_for_each(|line| write_line(file, line)).of_file(&path)
        })?;
        self.publish(&path)
    }

    fn create_outcomes(
        &self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), JobError>,
    ) -> Result<(), JobError> {
        // A run that was killed may have linked this file to the path of the output.
        remove_file(path)?;
        let mut file = BufWriter::new(files::create(path).of_file(path)?);
        write(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error).of_file(path)?;
        file.sync_all().of_file(path)
    }

    fn publish(&self, path: &Path) -> Result<(), JobError> {
        match files::publish(path, &self.output) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(JobError::OutputExists)
            }
            published => published.of_file(&self.output),
        }
    }
}
