//! Configuration of pools: stored, read back, and rejected settings.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod clients;
mod decisions;
mod domains;
mod identity_providers;
mod import_jobs;
mod mfa;
mod pools;
mod records;
#[path = "../support/refusal.rs"]
mod refusal;
mod schema;
mod support;
