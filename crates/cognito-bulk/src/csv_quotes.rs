//! Quotation marks of CSV that are open at the end of a text.

use std::io::{self, Read};

use thiserror::Error;

/// The error at the end of a text within quotation marks, where a value or a whole record may be
/// missing: RFC 4180 requires the closing quotation mark.
#[derive(Debug, Error)]
#[error("{}", OPEN_QUOTES)]
pub struct OpenQuotes {
    line: u64,
}

impl OpenQuotes {
    /// Returns this error if a [`ClosedQuotes`] has returned it.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Returns the number of the line with the opening quotation mark. The first line has 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

/// The reason why a text that ends within quotation marks is invalid.
pub(crate) const OPEN_QUOTES: &str = "a quotation mark is not closed";

/// A text of CSV, whose end is the error [`OpenQuotes`] if it is within quotation marks.
///
/// The crate `csv` accepts such a text, and takes all lines after the opening quotation mark for one
/// value. Jobs read their inputs through this reader, and a program that reads the same files can
/// do so, too.
#[derive(Debug)]
pub struct ClosedQuotes<R> {
    text: R,
    place: Place,
    line: u64,
    /// The line with the last opening quotation mark.
    opened: u64,
}

/// The place of a byte, as the crate `csv` distinguishes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    StartOfField,
    Unquoted,
    Quoted,
    /// After a quotation mark, which closes the field unless another one follows.
    AfterQuote,
}

impl Place {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::AfterQuote,
            (Self::Quoted, _) | (Self::StartOfField | Self::AfterQuote, b'"') => Self::Quoted,
            (_, b',' | b'\r' | b'\n') => Self::StartOfField,
            _ => Self::Unquoted,
        }
    }
}

impl<R> ClosedQuotes<R> {
    /// Creates a reader of a text in UTF-8.
    pub fn new(text: R) -> Self {
        Self { text, place: Place::default(), line: 1, opened: 1 }
    }

    fn note(&mut self, byte: u8) {
        if self.place == Place::StartOfField && byte == b'"' {
            self.opened = self.line;
        }
        self.place = self.place.after(byte);
        self.line = self.line.saturating_add(u64::from(byte == b'\n'));
    }
}

impl<R: Read> Read for ClosedQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.place == Place::Quoted {
            let error = OpenQuotes { line: self.opened };
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        buffer.iter().take(read).for_each(|byte| self.note(*byte));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use csv::{ByteRecord, ReaderBuilder};

    use super::*;

    fn records(text: impl Read) -> Result<Vec<ByteRecord>, csv::Error> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        reader.into_byte_records().collect()
    }

    /// Returns all texts of a length from bytes with a meaning in CSV, and another one.
    fn texts(length: u32) -> impl Iterator<Item = Vec<u8>> {
        const BYTES: [u8; 5] = [b'"', b',', b'\n', b'\r', b'a'];
        (0..5_usize.pow(length)).map(move |number| {
            (0..length).map(|place| BYTES[number / 5_usize.pow(place) % 5]).collect()
        })
    }

    fn line_feeds(text: &[u8]) -> u64 {
        text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
    }

    /// Returns the line of the quotation mark that is open at the end of a text, by the crate `csv`:
    /// a further line is then not a record of its own, but the end of the last value.
    fn open_line(text: &[u8]) -> Option<u64> {
        let with_line = [text, b"\nlast"].concat();
        let last = records(&*with_line).unwrap().pop().unwrap();
        let value = last.iter().next_back().unwrap();
        (last != vec!["last"]).then(|| 1 + line_feeds(&with_line) - line_feeds(value))
    }

    #[test]
    fn texts_are_rejected_whose_next_line_would_belong_to_the_last_value() {
        for text in (0..=6).flat_map(texts) {
            let shown = String::from_utf8_lossy(&text);
            let found = match records(ClosedQuotes::new(&*text)).map_err(csv::Error::into_kind) {
                Ok(read) => {
                    assert_eq!(read, records(&*text).unwrap(), "{shown:?}");
                    None
                }
                Err(csv::ErrorKind::Io(error)) => OpenQuotes::of(&error).map(OpenQuotes::line),
                Err(error) => panic!("{shown:?}: {error:?}"),
            };
            assert_eq!(found, open_line(&text), "{shown:?}");
        }
    }
}
