//! The app client's secret, which may change while the program runs.

use std::fmt;
use std::sync::Arc;

use cognito_types::{BoxFuture, ClientSecret};

/// Asks the application for the current secret.
type Ask = dyn Fn() -> BoxFuture<'static, Option<ClientSecret>> + Send + Sync;

/// Where the secret of the app client comes from.
#[derive(Clone, Default)]
pub(crate) enum SecretSource {
    /// The app client has none.
    #[default]
    None,
    /// It is always the same.
    Fixed(ClientSecret),
    /// The application is asked each time.
    Callback(Arc<Ask>),
}

impl SecretSource {
    pub(crate) async fn get(&self) -> Option<ClientSecret> {
        match self {
            Self::None => None,
            Self::Fixed(secret) => Some(secret.clone()),
            Self::Callback(ask) => ask().await,
        }
    }

    /// Whether asking again after a refusal may give another secret.
    ///
    /// An app client can have two active secrets while one replaces the other.
    pub(crate) fn may_change(&self) -> bool {
        matches!(self, Self::Callback(_))
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Callback(_) => "Callback",
        })
    }
}
