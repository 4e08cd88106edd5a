//! State files of the program: processes that are killed, files that cannot be used, full disks.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod full_disk;
mod kills;
mod seeds;
mod support;
mod unusable;
