//! The output of an export: its parts in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use super::progress::{Part, Started};
use super::{Export, Format, row};
use crate::error::{JobError, OfFile};

/// Returns the journal.
pub(super) fn journal(export: &Export) -> PathBuf {
    export.directory.join("journal.jsonl")
}

/// Returns the directory of the members of groups.
pub(super) fn members(export: &Export) -> PathBuf {
    export.directory.join("members")
}

/// Returns the directory of the parts.
pub(super) fn parts(export: &Export) -> PathBuf {
    export.directory.join("parts")
}

/// Returns the file of the part of a shard.
pub(super) fn part(export: &Export, prefix: &str) -> PathBuf {
    let name = if prefix.is_empty() { "all" } else { prefix };
    parts(export).join(name)
}

/// Writes the output beside the parts, and moves it to its path when it is complete.
pub(super) fn output(
    export: &Export,
    started: &Started,
    all: &BTreeMap<String, Part>,
) -> Result<(), JobError> {
    let path = export.directory.join("output");
    let mut file = BufWriter::new(File::create(&path).of_file(&path)?);
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
    fs::rename(&path, &export.output).of_file(&export.output)
}

/// Removes the files of a finished job, its journal last, and its directory if nothing else is in it.
pub(super) fn clean_up(export: &Export) -> Result<(), JobError> {
    for directory in [parts(export), members(export)] {
        let removed = fs::remove_dir_all(&directory);
        removed.or_else(unless_missing).of_file(&directory)?;
    }
    let journal = journal(export);
    fs::remove_file(&journal).or_else(unless_missing).of_file(&journal)?;
    // The directory may be one that has other files too.
    let _ = fs::remove_dir(&export.directory);
    Ok(())
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
