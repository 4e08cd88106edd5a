//! The endpoints of managed login: from the parameters of a request to a typed outcome.

mod api;
pub(crate) mod authorize;
pub(crate) mod browser;
mod challenge;
pub(crate) mod client;
pub(crate) mod discovery;
mod exchange;
pub(crate) mod external;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod page;
pub(crate) mod passkey;
pub(crate) mod pool;
pub(crate) mod recovery;
pub(crate) mod revoke;
pub(crate) mod sign_up;
pub(crate) mod token;
pub(crate) mod user_info;
