//! Files of jobs, which contain personal data and never replace files of others.

#[cfg(unix)]
use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, OpenOptions};
#[cfg(unix)]
use std::hash::BuildHasher;
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

/// Creates a file of a job, in place of an existing file or link.
///
/// Other users may be able to read an existing file, and a link may lead to any file.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => private().write(true).create_new(true).open(path),
    }
}

/// Creates a file at a path that the caller has chosen, or opens a named pipe, a device or a link,
/// such as `/dev/stdout`.
pub(crate) fn create_or_open(path: &Path) -> io::Result<File> {
    create_or_open_with(path, |path| fs::remove_file(path))
}

fn create_or_open_with(
    path: &Path,
    remove: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<File> {
    match path.symlink_metadata() {
        // The target of a link may be missing.
        Ok(found) if !found.is_file() => {
            private().write(true).create(true).truncate(true).open(path)
        }
        Ok(_) => match remove(path) {
            Err(error) if !prevents_removal(&error) => Err(error),
            Err(_) => overwrite(path),
            Ok(()) => private().write(true).create_new(true).open(path),
        },
        Err(_) => private().write(true).create_new(true).open(path),
    }
}

/// Returns whether a file cannot be removed, but perhaps be written: it is mounted, or in a
/// directory that this user cannot write.
fn prevents_removal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ResourceBusy | io::ErrorKind::PermissionDenied)
}

/// Empties a file, after its permissions are only for its owner.
fn overwrite(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.set_len(0)?;
    Ok(file)
}

/// Creates a directory that only its owner can enter, unless it exists.
///
/// Fails if it exists and another user could have prepared its files.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new("")))?;
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            check_owner(path)
        }
        created => created,
    }
}

/// Fails if a directory belongs to another user, except root, or if all users can write it.
#[cfg(unix)]
fn check_owner(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    const WRITABLE_BY_OTHERS: u32 = 0o002;
    // The user may be unable to change the directory, such as the root of a shared volume.
    const REMEDY: &str =
        "choose a directory that only you can write, for example a new one inside it";

    let found = fs::metadata(directory)?;
    if found.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(io::Error::other(format!("all users can write it; {REMEDY}")));
    }
    // A link of another user could lead to another directory of this user.
    let owners = [found.uid(), fs::symlink_metadata(directory)?.uid()];
    if owners == [0, 0] {
        return Ok(());
    }
    let of_new_files = owner_of_new_files(directory)?;
    match owners.iter().all(|owner| [0, of_new_files].contains(owner)) {
        true => Ok(()),
        false => Err(io::Error::other(format!("it belongs to another user; {REMEDY}"))),
    }
}

/// Returns the user that owns files which this process creates in a directory. On a network file
/// system this may be another user than that of the process.
#[cfg(unix)]
fn owner_of_new_files(directory: &Path) -> io::Result<u32> {
    let number = RandomState::new().hash_one(std::process::id());
    let path = directory.join(format!("{number:016x}.owner"));
    let created = private().write(true).create_new(true).open(&path)?.metadata();
    fs::remove_file(&path)?;
    Ok(std::os::unix::fs::MetadataExt::uid(&created?))
}

#[cfg(not(unix))]
fn check_owner(_directory: &Path) -> io::Result<()> {
    Ok(())
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

    #[cfg(unix)]
    #[test]
    fn existing_files_are_replaced_and_links_are_not_followed() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        let directory = tempfile::tempdir().unwrap();
        let [path, other] = ["path", "other"].map(|name| directory.path().join(name));
        fs::write(&other, "old").unwrap();
        let create_functions = [create, create_or_open];
        for create in create_functions {
            let _ = fs::remove_file(&path);
            fs::write(&path, "readable by others").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let file = create(&path).unwrap().metadata().unwrap();
            assert_eq!((file.mode() & 0o777, file.len()), (0o600, 0));
        }
        fs::remove_file(&path).unwrap();
        symlink(&other, &path).unwrap();
        create_or_open(&path).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "", "a link of the caller is followed");
        fs::remove_file(&other).unwrap();
        create_or_open(&path).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "", "the target of the link is created");
        fs::write(&other, "old").unwrap();
        create(&path).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "old");
        assert!(path.symlink_metadata().unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn file_that_cannot_be_removed_is_overwritten() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rejected.jsonl");
        // EBUSY of a mounted file, EACCES and EPERM, and EROFS, with which no file can be written.
        for (code, is_overwritten) in [(16, true), (13, true), (1, true), (30, false)] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let fail = |_: &Path| Err(io::Error::from_raw_os_error(code));
            let created = create_or_open_with(&path, fail);
            assert_eq!(created.is_ok(), is_overwritten, "{code}: {created:?}");
            let found = fs::metadata(&path).unwrap();
            let expected = if is_overwritten { (0o600, 0) } else { (0o644, 3) };
            assert_eq!((found.mode() & 0o777, found.len()), expected, "{code}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn directory_that_another_user_could_have_prepared_is_rejected() {
        use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

        let home = tempfile::tempdir().unwrap();
        let [directory, link] = ["a/b.job", "link"].map(|name| home.path().join(name));
        create_directory(&directory).unwrap();
        let mode = fs::metadata(&directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        for (mode, is_used) in [(0o755, true), (0o777, false), (0o1777, false), (0o700, true)] {
            fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).unwrap();
            let created = create_directory(&directory);
            assert_eq!(created.is_ok(), is_used, "{mode:o}");
            if let Err(error) = created {
                assert!(error.to_string().contains("a new one inside it"), "{error}");
                create_directory(&directory.join("inside")).unwrap();
                fs::remove_dir(directory.join("inside")).unwrap();
            }
        }
        symlink(&directory, &link).unwrap();
        create_directory(&link).unwrap();
        // Only root can give a directory away.
        if chown(&directory, Some(65_533), None).is_ok() {
            assert!(create_directory(&directory).is_err());
            chown(&directory, Some(0), None).unwrap();
            lchown(&link, Some(65_533), None).unwrap();
            assert!(create_directory(&link).is_err());
        }
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    }
}
