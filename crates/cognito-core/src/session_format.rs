//! The format of sessions in stores of bytes, and their names there.
//!
//! The format is `cognito session 1\n`, the SHA-256 of the session's id and of the bytes that
//! follow, the revision as eight bytes in big-endian order, and the session.

use std::fmt;
use std::io::{self, Read, Write};

use cognito_types::{Revision, SessionKey, StoredSession};
use sha2::{Digest, Sha256};

/// The start of every file, before its version.
const MAGIC: [u8; 16] = *b"cognito session ";

/// The version of the format; others are refused.
const VERSION: [u8; 2] = *b"1\n";

/// The length of the header before the session.
const HEADER_BYTES: usize = MAGIC.len() + VERSION.len() + 32 + 8;

/// The file name of a session: a hash, so that no session name can be a path.
#[derive(Clone, Copy)]
pub(crate) struct SessionId([u8; 32]);

impl SessionId {
    pub(crate) fn of(key: &SessionKey) -> Self {
        let mut hash = Sha256::new();
        for part in [key.pool().as_str(), key.client().as_str(), key.name()] {
            // The parts are hashed first, so that digests of equal length cannot run into one
            // another.
            hash.update(Sha256::digest(part));
        }
        Self(hash.finalize().into())
    }

    /// Parses the output of [`Display`](fmt::Display), and no other form.
    #[cfg(any(feature = "file-store", test))]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mut id, digits) = ([0; 32], text.as_bytes());
        if digits.len() != 2 * id.len() {
            return None;
        }
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(id)).filter(|id| id.to_string() == text)
    }

    fn checksum(&self, revision: [u8; 8], session: &StoredSession) -> [u8; 32] {
        let hash = Sha256::new().chain_update(self.0).chain_update(revision);
        hash.chain_update(session.expose_secret()).finalize().into()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The content of a file.
pub(crate) enum Content {
    Session(StoredSession, Revision),
    UnknownVersion,
    Damaged,
}

/// Writes a session without copying it.
pub(crate) fn write(
    mut file: impl Write,
    id: &SessionId,
    revision: Revision,
    session: &StoredSession,
) -> io::Result<()> {
    let revision = revision.number().to_be_bytes();
    file.write_all(&MAGIC)?;
    file.write_all(&VERSION)?;
    file.write_all(&id.checksum(revision, session))?;
    file.write_all(&revision)?;
    file.write_all(session.expose_secret())
}

/// Returns the bytes that [`write`] writes.
#[cfg(feature = "redis-store")]
pub(crate) fn encode(
    id: &SessionId,
    revision: Revision,
    session: &StoredSession,
) -> io::Result<zeroize::Zeroizing<Vec<u8>>> {
    // The buffer is allocated once: a growing buffer would leave copies of tokens in memory.
    let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(session.expose_secret().len()));
    write(&mut bytes, id, revision, session)?;
    Ok(bytes.into())
}

/// Reads a file of this length.
pub(crate) fn read(mut file: impl Read, bytes: usize, id: &SessionId) -> io::Result<Content> {
    let (mut magic, mut version) = ([0; 16], [0; 2]);
    let (mut checksum, mut revision) = ([0; 32], [0; 8]);
    let Some(length) = bytes.checked_sub(HEADER_BYTES) else {
        return Ok(Content::Damaged);
    };
    file.read_exact(&mut magic)?;
    file.read_exact(&mut version)?;
    if magic != MAGIC {
        return Ok(Content::Damaged);
    }
    if version != VERSION {
        return Ok(Content::UnknownVersion);
    }
    file.read_exact(&mut checksum)?;
    file.read_exact(&mut revision)?;
    let session = read_session(file, length)?;
    if id.checksum(revision, &session) != checksum {
        return Ok(Content::Damaged);
    }
    Ok(Content::Session(session, Revision::new(u64::from_be_bytes(revision))))
}

