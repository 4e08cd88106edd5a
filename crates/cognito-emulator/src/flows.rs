//! Flows that span several kinds of state: sign-in, tokens, triggers, messages. They do not depend
//! on the shapes of requests.

pub(crate) mod attribute_change;
pub(crate) mod auth_event;
pub(crate) mod caller;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod delivery;
pub(crate) mod faults;
pub(crate) mod federation;
pub(crate) mod function;
pub(crate) mod http_client;
pub(crate) mod identity_pools;
pub(crate) mod invitation;
pub(crate) mod managed_login;
pub(crate) mod migration;
pub(crate) mod new_user;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod registration;
pub(crate) mod service;
pub(crate) mod sign_in;
pub(crate) mod step;
pub(crate) mod storage;
pub(crate) mod tokens;
pub(crate) mod trigger;
pub(crate) mod triggers;
pub(crate) mod user_sessions;
pub(crate) mod workers;
