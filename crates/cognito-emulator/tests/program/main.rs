//! The program: commands, output, and termination.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod commands;
mod import;
mod options;
mod ready;
#[path = "../support/program.rs"]
mod running;
mod serving;
mod support;
mod tls;
#[path = "../support/trust.rs"]
mod trust;
