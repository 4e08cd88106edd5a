//! Files and directories that only their owner can read.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::owner::{self, Exposure};

/// The remedy for a directory that another user could have prepared. The user may be unable to
/// change it, such as the root of a shared volume.
const REMEDY: &str = "choose a directory that only you can write, for example a new one inside it";

/// Writes a file that only its owner can read. It writes a draft and renames it, so that the file
/// is always complete.
pub(crate) fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_private_directory(path.parent().unwrap_or_else(|| Path::new(".")))?;
    let (draft, mut file) = create_draft(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let renamed = written.and_then(|()| fs::rename(&draft, path));
    if renamed.is_err() {
        // The first error is reported; an error of the cleanup is ignored.
        let _ = fs::remove_file(&draft);
    }
    renamed
}

/// Creates a file that only its owner can read. Fails if a file or a link exists at its path.
pub(crate) fn create_new_private_file(path: &Path) -> io::Result<File> {
    private().write(true).create_new(true).open(path)
}

/// Creates a directory that only its owner can enter, and its parents, unless they exist. A
/// directory that another user could have prepared is an error.
pub(crate) fn create_private_directory(directory: &Path) -> io::Result<()> {
    builder().recursive(true).create(directory)?;
    match exposure(directory)? {
        Some(reason) => Err(io::Error::other(format!("{reason}; {REMEDY}"))),
        None => Ok(()),
    }
}

/// Creates a directory that only its owner can enter, and fails if it exists.
pub(crate) fn create_new_private_directory(directory: &Path) -> io::Result<()> {
    builder().create(directory)
}

/// Returns the reason for which another user could have prepared the files of a directory.
fn exposure(directory: &Path) -> io::Result<Option<Exposure>> {
    // A link of another user could lead to another directory of this user.
    let found = [fs::symlink_metadata(directory)?, fs::metadata(directory)?];
    let reason = |owner| found.iter().find_map(|found| owner::exposure(found, owner));
    if reason(owner::of_process()).is_none() {
        return Ok(None);
    }
    // On a network file system, files may get another owner than the process has.
    let (draft, file) = create_draft(&directory.join("owner"))?;
    let owner = file.metadata().map(|created| owner::of(&created));
    fs::remove_file(draft)?;
    Ok(reason(owner?))
}

/// Creates a file for a draft. Other users cannot predict its name, and it never is an existing file.
fn create_draft(path: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let number = RandomState::new().hash_one(std::process::id());
        let draft = path.with_extension(format!("{number:016x}.draft"));
        match create_new_private_file(&draft) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (draft, file)),
        }
    }
}

fn private() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn builder() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn directory_that_another_user_could_have_prepared_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("state");
        let write = || write_privately(&directory.join("file"), b"new");
        write().unwrap();
        for (mode, is_used) in [(0o755, true), (0o770, true), (0o777, false), (0o1777, false)] {
            fs::set_permissions(&directory, Permissions::from_mode(mode)).unwrap();
            assert_eq!(write().is_ok(), is_used, "{mode:o}");
            if let Err(error) = write() {
                assert_eq!(error.to_string(), format!("all users can write it; {REMEDY}"));
                // The remedy works.
                write_privately(&directory.join("inside/file"), b"new").unwrap();
                fs::remove_dir_all(directory.join("inside")).unwrap();
            }
        }
        fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
        let link = home.path().join("link");
        symlink(&directory, &link).unwrap();
        let write_by_link = || write_privately(&link.join("file"), b"new");
        write_by_link().unwrap();
        // Only root can give a directory away.
        if chown(&directory, Some(65_533), None).is_ok() {
            let error = write().unwrap_err().to_string();
            assert!(error.contains("another user"), "{error}");
            chown(&directory, Some(0), None).unwrap();
            std::os::unix::fs::lchown(&link, Some(65_533), None).unwrap();
            assert!(write_by_link().is_err());
        }
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no draft remains");
    }

    #[test]
    fn file_is_replaced_and_never_written_through_a_link() {
        let home = tempfile::tempdir().unwrap();
        let [path, other] = ["file.json", "other"].map(|name| home.path().join(name));
        fs::write(&other, "old").unwrap();
        fs::set_permissions(&other, Permissions::from_mode(0o644)).unwrap();
        // The name of the draft of earlier versions.
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        for planted in [&path, &draft] {
            symlink(&other, planted).unwrap();
        }
        write_privately(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "old");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let found = fs::symlink_metadata(&path).unwrap();
        assert!(found.is_file() && found.permissions().mode() & 0o077 == 0, "{found:?}");
        assert!(create_new_private_file(&draft).is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "old");
    }
}
