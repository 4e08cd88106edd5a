//! The rows of an input in any format.

use std::path::{Path, PathBuf};

use super::Format;
use super::csv::{CsvError, CsvRecords};
use super::json_lines::JsonLines;
use super::text::{self, FileDigest};
use super::user::Row;
use crate::error::{JobError, OfFile};

/// The rows of an input, which are read one by one.
pub(super) struct InputRows {
    path: PathBuf,
    rows: Rows,
    digest: FileDigest,
}

enum Rows {
    JsonLines(JsonLines),
    Csv(Box<CsvRecords>),
}

impl InputRows {
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, JobError> {
        let (text, digest) = text::open(path).of_file(path)?;
        let rows = match format {
            Format::JsonLines => Rows::JsonLines(JsonLines::new(text)),
            Format::Csv => {
                let records = CsvRecords::new(text).map_err(|error| of_csv(path, error))?;
                Rows::Csv(Box::new(records))
            }
        };
        Ok(Self { path: path.to_owned(), rows, digest })
    }

    /// Returns the next row.
    pub(super) fn next(&mut self) -> Result<Option<Row>, JobError> {
        match &mut self.rows {
            Rows::JsonLines(lines) => lines.next().of_file(&self.path),
            Rows::Csv(records) => records.next().map_err(|error| of_csv(&self.path, error)),
        }
    }

    /// Returns the digest of the file, once all rows were read.
    pub(super) fn digest(&self) -> String {
        self.digest.finish()
    }
}

fn of_csv(path: &Path, error: CsvError) -> JobError {
    let path = path.to_owned();
    match error {
        CsvError::Io(source) => JobError::Io { path, source },
        CsvError::Invalid(line, reason) => JobError::InvalidInput { path, line, reason },
    }
}
