//! Owners of files and directories that other users could have prepared.

use std::fmt;
use std::fs::Metadata;

/// A reason for which another user could have written a file, or could have prepared the files of
/// a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "owners are not checked"))]
pub(crate) enum Exposure {
    OtherOwner,
    WritableByAll,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherOwner => "it belongs to another user",
            Self::WritableByAll => "all users can write it",
        })
    }
}

/// Returns the exposure of a file or a directory to users other than this owner and root.
///
/// Members of the group are trusted: many systems have a group for each user, which may write the
/// files of this user.
#[cfg(unix)]
pub(crate) fn exposure(found: &Metadata, owner: u32) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt;

    const WRITABLE_BY_OTHERS: u32 = 0o002;

    if ![0, owner].contains(&found.uid()) {
        return Some(Exposure::OtherOwner);
    }
    // The mode of a link has no meaning.
    let is_writable = !found.is_symlink() && found.mode() & WRITABLE_BY_OTHERS != 0;
    is_writable.then_some(Exposure::WritableByAll)
}

/// Returns `None`: owners are not checked.
#[cfg(not(unix))]
pub(crate) fn exposure(_found: &Metadata, _owner: u32) -> Option<Exposure> {
    None
}

/// Returns the user of this process.
#[cfg(unix)]
pub(crate) fn of_process() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn of_process() -> u32 {
    0
}

/// Returns the owner of a file.
#[cfg(unix)]
pub(crate) fn of(found: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(found)
}

#[cfg(not(unix))]
pub(crate) fn of(_found: &Metadata) -> u32 {
    0
}
