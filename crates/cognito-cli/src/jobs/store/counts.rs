//! The numbers of users of a finished job.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::{Job, Work, damaged};
use crate::commands::users::input;
use crate::failure::{Failure, Outcome};

/// The numbers of users by their outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) done: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    pub(crate) unknown: u64,
}

/// The outcome of a user, or of the users of a user import job.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    User { outcome: String },
    Job { imported: u64, skipped: u64, failed: u64 },
}

impl Job {
    /// Counts the outcomes of a finished job, or the users of a finished export.
    pub(crate) fn counts(&self) -> Outcome<Counts> {
        let path = self.outcomes();
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Counts::default()),
            file => BufReader::new(file.map_err(|error| Failure::of_file(&path, &error))?),
        };
        match &self.description.work {
            Work::Export { .. } => {
                let done = users(&path, file).map_err(|error| Failure::of_file(&path, &error))?;
                Ok(Counts { done, ..Counts::default() })
            }
            _ => Counts::of_outcomes(&path, file),
        }
    }
}

impl Counts {
    fn of_outcomes(path: &Path, file: impl BufRead) -> Outcome<Self> {
        let mut counts = Self::default();
        for line in file.lines() {
            let line = line.map_err(|error| Failure::of_file(path, &error))?;
            counts.add(serde_json::from_str(&line).map_err(|_| damaged(path))?);
        }
        Ok(counts)
    }

    fn add(&mut self, line: Line) {
        let (count, more) = match line {
            Line::User { outcome } => match &*outcome {
                "done" => (&mut self.done, 1),
                "skipped" => (&mut self.skipped, 1),
                "failed" => (&mut self.failed, 1),
                _ => (&mut self.unknown, 1),
            },
            Line::Job { imported, skipped, failed } => {
                self.skipped = self.skipped.saturating_add(skipped);
                self.failed = self.failed.saturating_add(failed);
                (&mut self.done, imported)
            }
        };
        *count = count.saturating_add(more);
    }
}

/// Counts the users of an export. In CSV, values may contain line breaks.
fn users(path: &Path, file: impl BufRead) -> io::Result<u64> {
    let count = |users: u64| users.saturating_add(1);
    if input::is_csv_name(path) {
        let mut rows = csv::Reader::from_reader(file).into_byte_records();
        return Ok(rows.try_fold(0, |users, row| row.map(|_| count(users)))?);
    }
    file.split(b'\n').try_fold(0, |users, line| line.map(|_| count(users)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_users_and_of_service_jobs_are_counted() {
        let path = Path::new("outcomes.jsonl");
        let text = "{\"username\":\"a\",\"outcome\":\"done\"}\n\
                    {\"username\":\"b\",\"outcome\":\"other\"}\n\
                    {\"job_id\":\"i\",\"imported\":5,\"skipped\":2,\"failed\":1}\n";
        let expected = Counts { done: 6, skipped: 2, failed: 1, unknown: 1 };
        assert_eq!(Counts::of_outcomes(path, text.as_bytes()).unwrap(), expected);
        assert!(Counts::of_outcomes(path, &b"{}\n"[..]).unwrap_err().is("damaged_job"));
    }

    #[test]
    fn users_of_an_export_are_rows_and_not_lines() {
        let csv = "username,name\nalice,\"two\nlines\"\nbob,one\n";
        assert_eq!(users(Path::new("users.csv"), csv.as_bytes()).unwrap(), 2);
        assert_eq!(users(Path::new("users.jsonl"), &b"{}\n{}\n{}\n"[..]).unwrap(), 3);
    }
}
