//! The program as a process: its commands, its output, its prompts, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod audits;
mod browser;
mod configuration;
mod credentials;
mod diffs;
mod documented;
mod exports;
mod groups;
mod hang_ups;
mod imports;
mod interrupted;
mod mass_changes;
mod output;
mod pipes;
mod pools;
mod project_files;
mod prompts;
mod pseudo_terminal;
mod recoveries;
#[path = "../../../../tests/tests/shared_quota/server.rs"]
#[allow(dead_code, clippy::expect_used, reason = "the suite of shared quotas uses more of it")]
mod redis;
mod sessions;
mod settings;
mod shards;
mod snapshots;
mod support;
mod updates;
mod users;
mod verification;
mod workers;
mod writes;
