//! Identity pools: identities, logins, roles, AWS credentials and OpenID tokens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod configuration;
mod developers;
mod guests;
mod http;
mod linking;
mod logins;
mod open_id_tokens;
#[path = "../support/refusal.rs"]
mod refusal;
mod restarts;
mod roles;
mod support;
