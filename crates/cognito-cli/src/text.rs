//! Text of users and of other programs: UTF-8 with or without a byte order mark, or UTF-16 with one.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use zeroize::Zeroizing;

/// A function that decodes a code unit of UTF-16 from its bytes.
type Unit = fn([u8; 2]) -> u16;

/// Opens a text, without its byte order mark. UTF-16, which Windows PowerShell and spreadsheets write, is read whole.
pub(crate) fn open(source: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut reader = BufReader::new(source);
    let start = reader.fill_buf()?;
    if unit(start).is_none() {
        let mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        reader.consume(mark);
        return Ok(Box::new(reader));
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let text = decode(bytes).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-16, as its byte order mark says")
    })?;
    Ok(Box::new(Cursor::new(text)))
}

/// Decodes a text, and removes its byte order mark; returns `None` for other bytes.
///
/// Of bytes in UTF-8, which may be a secret, no copy remains.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    let Some(unit) = unit(&bytes) else {
        let mut text =
            String::from_utf8(bytes).map_err(|error| Zeroizing::new(error.into_bytes())).ok()?;
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        return Some(text);
    };
    let bytes = Zeroizing::new(bytes);
    let (units, []) = bytes.get(2..)?.as_chunks::<2>() else { return None };
    let units: Zeroizing<Vec<u16>> =
        Zeroizing::new(units.iter().map(|bytes| unit(*bytes)).collect());
    String::from_utf16(&units).ok()
}

fn unit(bytes: &[u8]) -> Option<Unit> {
    match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        ['\u{feff}']
            .into_iter()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    }

    #[test]
    fn text_is_decoded_by_its_byte_order_mark() {
        let text = "çelik\r\n\u{1f600}";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes.clone()).as_deref(), Some(text));
            let mut read = String::new();
            open(Cursor::new(bytes)).unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn other_bytes_are_not_text() {
        for bytes in [&b"b\xffb"[..], b"\xff\xfea", b"\xff\xfe\x00\xd8"] {
            assert_eq!(decode(bytes.to_vec()), None, "{bytes:?}");
        }
        assert!(open(&b"\xff\xfea"[..]).is_err());
        assert_eq!(decode(Vec::new()).as_deref(), Some(""));
    }
}
