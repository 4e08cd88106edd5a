//! Managed login: authorization requests, pages, codes and tokens, from the view of browsers and
//! applications.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod authorize;
mod challenges;
mod code;
mod cookies;
mod external;
mod external_links;
mod external_rules;
mod external_security;
mod external_support;
mod login;
mod logout;
mod oidc;
mod oidc_failures;
mod oidc_support;
mod oidc_tokens;
mod pages;
mod passkeys;
mod providers;
mod recovery;
mod rejections;
mod revoke;
mod sessions;
mod sessions_in_progress;
mod sign_up;
mod support;
mod tokens;
mod user_info;
