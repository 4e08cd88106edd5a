//! Sign-ins: attempts, their challenges, and what follows each.

pub(crate) mod answers;
pub(crate) mod challenge;
pub(crate) mod custom_auth;
pub(crate) mod first_factors;
pub(crate) mod questions;
pub(crate) mod srp;
