//! The text of an input in CSV, with a limited size of its records.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::csv_quotes::ClosedQuotes;
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
#[derive(Clone, Default)]
pub(crate) struct Taken(Arc<Mutex<TakenBytes>>);

#[derive(Default)]
struct TakenBytes {
    bytes: Vec<u8>,
    /// The position of the first of these bytes.
    start: u64,
}

impl CsvText {
    pub(crate) fn new(text: Text) -> Self {
        Self { text: ClosedQuotes::new(text), taken: Taken::default() }
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

    /// Starts a record at a position, and returns whether the byte before it is a line feed.
    pub(crate) fn begin(&self, at: u64) -> bool {
        let mut taken = self.lock();
        let length = usize::try_from(at.saturating_sub(taken.start)).unwrap_or(usize::MAX);
        let length = length.min(taken.bytes.len());
        taken.start = at;
        taken.bytes.drain(..length).next_back() == Some(b'\n')
    }

    fn is_over_limit(&self) -> bool {
        self.lock().bytes.len() > MAX_LINE
    }

    /// Returns the number of line breaks before the record.
    pub(crate) fn line_breaks(&self) -> u64 {
        let taken = self.lock();
        let before = taken.bytes.iter().take_while(|byte| b"\r\n".contains(byte));
        u64::try_from(before.filter(|byte| **byte == b'\n').count()).unwrap_or_default()
    }
}

/// Returns whether an error is that of a record that is longer than [`MAX_LINE`].
pub(crate) fn is_of_long_record(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}
