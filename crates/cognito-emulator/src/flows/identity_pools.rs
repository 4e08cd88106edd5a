//! Identity pools: logins with tokens of user pools, their identities, and the AWS credentials and
//! OpenID tokens of identities.

pub(crate) mod credentials;
pub(crate) mod developers;
pub(crate) mod identity;
mod login;
pub(crate) mod open_id_token;
mod role;
pub(crate) mod web_identity;

pub(crate) use self::login::Logins;
