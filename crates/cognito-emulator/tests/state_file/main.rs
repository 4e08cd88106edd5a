//! State files of the program: killed processes, unusable files, full disks.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod full_disk;
mod kills;
mod seeds;
mod support;
mod unusable;
