//! Files and directories that only the user of this program can access.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Creates the directory and missing parents, with access for the owner only.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Returns options that create a file with access for the owner only.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true);
    options
}

/// Fails for a symbolic link, which may lead to a file of another program.
pub(super) fn require_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a regular file")),
    }
}

/// Returns whether another user can access the directory or owns it.
///
/// A process with the privilege to access all files can also use the directory of another user, who
/// may have prepared its files.
#[cfg(unix)]
pub(super) fn is_exposed(directory: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(directory)?;
    Ok(found.mode() & 0o077 != 0 || found.uid() != owner_of_new_files(directory)?)
}

#[cfg(not(unix))]
pub(super) fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Returns the user that owns files which this process creates in a directory. On a network file
/// system this may be another user than that of the process.
#[cfg(unix)]
fn owner_of_new_files(directory: &Path) -> io::Result<u32> {
    let path = directory.join(".cognito-owner");
    loop {
        // It is left by a program that was killed, or of one that opens the directory now.
        remove(&path)?;
        match private_file().create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => {
                let metadata = created?.metadata()?;
                remove(&path)?;
                return Ok(std::os::unix::fs::MetadataExt::uid(&metadata));
            }
        }
    }
}

#[cfg(unix)]
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}
