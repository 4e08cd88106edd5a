//! Secrets of standard input, in buffers that are wiped.

use std::io;

use cognito::types::Password;
use zeroize::Zeroizing;

use crate::text;

/// The maximum length of a line at a terminal: N_TTY of Linux has 4096 bytes, other systems fewer.
#[cfg(unix)]
const LONGEST_LINE: usize = 4096;

/// Reads a line of a terminal without its line break. The end of the input cancels the command.
///
/// The terminal is in canonical mode, so that no more than a line is read.
#[cfg(unix)]
pub(super) fn read_line() -> io::Result<Password> {
    let mut buffer = Zeroizing::new([0; LONGEST_LINE]);
    let mut length = 0_usize;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        let read = read(rest)?;
        length = length.saturating_add(read);
        if read == 0 || buffer.get(..length).is_some_and(|line| line.ends_with(b"\n")) {
            break;
        }
    }
    let line = buffer.get(..length).unwrap_or_default();
    if line.is_empty() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let line = std::str::from_utf8(line).map_err(io::Error::other)?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

/// A text of standard input that may be a secret.
pub(super) enum Input {
    Text(Password),
    TooLong,
    NotText,
}

/// Reads standard input to its end, without line breaks at the end.
pub(super) fn read_to_end(limit: usize) -> io::Result<Input> {
    let mut buffer = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut length = 0_usize;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match read(rest)? {
            0 => break,
            read => length = length.saturating_add(read),
        }
    }
    if length > limit {
        return Ok(Input::TooLong);
    }
    buffer.truncate(length);
    let Some(text) = text::decode(std::mem::take(&mut buffer)) else { return Ok(Input::NotText) };
    let text = Zeroizing::new(text);
    Ok(Input::Text(text.trim_end_matches(['\r', '\n']).into()))
}

/// Reads from standard input without the buffer of the standard library, which is not wiped.
#[cfg(unix)]
fn read(buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(io::stdin(), &mut *buffer) {
            Err(rustix::io::Errno::INTR) => {}
            read => return Ok(read?),
        }
    }
}

/// Reads from standard input. The standard library reads into a large buffer directly.
#[cfg(not(unix))]
fn read(buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut io::stdin(), buffer)
}
