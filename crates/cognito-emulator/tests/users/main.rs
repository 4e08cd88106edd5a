//! Operations of users and of administrators on users, as requests and responses in
//! JSON.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod administration;
mod attributes;
mod callbacks;
mod client_secrets;
mod concurrent_sign_ins;
mod creation;
mod devices;
mod federation;
mod flows;
mod groups;
mod history;
mod identities;
mod listing;
mod mfa;
mod names;
mod passwords;
mod profile;
mod refresh;
#[path = "../support/refusal.rs"]
mod refusal;
mod requests;
mod restarts;
mod sessions;
mod sign_in_callbacks;
mod support;
mod token_exchange;
mod triggers;
mod triggers_of_messages;
mod triggers_of_sign_in;
mod triggers_of_tokens;
mod verification;
