//! Identity pools: identities, logins, roles, AWS credentials and OpenID tokens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod guests;
mod logins;
mod open_id_tokens;
mod roles;
mod support;
