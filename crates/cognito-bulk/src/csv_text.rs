//! The text of an input in CSV, with a limited size of its records.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use csv::Position;

use crate::csv_quotes::{ClosedQuotes, OPEN_QUOTES, OpenQuotes};
use crate::text::{MAX_LINE, Text};

/// The reason why a record that is longer than [`MAX_LINE`] is invalid.
pub(crate) const LONG_RECORD: &str =
    "the record is longer than 1 MiB; a quotation mark may be open";

/// A text with a limited number of bytes for each record: an unclosed quotation mark would
/// otherwise read the rest of the file into memory.
pub(crate) struct CsvText {
    text: ClosedQuotes<Text>,
    taken: Taken,
}

/// The bytes that the reader has consumed since the start of the record.
#[derive(Clone)]
pub(crate) struct Taken(Arc<Mutex<TakenBytes>>);

struct TakenBytes {
    bytes: Vec<u8>,
    /// The position of the first of these bytes.
    start: Position,
}

impl CsvText {
    pub(crate) fn new(text: Text) -> Self {
        let taken = TakenBytes { bytes: Vec::new(), start: Position::new() };
        Self { text: ClosedQuotes::new(text), taken: Taken(Arc::new(Mutex::new(taken))) }
    }

    /// Returns the consumed bytes, for the user of the reader.
    pub(crate) fn taken(&self) -> Taken {
        self.taken.clone()
    }
}

impl Read for CsvText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken.is_over_limit() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.text.read(buffer)?;
        self.taken.lock().bytes.extend(buffer.iter().take(read));
        Ok(read)
    }
}

impl Taken {
    fn lock(&self) -> MutexGuard<'_, TakenBytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a record at a position: that of the blank lines before it, and of the line feed after
    /// a record with CRLF.
    pub(crate) fn begin(&self, start: &Position) {
        let mut taken = self.lock();
        let length = start.byte().saturating_sub(taken.start.byte());
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(taken.bytes.len());
        taken.bytes.drain(..length);
        taken.start = start.clone();
    }

    fn is_over_limit(&self) -> bool {
        self.lock().bytes.len() > MAX_LINE
    }

    /// Returns the line at which the record begins.
    pub(crate) fn line(&self) -> u64 {
        let taken = self.lock();
        let before = taken.bytes.iter().take_while(|byte| b"\r\n".contains(byte));
        let feeds = before.filter(|byte| **byte == b'\n').count();
        taken.start.line().saturating_add(u64::try_from(feeds).unwrap_or_default())
    }
}

/// Returns the reason of an error of [`CsvText`] in a record that begins at a line, and its line;
/// `None` for other errors.
pub(crate) fn reason(error: &io::Error, line: u64) -> Option<(u64, &'static str)> {
    match OpenQuotes::of(error) {
        Some(open) => Some((open.line(), OPEN_QUOTES)),
        None => (error.kind() == io::ErrorKind::FileTooLarge).then_some((line, LONG_RECORD)),
    }
}
