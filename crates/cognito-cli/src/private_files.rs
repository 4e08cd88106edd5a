//! Files and directories that only their owner can read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file that only its owner can read. It writes a draft and renames it, so that the file
/// is always complete.
pub(crate) fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    create_private_directory(directory)?;
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&draft, path));
    if renamed.is_err() {
        // The first error is reported; an error of the cleanup is ignored.
        let _ = fs::remove_file(&draft);
    }
    renamed
}

/// Creates a directory that only its owner can enter, and its parents, unless they exist.
pub(crate) fn create_private_directory(directory: &Path) -> io::Result<()> {
    builder().recursive(true).create(directory)
}

/// Creates a directory that only its owner can enter, and fails if it exists.
pub(crate) fn create_new_private_directory(directory: &Path) -> io::Result<()> {
    builder().create(directory)
}

fn builder() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
