//! Users who share a value. Values are written to files on disk by their hash, and compared file by
//! file.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::findings::{Findings, Line};
use super::report::FindingKind;
use super::row::Row;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_directory::remove_directory;

/// The number of files, all of which are open at once. The hashes of one file at a time are in
/// memory, with 24 bytes for each value.
const FILES: u8 = 128;

/// The first bits of the SHA-256 of a kind and a value.
type Hash = [u8; 16];

/// The values of users, in files that are chosen by their hash.
pub(super) struct SharedValues {
    directory: PathBuf,
    files: Vec<BufWriter<File>>,
}

/// A value of a user.
#[derive(Serialize, Deserialize)]
struct Value<'a> {
    kind: FindingKind,
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow)]
    username: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    enabled: bool,
}

impl SharedValues {
    pub(super) fn create(directory: PathBuf) -> Result<Self, JobError> {
        remove_directory(&directory)?;
        fs::create_dir(&directory).of_file(&directory)?;
        let mut files = Vec::new();
        for number in 0..FILES {
            let path = file(&directory, number);
            files.push(BufWriter::new(files::create(&path).of_file(&path)?));
        }
        Ok(Self { directory, files })
    }

    /// Adds the values of a user that are to be compared.
    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), JobError> {
        self.write(FindingKind::SameUsername, row.username.to_lowercase(), row)?;
        if let Some(email) = &row.email {
            self.write(FindingKind::SameEmail, email.trim().to_lowercase(), row)?;
        }
        if let Some(phone) = &row.phone {
            let digits = phone.chars().filter(char::is_ascii_digit).collect();
            self.write(FindingKind::SamePhoneNumber, digits, row)?;
        }
        Ok(())
    }

    fn write(&mut self, kind: FindingKind, value: String, row: &Row<'_>) -> Result<(), JobError> {
        let number = hash(kind, &value)[0] % FILES;
        let path = file(&self.directory, number);
        let Some(file) = self.files.get_mut(usize::from(number)) else { return Ok(()) };
        let value = Value {
            kind,
            value: value.into(),
            username: row.username.as_ref().into(),
            sub: row.sub.as_ref().into(),
            status: row.status.as_ref().into(),
            enabled: row.enabled,
        };
        let written = serde_json::to_writer(&mut *file, &value).map_err(io::Error::from);
        written.and_then(|()| file.write_all(b"\n")).of_file(&path)
    }

    /// Adds the users who share a value to the findings, and removes the files.
    pub(super) fn find(self, findings: &mut Findings) -> Result<(), JobError> {
        for (number, mut writer) in (0..FILES).zip(self.files) {
            let path = file(&self.directory, number);
            writer.flush().of_file(&path)?;
            drop(writer);
            find_in(&path, findings)?;
        }
        remove_directory(&self.directory)
    }
}

fn file(directory: &Path, number: u8) -> PathBuf {
    directory.join(number.to_string())
}

fn hash(kind: FindingKind, value: &str) -> Hash {
    let digest = Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(value);
    digest.finalize().first_chunk().copied().unwrap_or_default()
}

fn find_in(path: &Path, findings: &mut Findings) -> Result<(), JobError> {
    let (mut hashes, mut offset, mut line) = (Vec::new(), 0_u64, Vec::new());
    let mut reader = BufReader::new(File::open(path).of_file(path)?);
    while reader.read_until(b'\n', &mut line).of_file(path)? > 0 {
        let value = parsed(&line).of_file(path)?;
        hashes.push((hash(value.kind, &value.value), offset));
        offset = offset.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        line.clear();
    }
    hashes.sort_unstable();
    for shared in hashes.chunk_by(|(one, _), (other, _)| one == other) {
        if shared.len() < 2 {
            continue;
        }
        for (number, (_, offset)) in shared.iter().enumerate() {
            line.clear();
            reader.seek(SeekFrom::Start(*offset)).of_file(path)?;
            reader.read_until(b'\n', &mut line).of_file(path)?;
            let value = parsed(&line).of_file(path)?;
            findings.add_shared(value.kind, &value.line(), number == 0)?;
        }
    }
    Ok(())
}

fn parsed(line: &[u8]) -> io::Result<Value<'_>> {
    serde_json::from_slice(line).map_err(io::Error::from)
}

impl Value<'_> {
    fn line(&self) -> Line<'_> {
        Line::User {
            username: &self.username,
            sub: &self.sub,
            status: &self.status,
            enabled: self.enabled,
            value: Some(&self.value),
        }
    }
}
