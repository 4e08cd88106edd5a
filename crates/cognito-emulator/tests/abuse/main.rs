//! The program under load and abuse: its memory stays constant, it does not panic, and other
//! clients are served.
//!
//! `cargo xtask full` uses larger sizes, which environment variables set.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod bystander;
mod clock;
mod connections;
mod reach;
mod requests;
#[path = "../support/program.rs"]
mod running;
mod support;
