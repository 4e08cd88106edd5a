//! The text of an input: UTF-8 with or without a byte order mark, or UTF-16 with one.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// The maximum length of a line. The attributes of a user have at most 140 KiB.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

const CAPACITY: usize = 64 * 1024;

/// A text that is decoded to UTF-8. Invalid UTF-8 in the input is not detected here.
pub(crate) type Text = Box<dyn BufRead + Send>;

/// A function that decodes a code unit of UTF-16 from its bytes.
type Unit = fn([u8; 2]) -> u16;

/// Opens a file as UTF-8, without its byte order mark, and returns the digest of the bytes as they
/// are read.
///
/// UTF-16 is decoded, because Windows PowerShell and spreadsheets write it.
pub(crate) fn open(path: &Path) -> io::Result<(Text, FileDigest)> {
    // The file is read twice, and again by a resumed run.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let digest = FileDigest::default();
    let file = Digested { file: File::open(path)?, digest: digest.clone() };
    let mut reader = BufReader::with_capacity(CAPACITY, file);
    let (mark, unit): (_, Option<Unit>) = match reader.fill_buf()? {
        [0xef, 0xbb, 0xbf, ..] => (3, None),
        [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes)),
        _ => (0, None),
    };
    reader.consume(mark);
    let text: Text = match unit {
        None => Box::new(reader),
        Some(unit) => {
            let decoded = Utf16 { reader, unit, decoded: String::new(), at: 0 };
            Box::new(BufReader::with_capacity(CAPACITY, decoded))
        }
    };
    Ok((text, digest))
}

/// Reads a line without its line feed; returns false at the end of the text.
///
/// A line longer than [`MAX_LINE`] is cut one byte after this length.
pub(crate) fn read_line(text: &mut Text, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_found = false;
    loop {
        let bytes = text.fill_buf()?;
        if bytes.is_empty() {
            return Ok(is_found);
        }
        is_found = true;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = end.unwrap_or(bytes.len());
        let room = (MAX_LINE + 1).saturating_sub(line.len());
        line.extend(bytes.iter().take(length.min(room)));
        text.consume(length.saturating_add(usize::from(end.is_some())));
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// The digest of a file, computed while the file is read.
#[derive(Clone, Default)]
pub(crate) struct FileDigest(Arc<Mutex<Sha256>>);

struct Digested {
    file: File,
    digest: FileDigest,
}

impl FileDigest {
    /// Returns the digest of the bytes that were read, in hexadecimal.
    pub(crate) fn finish(&self) -> String {
        let digest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hexadecimal(digest.finalize())
    }
}

/// Returns the bytes of a digest in hexadecimal.
pub(crate) fn hexadecimal(digest: impl IntoIterator<Item = u8>) -> String {
    digest.into_iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Read for Digested {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let mut digest = self.digest.0.lock().unwrap_or_else(PoisonError::into_inner);
        digest.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// A text of UTF-16, decoded while it is read.
struct Utf16<R> {
    reader: R,
    unit: Unit,
    decoded: String,
    /// The number of bytes of `decoded` that were read.
    at: usize,
}

impl<R: Read> Utf16<R> {
    fn decode(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.at = 0;
        while self.decoded.len() < CAPACITY
            && let Some(first) = self.next_unit()?
        {
            let is_pair = (0xd800..0xdc00).contains(&first);
            let second = if is_pair { self.next_unit()? } else { None };
            let decoded = char::decode_utf16([first].into_iter().chain(second)).next();
            let decoded = decoded.and_then(Result::ok).ok_or_else(not_utf16)?;
            self.decoded.push(decoded);
        }
        Ok(())
    }

    fn next_unit(&mut self) -> io::Result<Option<u16>> {
        let mut pair = [0; 2];
        let [first, second] = &mut pair;
        if self.reader.read(std::slice::from_mut(first))? == 0 {
            return Ok(None);
        }
        match self.reader.read(std::slice::from_mut(second))? {
            0 => Err(not_utf16()),
            _ => Ok(Some((self.unit)(pair))),
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.decoded.len() {
            self.decode()?;
        }
        let mut rest = self.decoded.as_bytes().get(self.at..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at = self.at.saturating_add(read);
        Ok(read)
    }
}

fn not_utf16() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-16")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> io::Result<Vec<String>> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("input");
        fs::write(&path, bytes).unwrap();
        let ((mut text, digest), mut line, mut lines) = (open(&path)?, Vec::new(), Vec::new());
        while read_line(&mut text, &mut line)? {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        let expected = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest.finish(), String::from_iter::<Vec<String>>(expected));
        Ok(lines)
    }

    #[test]
    fn marks_are_removed_and_utf16_is_decoded() {
        // Longer than the buffers, with a character of two code units.
        let text = format!("ä😀\n{}\nend", "é😀x".repeat(CAPACITY));
        let expected: Vec<&str> = text.lines().collect();
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [
            text.clone().into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(lines(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn broken_utf16_is_an_error() {
        for bytes in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"\xff\xfe\x00\xd8a\x00"] {
            assert_eq!(lines(bytes).unwrap_err().kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
    }

    #[test]
    fn the_memory_for_a_line_is_bounded() {
        let long = "x".repeat(MAX_LINE * 3);
        let lines = lines(format!("a\n{long}\n\nb").as_bytes()).unwrap();
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [1, MAX_LINE + 1, 0, 1]);
    }

    #[test]
    fn a_directory_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let error = open(directory.path()).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
