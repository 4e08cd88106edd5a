//! The journal of a job: an append-only file in JSON Lines with checksums.

mod commit;

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

pub(crate) use self::commit::GroupCommit;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::text::hexadecimal;

/// The number of attempts to write the first line of a claim directly after the lines that were
/// read.
const TAKE_OVER_ATTEMPTS: u32 = 100;

/// An open journal, which no other process can open.
///
/// Each line is `{"sum":"…","entry":…}`. Each checksum covers the previous one, so that changed,
/// removed or moved lines are detected. An incomplete last line was written by a process that was
/// killed, and is removed.
///
/// The lines of a claimed part contain the fencing number of the claim,
/// `{"sum":"…","fence":7,"entry":…}`. On a shared disk, a suspended machine may lose its lock, and
/// write after the next worker has opened the journal. Lines with a smaller number than an earlier
/// line are ignored, as are their checksums.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    sum: String,
    /// The fencing number for new lines, the largest so far.
    fence: Option<u64>,
    /// The end of the last line that was read or written.
    end: u64,
}

#[derive(Deserialize)]
struct Line<'a> {
    sum: &'a str,
    fence: Option<u64>,
    /// `None` in the first line of a claim.
    #[serde(borrow)]
    entry: Option<&'a RawValue>,
}

impl Journal {
    /// Opens a journal, or creates it, and returns its entries.
    pub(crate) fn open<E: DeserializeOwned>(
        path: &Path,
        fence: Option<u64>,
    ) -> Result<(Self, Vec<E>), JobError> {
        let mut entries = Vec::new();
        let journal = Self::open_each(path, fence, |entry| entries.push(entry))?;
        Ok((journal, entries))
    }

