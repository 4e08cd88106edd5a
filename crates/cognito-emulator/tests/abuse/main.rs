//! The program under load and abuse: its memory stays level, nothing panics, and other clients are served.
//!
//! `cargo xtask full` runs larger sizes, which variables of the environment give.

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
