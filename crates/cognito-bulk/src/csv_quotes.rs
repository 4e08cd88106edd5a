//! Quotation marks of CSV that are open at the end of a text.

use std::io::{self, Read};

use thiserror::Error;

/// The error at the end of a text within quotation marks, where a value or a whole record may be
/// missing: RFC 4180 requires the closing quotation mark. The crate `csv` accepts such a text, and
/// takes all lines after the opening quotation mark for one value.
#[derive(Debug, Error)]
#[error("{}", OPEN_QUOTES)]
struct OpenQuotes;

/// The reason why a text that ends within quotation marks is invalid.
pub(crate) const OPEN_QUOTES: &str = "a quotation mark is not closed";

/// A text of CSV, whose end is an error if it is within quotation marks.
pub(crate) struct ClosedQuotes<R> {
    text: R,
    place: Place,
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
    pub(crate) fn new(text: R) -> Self {
        Self { text, place: Place::default() }
    }
}

impl<R: Read> Read for ClosedQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.place == Place::Quoted {
            return Err(io::Error::new(io::ErrorKind::InvalidData, OpenQuotes));
        }
        let bytes = buffer.iter().take(read);
        self.place = bytes.fold(self.place, |place, byte| place.after(*byte));
        Ok(read)
    }
}

/// Returns whether an error is that of a text that ends within quotation marks.
pub(crate) fn is_of_open_quotes(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<OpenQuotes>())
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

    #[test]
    fn texts_are_rejected_whose_next_line_would_belong_to_the_last_value() {
        for text in (0..=6).flat_map(texts) {
            let with_line = [&text[..], b"\nlast"].concat();
            let is_open = records(&*with_line).unwrap().last().unwrap().as_slice() != b"last";
            let read = records(ClosedQuotes::new(&*text));
            let shown = String::from_utf8_lossy(&text);
            assert_eq!(read.is_err(), is_open, "{shown:?}");
            match read.map_err(csv::Error::into_kind) {
                Err(csv::ErrorKind::Io(error)) => assert!(is_of_open_quotes(&error)),
                Err(error) => panic!("{shown:?}: {error:?}"),
                Ok(read) => assert_eq!(read, records(&*text).unwrap(), "{shown:?}"),
            }
        }
    }
}
