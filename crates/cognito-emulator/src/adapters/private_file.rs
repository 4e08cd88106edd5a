//! Files with secrets, which only their owner may access.

use std::fs::{self, File};
use std::io;
use std::path::Path;
#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering};

/// The reason why a file with secrets is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(not(unix), expect(dead_code, reason = "owners and modes are checked on Unix only"))]
pub(crate) enum Exposure {
    /// The owner may have prepared the file.
    #[error("another user owns it; choose another file, or change its owner")]
    Foreign,
    /// The link may lead to a file of another program.
    #[error("it is a symbolic link; name the file itself")]
    Link,
}

/// Opens a file, which is rejected if it is exposed. A file that other users can access gets the
/// mode 0600, as far as its file system has modes.
///
/// # Errors
///
/// Returns the exposure, or the error of `open`.
pub(crate) fn open(
    path: &Path,
    open: impl FnOnce(&Path) -> io::Result<File>,
) -> io::Result<Result<File, Exposure>> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Ok(Err(Exposure::Link));
    }
    let file = open(path)?;
    Ok(match exposure(path, &file)? {
        Some(exposure) => Err(exposure),
        None => Ok(file),
    })
}

#[cfg(unix)]
fn exposure(path: &Path, file: &File) -> io::Result<Option<Exposure>> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    // A device or a directory is rejected by its reader.
    if !metadata.is_file() {
        return Ok(None);
    }
    let owner = owner_of_new_files(path)?;
    let is_foreign = owner.is_some_and(|owner| owner != metadata.uid());
    if is_foreign || (metadata.mode() & 0o077 != 0 && !restrict(file, owner.is_some())?) {
        return Ok(Some(Exposure::Foreign));
    }
    Ok(None)
}

/// Makes a file accessible only to its owner; returns false if another user owns it. File systems
/// without modes ignore the change or do not permit it.
#[cfg(unix)]
fn restrict(file: &File, is_own: bool) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    match file.set_permissions(fs::Permissions::from_mode(0o600)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(is_own),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(true),
        changed => changed.map(|()| true),
    }
}

#[cfg(not(unix))]
fn exposure(_: &Path, _: &File) -> io::Result<Option<Exposure>> {
    Ok(None)
}

/// Returns the user that owns files which this process creates beside a file. On a network file
/// system this may be another user than that of the process.
///
/// Returns `None` if the directory cannot be written. Then a process without privileges cannot
/// open a private file of another user, nor change the mode of any other.
#[cfg(unix)]
fn owner_of_new_files(path: &Path) -> io::Result<Option<u32>> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    static PROBES: AtomicUsize = AtomicUsize::new(0);
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let probe = path.with_added_extension(format!("owner-{}-{number}", std::process::id()));
    // A file that is left by a program which was killed.
    let _missing = fs::remove_file(&probe);
    let created = File::options().write(true).create_new(true).mode(0o600).open(&probe);
    let file = match created {
        Ok(file) => file,
        Err(error) => match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => return Ok(None),
            _ => return Err(error),
        },
    };
    let owner = file.metadata().map(|metadata| metadata.uid());
    fs::remove_file(&probe)?;
    owner.map(Some)
}
