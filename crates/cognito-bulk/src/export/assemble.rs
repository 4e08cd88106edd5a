//! The output of an export: its parts in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::progress::{Part, Started};
use super::{Export, Format, row};
use crate::error::{JobError, OfFile};
use crate::files;

const JOURNAL: &str = "journal.jsonl";

/// Returns the directory of the job, which has no other files.
pub(super) fn directory(export: &Export) -> PathBuf {
    let mut name = export.output.file_name().unwrap_or_default().to_owned();
    name.push(".job");
    export.directory.join(name)
}

/// Returns the journal.
pub(super) fn journal(export: &Export) -> PathBuf {
    directory(export).join(JOURNAL)
}

/// Returns the directory of the members of groups.
pub(super) fn members(export: &Export) -> PathBuf {
    directory(export).join("members")
}

/// Returns the directory of the parts.
pub(super) fn parts(export: &Export) -> PathBuf {
    directory(export).join("parts")
}

/// Returns the file of the part of a shard.
pub(super) fn part(export: &Export, prefix: &str) -> PathBuf {
    let name = if prefix.is_empty() { "all" } else { prefix };
    parts(export).join(name)
}

/// Returns whether the directory of a job has files besides its journal.
pub(super) fn has_other_files(export: &Export) -> Result<bool, JobError> {
    let directory = directory(export);
    for entry in fs::read_dir(&directory).of_file(&directory)? {
        if entry.of_file(&directory)?.file_name() != JOURNAL {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the output beside the parts, and moves it to its path when it is complete.
pub(super) fn output(
    export: &Export,
    started: &Started,
    all: &BTreeMap<String, Part>,
) -> Result<(), JobError> {
    let path = directory(export).join("output");
    // A run that was killed may have linked this file to the path of the output.
    fs::remove_file(&path).or_else(unless_missing).of_file(&path)?;
    let mut file = BufWriter::new(files::create(&path).of_file(&path)?);
    let settings = &export.settings;
    if settings.format == Format::Csv {
        let header = row::header(settings.groups, settings.mfa, &started.attributes);
        file.write_all(&header).of_file(&path)?;
    }
    for prefix in all.keys() {
        let part = part(export, prefix);
        let mut part_file = File::open(&part).of_file(&part)?;
        io::copy(&mut part_file, &mut file).of_file(&path)?;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).of_file(&path)?;
    file.sync_all().of_file(&path)?;
    match files::publish(&path, &export.output) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(JobError::OutputExists),
        published => published.of_file(&export.output),
    }
}

/// Removes the files of a finished job, its journal last, and its directory.
pub(super) fn clean_up(export: &Export) -> Result<(), JobError> {
    for part in [parts(export), members(export)] {
        fs::remove_dir_all(&part).or_else(unless_missing).of_file(&part)?;
    }
    let journal = journal(export);
    fs::remove_file(&journal).or_else(unless_missing).of_file(&journal)?;
    // It fails if another program has put a file there.
    let _ = fs::remove_dir(directory(export));
    Ok(())
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
