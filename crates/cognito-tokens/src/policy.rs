//! The requirements of rules beyond a valid token.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use cognito_types::ClientId;

use crate::claims::{AccessClaims, IdClaims};
use crate::error::VerifyError;

/// The app clients whose tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clients {
    /// Only tokens of these app clients.
    Only(Vec<ClientId>),
    /// Tokens of every app client of the pool.
    ///
    /// # Security
    ///
    /// This includes every other app client of the pool, such as a test client or a partner's.
    Any,
}

impl Clients {
    /// Accepts only tokens that were issued to this app client.
    pub fn only(client: impl Into<ClientId>) -> Self {
        Self::Only(vec![client.into()])
    }

    /// Accepts only tokens that were issued to one of these app clients.
    pub fn any_of<C: Into<ClientId>>(clients: impl IntoIterator<Item = C>) -> Self {
        Self::Only(clients.into_iter().map(Into::into).collect())
    }

    /// Returns the client with this id if it is accepted.
    pub(crate) fn accepted(&self, client: &str) -> Result<ClientId, VerifyError> {
        match self {
            Self::Only(clients) if clients.is_empty() => Err(VerifyError::Misconfigured("client")),
            Self::Only(clients) => {
                let known = clients.iter().find(|known| known.as_str() == client);
                known.cloned().ok_or(VerifyError::WrongClient)
            }
            Self::Any => Ok(client.into()),
        }
    }
}

/// Names of which a token must have at least one, or all.
///
/// ```
/// # mod cognito { pub use cognito_tokens as verify; }
/// use cognito::verify::Required;
///
/// let read = Required::any_of(["orders/read", "orders/admin"]);
/// assert_eq!(read.to_string(), "any of orders/read, orders/admin");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Required {
    /// At least one of these names.
    AnyOf(Vec<String>),
    /// All of these names.
    AllOf(Vec<String>),
}

impl Required {
    /// Requires at least one of these names.
    pub fn any_of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::AnyOf(names.into_iter().map(Into::into).collect())
    }

    /// Requires all of these names.
    pub fn all_of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::AllOf(names.into_iter().map(Into::into).collect())
    }

    /// Returns whether the requirement is met by a token for which `has` returns true for the names
    /// that it has.
    ///
    /// A requirement without names is never met.
    pub fn is_met(&self, has: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::AnyOf(names) => names.iter().any(|name| has(name)),
            Self::AllOf(names) => !names.is_empty() && names.iter().all(|name| has(name)),
        }
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyOf(names) => write!(f, "any of {}", names.join(", ")),
            Self::AllOf(names) => write!(f, "all of {}", names.join(", ")),
        }
    }
}

/// The callers whose access tokens are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Callers {
    /// Users and programs.
    #[default]
    Any,
    /// Only users.
    Users,
    /// Only programs, which got their tokens by the client-credentials grant.
    Machines,
}

impl Callers {
    pub(crate) fn accept(self, bearer: Bearer) -> bool {
        match self {
            Self::Any => true,
            Self::Users => bearer == Bearer::User,
            Self::Machines => bearer == Bearer::Machine,
        }
    }
}

/// The party that a token was issued to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bearer {
    User,
    Machine,
    /// Unknown, such as without a user name.
    Unknown,
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "a user or a program",
            Self::Users => "a user",
            Self::Machines => "a program",
        })
    }
}

/// A list of revoked tokens, which the program maintains, such as from recorded sign-outs.
///
/// The signature of a revoked token is still valid, so only a list can show the revocation. It is
/// consulted for every verification, including those of cached tokens, so keep it in memory and
/// update it in the background.
///
/// See [revoking tokens](https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html).
pub trait RevocationList: fmt::Debug + Send + Sync + 'static {
    /// Returns whether the token is revoked.
    fn is_revoked(&self, token: &TokenIds<'_>) -> bool;
}

/// The claims that identify a token in a list of revoked tokens.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenIds<'a> {
    /// The pool that issued the token.
    pub issuer: &'a str,
    /// The user (`sub`).
    pub subject: &'a str,
    /// The token (`jti`).
    pub jti: Option<&'a str>,
    /// The sign-in (`origin_jti`): RevokeToken revokes all tokens of a sign-in.
    pub origin_jti: Option<&'a str>,
    /// The time at which the token was issued (`iat`).
    pub issued_at: Option<SystemTime>,
    /// The time of the sign-in (`auth_time`).
    pub auth_time: Option<SystemTime>,
}

/// A check that the program added, with the name that its errors contain.
#[derive(Clone)]
pub(crate) struct Check<C> {
    pub(crate) name: &'static str,
    pub(crate) passes: Arc<dyn Fn(&C) -> bool + Send + Sync>,
}

impl<C> fmt::Debug for Check<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The added checks for both kinds of tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    pub(crate) access: Vec<Check<AccessClaims>>,
    pub(crate) id: Vec<Check<IdClaims>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_without_names_are_never_met() {
        let none: [&str; 0] = [];
        assert!(!Required::any_of(none).is_met(|_| true));
        assert!(!Required::all_of(none).is_met(|_| true));
    }

    #[test]
    fn one_is_enough_or_all_are_needed() {
        let has = |name: &str| name == "a";
        assert!(Required::any_of(["a", "b"]).is_met(has));
        assert!(!Required::any_of(["b"]).is_met(has));
        assert!(!Required::all_of(["a", "b"]).is_met(has));
        assert!(Required::all_of(["a"]).is_met(has));
    }
}
