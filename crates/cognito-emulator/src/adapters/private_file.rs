//! Files with secrets, which only their owner may access.

use std::fs::{self, File};
use std::io;
use std::path::Path;
#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering};

/// The reason why a file with secrets is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivateFileError {
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The owner may have prepared the file.
    #[error("another user owns it; choose another file, or change its owner")]
    #[cfg_attr(not(unix), expect(dead_code, reason = "owners are checked on Unix only"))]
    Foreign,
    /// The link may lead to a file of another program.
    #[error("it is a symbolic link; name the file itself")]
    Link,
}

/// Opens a file, unless another user owns it or its path is a symbolic link. A file that other users
/// can access gets the mode 0600, as far as its file system has modes.
pub(crate) fn open(
    path: &Path,
    open: impl FnOnce(&Path) -> io::Result<File>,
) -> Result<File, PrivateFileError> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(PrivateFileError::Link);
    }
    let file = open(path)?;
    #[cfg(unix)]
    make_private(path, &file)?;
    Ok(file)
}

#[cfg(unix)]
fn make_private(path: &Path, file: &File) -> Result<(), PrivateFileError> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    // A device or a directory is rejected by its reader.
    if !metadata.is_file() {
        return Ok(());
    }
    let owner = owner_of_new_files(path)?;
    let is_foreign = owner.is_some_and(|owner| owner != metadata.uid());
    if is_foreign || (metadata.mode() & 0o077 != 0 && !restrict(file, owner.is_some())?) {
        return Err(PrivateFileError::Foreign);
    }
    Ok(())
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
