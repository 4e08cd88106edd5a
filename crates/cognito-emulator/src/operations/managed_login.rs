//! The endpoints of managed login: from the parameters of a request to a typed outcome.

pub(crate) mod authorize;
pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod discovery;
pub(crate) mod form;
pub(crate) mod login;
pub(crate) mod logout;
mod pool;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod user_info;
