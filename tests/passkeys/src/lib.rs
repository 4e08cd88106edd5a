//! Passkeys, with an authenticator that others wrote.
//!
//! A package of its own, as its dependencies would have everything else built a second time.

pub mod browser;
