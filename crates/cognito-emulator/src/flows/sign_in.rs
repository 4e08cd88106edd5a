//! Sign-ins: their start, their challenges, and the tokens at their end.

mod challenge;
pub(crate) mod challenges;
mod code;
mod custom_auth;
pub(crate) mod factors;
pub(crate) mod finish;
mod first_factor;
mod next;
pub(crate) mod parameters;
pub(crate) mod progress;
pub(crate) mod respond;
mod srp;
pub(crate) mod start;
pub(crate) mod turn;

pub(crate) use self::challenge::open;
