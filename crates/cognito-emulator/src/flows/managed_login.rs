//! Managed login: the authorization server of a pool (RFC 6749, OpenID Connect Core).
//!
//! An authorization request is verified, a user signs in by the flows of the API, and the
//! application receives a code or tokens.

pub(crate) mod claims;
pub(crate) mod completion;
pub(crate) mod external;
pub(crate) mod mock_provider;
pub(crate) mod oidc;
pub(crate) mod provider;
pub(crate) mod redemption;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod session;
pub(crate) mod set_up;
pub(crate) mod sign_in;
