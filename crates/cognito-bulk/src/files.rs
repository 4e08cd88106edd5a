//! Files of jobs, which contain personal data and never replace files of others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::path::{self, Path};

use crate::error::{JobError, OfFile};

/// Runs blocking work on files, on a thread that may block.
///
/// The work runs to its end, even if the caller is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, JobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(JobError::Stopped),
        },
    }
}

/// Returns options that create files with permissions only for their owner.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a file, or truncates it.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    private().write(true).create(true).truncate(true).open(path)
}

/// Creates a directory that only its owner can enter, unless it exists.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new("")))?;
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Fails if a file of the job could not be moved to the path of the output at the end.
///
/// Creates the directories of both.
pub(crate) fn check_target(output: &Path, directory: &Path) -> Result<(), JobError> {
    let last = output.as_os_str().as_encoded_bytes().last();
    let is_directory = last.is_some_and(|byte| path::is_separator(char::from(*byte)));
    if is_directory || output.file_name().is_none() {
        return Err(JobError::OutputName);
    }
    let parent = output.parent().unwrap_or_else(|| Path::new(""));
    for path in [parent, directory] {
        fs::create_dir_all(path).of_file(path)?;
    }
    match share_file_system(parent, directory).of_file(parent)? {
        true => Ok(()),
        false => Err(JobError::OtherFileSystem),
    }
}

/// Moves a file to a path, or fails with `AlreadyExists` if another file is there.
///
/// A file with the same content was moved there by a run that was killed afterwards.
pub(crate) fn publish(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return fs::remove_file(from);
    }
    if to.symlink_metadata().is_err() {
        // The file system has no hard links.
        return fs::rename(from, to);
    }
    if !has_same_content(from, to)? {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::remove_file(from)
}

/// Returns whether files can be moved from one directory to another; true if this is not known.
#[cfg(unix)]
pub(crate) fn share_file_system(one: &Path, other: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let device = |directory: &Path| {
        let is_empty = directory.as_os_str().is_empty();
        fs::metadata(if is_empty { Path::new(".") } else { directory }).map(|file| file.dev())
    };
    Ok(device(one)? == device(other)?)
}

/// Returns whether files can be moved from one directory to another; true if this is not known.
#[cfg(not(unix))]
pub(crate) fn share_file_system(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Returns whether two paths denote the same existing file, also through links.
#[cfg(unix)]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let id = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    id(one).is_some_and(|one| Some(one) == id(other))
}

/// Returns whether two paths denote the same existing file, also through symbolic links.
#[cfg(not(unix))]
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    let path = |path: &Path| fs::canonicalize(path).ok();
    path(one).is_some_and(|one| Some(one) == path(other))
}

fn has_same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if left.get(..length) != right.get(..length) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        one.consume(length);
        other.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_is_recognized_by_other_paths() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other, link, missing] =
            ["one", "other", "link", "missing"].map(|name| directory.path().join(name));
        fs::write(&one, "users").unwrap();
        fs::write(&other, "users").unwrap();
        fs::hard_link(&one, &link).unwrap();
        assert!(is_same_file(&one, &directory.path().join("./one")));
        assert!(is_same_file(&one, &link));
        assert!(!is_same_file(&one, &other) && !is_same_file(&missing, &missing));
    }

    #[test]
    fn a_file_is_moved_once_and_replaces_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| directory.path().join(name));
        fs::write(&from, "users").unwrap();
        publish(&from, &to).unwrap();
        assert!(!from.exists());

        fs::write(&from, "users").unwrap();
        publish(&from, &to).unwrap();
        assert!(!from.exists(), "the same content, as after a kill");

        for other in ["other", "more users"] {
            fs::write(&from, other).unwrap();
            assert_eq!(publish(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&from).unwrap(), other);
        }
        assert_eq!(fs::read_to_string(&to).unwrap(), "users");
    }
}