    /// Opens a journal, or creates it, and passes its entries to a function in order.
    ///
    /// Fails with [`JobError::TakenOver`] if the journal has a larger fencing number. A run without
    /// a number, such as one that an administrator starts, uses the largest number of the journal,
    /// so that its lines are not ignored.
    pub(crate) fn open_each<E: DeserializeOwned>(
        path: &Path,
        fence: Option<u64>,
        entry: impl FnMut(E),
    ) -> Result<Self, JobError> {
        let mut options = files::private();
        let file = options.read(true).append(true).create(true).open(path).of_file(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JobError::Running,
            TryLockError::Error(source) => JobError::Io { path: path.to_owned(), source },
        })?;
        let (path, sum) = (path.to_owned(), String::new());
        let mut journal = Self { file, path, sum, fence: None, end: 0 };
        journal.read(entry)?;
        match fence {
            Some(_) if fence < journal.fence => Err(JobError::TakenOver),
            Some(_) if fence > journal.fence => {
                journal.fence = fence;
                journal.take_over().map(|()| journal)
            }
            _ => Ok(journal),
        }
    }

    /// Appends an entry; it is on disk when this returns.
    pub(crate) fn append<E: Serialize>(&mut self, entry: &E) -> Result<(), JobError> {
        self.write(entry)?;
        self.file.sync_data().of_file(&self.path)
    }

    /// Appends an entry that outlives this process, but may be lost in a power failure until the
    /// file is synced.
    pub(crate) fn write<E: Serialize>(&mut self, entry: &E) -> Result<(), JobError> {
        let entry = serde_json::to_string(entry).map_err(io::Error::from);
        let entry = entry.of_file(&self.path)?;
        let before = self.end;
        if self.write_line(Some(&entry))? {
            return Ok(());
        }
        let found = self.search_later_claim();
        if found.is_err() {
            // The next write reads from here again.
            self.end = before;
        }
        found
    }

    /// Fails if a later claim has written to the journal.
    pub(crate) fn check_claim(&self) -> Result<(), JobError> {
        let length = self.file.metadata().of_file(&self.path)?.len();
        if self.fence.is_none() || length == self.end { Ok(()) } else { self.search_later_claim() }
    }

    /// Writes the first line of a claim. Lines that the previous claim wrote after this run read
    /// the journal are removed, because the progress of this run does not include them.
    fn take_over(&mut self) -> Result<(), JobError> {
        for _ in 0..TAKE_OVER_ATTEMPTS {
            let before = (self.sum.clone(), self.end);
            if self.write_line(None)? {
                return self.file.sync_data().of_file(&self.path);
            }
            self.search_later_claim()?;
            (self.sum, self.end) = before;
            self.file.set_len(self.end).of_file(&self.path)?;
        }
        Err(JobError::Running)
    }

    /// Appends a line. Returns false if another process has written since the last line.
    fn write_line(&mut self, entry: Option<&str>) -> Result<bool, JobError> {
        let sum = checksum(&self.sum, self.fence, entry.unwrap_or_default());
        let fence = self.fence.map(|fence| format!(",\"fence\":{fence}")).unwrap_or_default();
        let entry = entry.map(|entry| format!(",\"entry\":{entry}")).unwrap_or_default();
        let line = format!("{{\"sum\":\"{sum}\"{fence}{entry}}}\n");
        self.file.write_all(line.as_bytes()).of_file(&self.path)?;
        self.sum = sum;
        let expected = self.end.saturating_add(length(line.as_bytes()));
        // The file is in append mode: this is the end of the new line, also after other writes.
        self.end = self.file.stream_position().of_file(&self.path)?;
        Ok(self.fence.is_none() || self.end == expected)
    }

    fn search_later_claim(&self) -> Result<(), JobError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).of_file(&self.path)?;
        let (mut reader, mut line) = (BufReader::new(file), Vec::new());
        while reader.read_until(b'\n', &mut line).of_file(&self.path)? > 0 {
            let fence = serde_json::from_slice(&line).ok().and_then(|line: Line<'_>| line.fence);
            if fence > self.fence {
                return Err(JobError::TakenOver);
            }
            line.clear();
        }
        Ok(())
    }

    /// Reads all entries, and removes a torn line at the end.
    fn read<E: DeserializeOwned>(&mut self, mut each: impl FnMut(E)) -> Result<(), JobError> {
        let (mut number, mut line) = (0_u64, Vec::new());
        let mut reader = BufReader::new(&self.file);
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).of_file(&self.path)?;
            let Some(text) = line.strip_suffix(b"\n") else { break };
            number = number.saturating_add(1);
            self.end = self.end.saturating_add(length(&line));
            let parsed = serde_json::from_slice(text).ok();
            let parsed: Line<'_> = parsed.ok_or(JobError::Damaged { line: number })?;
            if parsed.fence < self.fence {
                continue;
            }
            let entry = parsed.entry(&self.sum).ok_or(JobError::Damaged { line: number })?;
            (self.sum, self.fence) = (parsed.sum.to_owned(), parsed.fence);
            entry.into_iter().for_each(&mut each);
        }
        self.file.set_len(self.end).of_file(&self.path)
    }
}

impl Line<'_> {
    /// Returns the entry, if the line has one; the outer `None` means that the checksum is wrong.
    fn entry<E: DeserializeOwned>(&self, before: &str) -> Option<Option<E>> {
        let text = self.entry.map(RawValue::get);
        if self.sum != checksum(before, self.fence, text.unwrap_or_default()) {
            return None;
        }
        match text {
            Some(text) => serde_json::from_str(text).ok().map(Some),
            None => self.fence.map(|_| None),
        }
    }
}

/// Returns the first 64 bits of the SHA-256 of the previous checksum, the fencing number and the
/// entry, in hexadecimal.
fn checksum(before: &str, fence: Option<u64>, entry: &str) -> String {
    let fence = fence.map(|fence| format!("fence {fence} ")).unwrap_or_default();
    let digest = Sha256::new().chain_update(before).chain_update(fence).chain_update(entry);
    hexadecimal(digest.finalize().into_iter().take(8))
}

fn length(line: &[u8]) -> u64 {
    u64::try_from(line.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
