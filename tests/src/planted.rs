//! Planted secrets of a test, and the search for them in every encoding.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

/// Shorter secrets, such as codes, may occur in a number by chance.
const LONG: usize = 8;

/// Secrets by kind.
#[derive(Clone, Default)]
pub struct Planted(Vec<(&'static str, String)>);

impl Planted {
    /// Adds a secret. The payload and the signature of a JWT are added separately.
    pub fn plant(&mut self, kind: &'static str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() > 4, "{kind}: the secret is too short to search for");
        if let [_, payload, signature] = *secret.split('.').collect::<Vec<_>>() {
            self.0.push((kind, payload.to_owned()));
            self.0.push((kind, signature.to_owned()));
        }
        self.0.push((kind, secret));
    }

    /// Returns the kinds of the secrets in a text, in any encoding.
    pub fn kinds_in(&self, text: &[u8]) -> Vec<&'static str> {
        let found = self.0.iter().filter(|(_, secret)| position(text, secret).is_some());
        found.map(|(kind, _)| *kind).collect()
    }

    /// Panics if the text contains a secret in any encoding.
    pub fn assert_absent(&self, place: &str, text: &str) {
        for (kind, secret) in &self.0 {
            if let Some(at) = position(text.as_bytes(), secret) {
                let start = text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n');
                let line = &text.as_bytes()[start.map_or(0, |start| start + 1)..];
                let line = String::from_utf8_lossy(&line[..line.len().min(2000)]).into_owned();
                panic!("{place} shows the {kind} {secret}: {line}");
            }
        }
    }
}

/// Returns the position of a secret in the text.
fn position(text: &[u8], secret: &str) -> Option<usize> {
    if secret.len() < LONG {
        return memmem::find_iter(text, secret).find(|at| is_word(text, *at, secret.len()));
    }
    spellings(secret).iter().find_map(|spelling| memmem::find(text, spelling))
}

/// Returns whether the text at this position is a complete word.
fn is_word(text: &[u8], at: usize, length: usize) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !is_part(text[..at].last()) && !is_part(text.get(at + length))
}

/// Returns the secret unchanged, escaped, in hexadecimal and base64, and as `{:?}` prints its
/// bytes.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let (mut hex, mut list) = (String::new(), Vec::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        list.push(byte.to_string());
    }
    let json = serde_json::to_string(secret).unwrap();
    let form = url_encoded(secret);
    let upper = hex.to_uppercase();
    let escaped = secret.escape_debug().to_string();
    let texts = [secret, json.trim_matches('"'), &escaped, &form, &hex, &upper, &list.join(", ")];
    let mut all: Vec<_> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.extend((0..3).flat_map(|offset| base64_at(secret, offset)));
    all.sort_unstable();
    all.dedup();
    all
}

fn url_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(byte.into());
            }
            _ => write!(encoded, "%{byte:02X}").unwrap(),
        }
        encoded
    })
}

/// Returns the secret in the base64 of a longer text, in which it begins at this offset modulo 3,
/// without the characters that depend on its neighbors.
fn base64_at(secret: &str, offset: usize) -> [Vec<u8>; 2] {
    let padded = [&b"\0\0"[..offset], secret.as_bytes()].concat();
    let whole = padded.len() / 3 * 3;
    let skipped = if offset == 0 { 0 } else { 4 };
    [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD]
        .map(|engine| engine.encode(&padded[..whole]).into_bytes()[skipped..].to_vec())
}
