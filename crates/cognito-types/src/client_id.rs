//! The id of an app client.

use std::fmt;
use std::sync::Arc;

/// The id of an app client, such as `1example23456789`.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use cognito::types::ClientId;
///
/// let client = ClientId::from("1example23456789");
/// assert_eq!(client.as_str(), "1example23456789");
/// ```
// Shared, because every verified token has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClientId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<&str> for ClientId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<&Self> for ClientId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
