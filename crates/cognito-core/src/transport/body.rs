//! Bodies of requests, which are wiped after they were sent.

use std::io::{self, Write};

use bytes::Bytes;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::{Cause, Error};

/// Serializes a request into a buffer that is wiped when it is dropped.
pub(super) fn serialize(input: &impl Serialize) -> Result<Bytes, Error> {
    let mut length = Length(0);
    write(input, &mut length)?;
    // The buffer is allocated once: a growing buffer would leave copies of passwords in memory.
    let mut body = Zeroizing::new(Vec::with_capacity(length.0));
    write(input, &mut *body)?;
    Ok(Bytes::from_owner(body))
}

fn write(input: &impl Serialize, writer: impl Write) -> Result<(), Error> {
    // The cause may quote the request.
    let failed = |_| Cause::new("the request cannot be serialized").into();
    serde_json::to_writer(writer, input).map_err(failed)
}

/// A writer that counts bytes.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_buffer_of_a_body_is_never_reallocated() {
        let body = json!({ "Password": "\"\u{1f600}\n".repeat(1000) });
        let mut length = Length(0);
        write(&body, &mut length).unwrap();
        let serialized = serialize(&body).unwrap();
        assert_eq!(serialized.len(), length.0);
        assert_eq!(serialized, body.to_string());
    }
}
