//! How pools are configured: what is kept, what is read back, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod clients;
mod decisions;
mod domains;
mod identity_providers;
mod import_jobs;
mod mfa;
mod pools;
mod records;
mod schema;
mod support;
