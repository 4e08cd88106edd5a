//! The file of the users of a mass change, in the directory of the job. It is the same in each run.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, IntoInnerError, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::users::{Selection, UserNames, UserQuery, UserSelection};
use crate::error::{JobError, OfFile};
use crate::files;
use crate::job_shard::JobShard;
use crate::patience::next_page;
use crate::run::JobEvent;
use crate::text::hexadecimal;
use crate::writes::{Input, Items, JobFiles, Start};

/// The name of the file, with a JSON string in each line.
pub(super) const USERS: &str = "users";
/// The name of the file while it is written.
pub(super) const PART: &str = "users.part";

/// Writes the names of a list, or lists the users of a query unless an earlier run has.
pub(super) async fn list(
    users: &UserSelection,
    shard: Option<JobShard>,
    start: &Start<'_>,
    earlier: Option<&Input>,
) -> Result<Input, JobError> {
    match (&users.0, earlier) {
        (Selection::Names(names), _) => write_names(names, shard, start.files),
        (Selection::Query(_), Some(earlier)) => match digest(start.files) {
            // A run that was killed at its end may have removed the file.
            Err(JobError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(earlier.clone())
            }
            digest => Ok(Input { digest: digest?, ..earlier.clone() }),
        },
        (Selection::Query(query), None) => write_listed(query, shard, start).await,
    }
}

fn write_names(
    names: &UserNames,
    shard: Option<JobShard>,
    files: &JobFiles,
) -> Result<Input, JobError> {
    let mut writer = Writer::create(files, shard)?;
    for name in names.read()? {
        writer.add(&name?)?;
    }
    writer.finish(files)
}

async fn write_listed(
    query: &UserQuery,
    shard: Option<JobShard>,
    start: &Start<'_>,
) -> Result<Input, JobError> {
    let mut writer = Writer::create(start.files, shard)?;
    let mut pages = query.pages(start.admin);
    while let Some(page) = next_page(&mut pages).await? {
        for user in page.items.iter().filter(|user| query.matches(user)) {
            writer.add(user.username())?;
        }
        start.context.send(JobEvent::UsersListed { users: writer.names.items });
    }
    writer.finish(start.files)
}

/// Streams the names of the file.
pub(super) fn read(files: &JobFiles) -> Result<Items<String>, JobError> {
    let path = files.file(USERS);
    let lines = BufReader::new(File::open(&path).of_file(&path)?).lines();
    Ok(Box::new(lines.map(move |line| {
        serde_json::from_str(&line.of_file(&path)?).map_err(|_| JobError::InputChanged)
    })))
}

fn digest(files: &JobFiles) -> Result<String, JobError> {
    let path = files.file(USERS);
    let mut reader = BufReader::new(File::open(&path).of_file(&path)?);
    let mut digest = Sha256::new();
    loop {
        let bytes = reader.fill_buf().of_file(&path)?;
        if bytes.is_empty() {
            return Ok(hexadecimal(digest.finalize()));
        }
        digest.update(bytes);
        let length = bytes.len();
        reader.consume(length);
    }
}

/// The names of a part of the job, without duplicates.
#[derive(Debug)]
pub(super) struct UniqueNames {
    shard: Option<JobShard>,
    /// The first half of the SHA-256 of each name.
    seen: HashSet<Option<[u8; 16]>>,
    pub(super) items: u64,
    duplicates: u64,
}

impl UniqueNames {
    pub(super) fn new(shard: Option<JobShard>) -> Self {
        Self { shard, seen: HashSet::new(), items: 0, duplicates: 0 }
    }

    /// Adds a name, and returns whether it belongs to the part and was not added before. ListUsers
    /// is eventually consistent, and may list a user on two pages.
    pub(super) fn add(&mut self, name: &str) -> bool {
        if self.shard.is_some_and(|shard| !shard.has_name(name)) {
            return false;
        }
        let is_first = self.seen.insert(Sha256::digest(name).first_chunk().copied());
        let count = if is_first { &mut self.items } else { &mut self.duplicates };
        *count = count.saturating_add(1);
        is_first
    }
}

struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    names: UniqueNames,
}

impl Writer {
    fn create(files: &JobFiles, shard: Option<JobShard>) -> Result<Self, JobError> {
        let path = files.file(PART);
        let file = BufWriter::new(files::create(&path).of_file(&path)?);
        Ok(Self { path, file, digest: Sha256::new(), names: UniqueNames::new(shard) })
    }

    fn add(&mut self, name: &str) -> Result<(), JobError> {
        if !self.names.add(name) {
            return Ok(());
        }
        let line = serde_json::to_string(name).map_err(io::Error::from);
        let line = line.of_file(&self.path)? + "\n";
        self.digest.update(&line);
        self.file.write_all(line.as_bytes()).of_file(&self.path)
    }

    /// Syncs the file, and replaces an earlier one with it.
    fn finish(self, files: &JobFiles) -> Result<Input, JobError> {
        let file = self.file.into_inner().map_err(IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).of_file(&self.path)?;
        fs::rename(&self.path, files.file(USERS)).of_file(&self.path)?;
        let UniqueNames { items, duplicates, .. } = self.names;
        Ok(Input { items, duplicates, digest: hexadecimal(self.digest.finalize()) })
    }
}