/// Reads the session into a buffer that is allocated once: a growing buffer would leave copies of
/// tokens in memory.
fn read_session(mut file: impl Read, length: usize) -> io::Result<StoredSession> {
    let mut bytes = zeroize::Zeroizing::new(vec![0; length]);
    file.read_exact(&mut bytes)?;
    Ok(std::mem::take(&mut *bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(client: &str, name: &str) -> SessionId {
        SessionId::of(&SessionKey::new("eu-west-1_Ab".parse().unwrap(), client.into(), name))
    }

    fn written() -> Vec<u8> {
        let mut file = Vec::new();
        let session = b"tokens".to_vec().into();
        write(&mut file, &id("client", "alice"), Revision::new(7), &session).unwrap();
        file
    }

    fn read_back(file: &[u8], id: &SessionId) -> Content {
        read(file, file.len(), id).unwrap()
    }

    #[test]
    fn a_session_survives_writing_and_reading() {
        let Content::Session(session, revision) = read_back(&written(), &id("client", "alice"))
        else {
            panic!("it is a session");
        };
        assert_eq!((session.expose_secret(), revision), (&b"tokens"[..], Revision::new(7)));
    }

    /// Programs of different versions share files, so a change of the format needs a new version.
    #[test]
    fn version_1_of_the_format_does_not_change() {
        const ID: &str = "dfcaae054fedaf45337cc04248d3c87dfc95d8b3499ce79212447666f17db6e2";
        const CHECKSUM: &str = "be675f7d7d4de578b9d950924851ee719405c8dbfc5d19ca2319feb91f8edf7f";
        let file = written();
        assert_eq!(id("client", "alice").to_string(), ID);
        let (header, rest) = file.split_at(MAGIC.len() + VERSION.len());
        assert_eq!(header, b"cognito session 1\n");
        let hex: String = rest.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, CHECKSUM);
        assert_eq!(&rest[32..], b"\0\0\0\0\0\0\0\x07tokens");
    }

    #[test]
    fn every_changed_bit_and_every_truncation_is_detected() {
        let alice = id("client", "alice");
        let file = written();
        for (index, bit) in (0..file.len()).flat_map(|index| (0..8).map(move |bit| (index, bit))) {
            let mut changed = file.clone();
            changed[index] ^= 1 << bit;
            let content = read_back(&changed, &alice);
            assert!(!matches!(content, Content::Session(..)), "bit {bit} of byte {index}");
        }
        for length in 0..file.len() {
            let content = read_back(&file[..length], &alice);
            assert!(!matches!(content, Content::Session(..)), "{length} bytes");
        }
        let longer = [&*file, b"!"].concat();
        assert!(matches!(read_back(&longer, &alice), Content::Damaged));
    }

    #[test]
    fn a_file_of_another_session_or_version_is_refused() {
        assert!(matches!(read_back(&written(), &id("client", "bob")), Content::Damaged));
        assert!(matches!(read_back(&written(), &id("other", "alice")), Content::Damaged));
        let mut newer = written();
        newer[MAGIC.len()] = b'2';
        assert!(matches!(read_back(&newer, &id("client", "alice")), Content::UnknownVersion));
    }

    #[test]
    fn only_the_written_form_of_an_id_is_parsed() {
        let text = id("client", "alice").to_string();
        assert_eq!(SessionId::parse(&text).unwrap().to_string(), text);
        let signed = format!("+{}", &text[1..]);
        for other in [&text[1..], &format!("{text}0"), &text.to_uppercase(), &signed, "", "lock"] {
            assert!(SessionId::parse(other).is_none(), "{other}");
        }
        assert!(SessionId::parse(&"ä".repeat(32)).is_none());
    }

    #[test]
    fn ids_of_different_names_differ_and_are_hexadecimal() {
        let names =
            ["", ".", "..", "../../etc/passwd", "/", "a/b", "a\\b", "nul", "a\0b", "ä", "A"];
        let long = "x".repeat(100_000);
        let mut ids: Vec<String> =
            names.into_iter().chain([&*long]).map(|name| id("c", name).to_string()).collect();
        ids.push(id("cl", "ient").to_string());
        ids.push(id("client", "").to_string());
        for id in &ids {
            assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
