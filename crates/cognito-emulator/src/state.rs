//! The state of pools: plain data with its invariants. It knows no requests and has no clock.

pub(crate) mod attributes;
pub(crate) mod client;
pub(crate) mod configuration;
pub(crate) mod device;
pub(crate) mod expiring;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod identity_provider;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod members;
pub(crate) mod mfa_configuration;
pub(crate) mod outbox;
pub(crate) mod passkey;
pub(crate) mod password_policy;
pub(crate) mod pool;
pub(crate) mod records;
pub(crate) mod request_log;
pub(crate) mod resource_server;
pub(crate) mod saml;
pub(crate) mod schema;
pub(crate) mod settings;
pub(crate) mod sign_in_record;
pub(crate) mod totp;
pub(crate) mod user;
pub(crate) mod webauthn;
