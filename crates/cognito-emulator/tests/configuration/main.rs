//! How pools are configured: what is kept, what is read back, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod clients;
mod mfa;
mod pools;
mod support;
