//! The journal of a job: an append-only file in JSON Lines with checksums.

mod commit;

use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

pub(crate) use self::commit::GroupCommit;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::text::hexadecimal;

/// An open journal, which no other process can open.
///
/// Each line is `{"sum":"…","entry":…}`. The checksum covers the one before it, so that lines cannot
/// be changed, removed or moved without notice. A last line without its end is of a process that was
/// killed while it wrote, and is removed.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    sum: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    sum: &'a str,
    #[serde(borrow)]
    entry: &'a RawValue,
}

impl Journal {
    /// Opens a journal, or creates it, and returns its entries.
    pub(crate) fn open<E: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<E>), JobError> {
        let mut entries = Vec::new();
        let journal = Self::open_each(path, |entry| entries.push(entry))?;
        Ok((journal, entries))
    }

    /// Opens a journal, or creates it, and passes on its entries one after the other.
    pub(crate) fn open_each<E: DeserializeOwned>(
        path: &Path,
        entry: impl FnMut(E),
    ) -> Result<Self, JobError> {
        let mut options = files::private();
        let file = options.read(true).append(true).create(true).open(path).of_file(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JobError::Running,
            TryLockError::Error(source) => JobError::Io { path: path.to_owned(), source },
        })?;
        let mut journal = Self { file, path: path.to_owned(), sum: String::new() };
        journal.read(entry)?;
        Ok(journal)
    }

    /// Appends an entry; it is on disk when this returns.
    pub(crate) fn append<E: Serialize>(&mut self, entry: &E) -> Result<(), JobError> {
        self.write(entry)?;
        self.file.sync_data().of_file(&self.path)
    }

    /// Appends an entry that outlives this process, and may be lost with the power until the file
    /// is synced.
    pub(crate) fn write<E: Serialize>(&mut self, entry: &E) -> Result<(), JobError> {
        let entry = serde_json::to_string(entry).map_err(std::io::Error::from);
        let entry = entry.of_file(&self.path)?;
        let sum = checksum(&self.sum, &entry);
        let line = format!("{{\"sum\":\"{sum}\",\"entry\":{entry}}}\n");
        self.file.write_all(line.as_bytes()).of_file(&self.path)?;
        self.sum = sum;
        Ok(())
    }

    /// Reads all entries, and removes a torn one at the end.
    fn read<E: DeserializeOwned>(&mut self, mut each: impl FnMut(E)) -> Result<(), JobError> {
        let (mut number, mut length, mut line) = (0_u64, 0_u64, Vec::new());
        let mut reader = BufReader::new(&self.file);
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).of_file(&self.path)?;
            let Some(text) = line.strip_suffix(b"\n") else { break };
            number = number.saturating_add(1);
            let (entry, sum) = parsed(text, &self.sum).ok_or(JobError::Damaged { line: number })?;
            each(entry);
            self.sum = sum;
            length = length.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        }
        self.file.set_len(length).of_file(&self.path)
    }
}

/// Returns the entry of a line whose checksum is right, and the checksum.
fn parsed<E: DeserializeOwned>(line: &[u8], before: &str) -> Option<(E, String)> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    let sum = checksum(before, line.entry.get());
    let entry = serde_json::from_str(line.entry.get()).ok()?;
    (sum == line.sum).then_some((entry, sum))
}

/// The first 64 bits of the SHA-256 of the checksum before and the entry, in hexadecimal.
fn checksum(before: &str, entry: &str) -> String {
    let digest = Sha256::new().chain_update(before).chain_update(entry).finalize();
    hexadecimal(digest.into_iter().take(8))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn written(path: &Path, entries: &[u32]) {
        let (mut journal, _) = Journal::open::<u32>(path).unwrap();
        for entry in entries {
            journal.append(entry).unwrap();
        }
    }

    fn read(path: &Path) -> Result<Vec<u32>, JobError> {
        Journal::open(path).map(|(_, entries)| entries)
    }

    #[test]
    fn a_journal_cut_at_any_byte_keeps_its_whole_lines_and_can_be_continued() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        written(&path, &[1, 2, 3]);
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(read(&path).unwrap(), [1, 2, 3][..lines], "{length}");
            written(&path, &[7]);
            assert_eq!(read(&path).unwrap().len(), lines + 1, "{length}");
        }
    }

    #[test]
    fn changed_moved_and_removed_lines_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        written(&path, &[10, 20, 30]);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (damaged, line) in [
            (text.replace(":20", ":21"), 2),
            (format!("{}\n{}\n", lines[0], lines[2]), 2),
            (format!("{}\n{}\n", lines[1], lines[0]), 1),
            (format!("\n{text}"), 1),
            (format!("{text}{{}}\n"), 4),
        ] {
            fs::write(&path, damaged).unwrap();
            let error = read(&path).unwrap_err();
            assert!(
                matches!(error, JobError::Damaged { line: found } if found == line),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_journal_is_open_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (first, _) = Journal::open::<u32>(&path).unwrap();
        assert!(matches!(read(&path), Err(JobError::Running)));
        drop(first);
        assert!(read(&path).unwrap().is_empty());
    }
}
