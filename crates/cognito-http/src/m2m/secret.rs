//! The secret of an app client: fixed, or read by a function of the application.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use cognito_types::{BoxFuture, ClientSecret};

use super::error::MachineTokenError;

/// The source of the app client's secret.
#[derive(Clone)]
pub(super) enum Secret {
    /// It is always the same.
    Fixed(ClientSecret),
    /// A function of the application reads it.
    Read(Arc<Read>),
}

type Read = dyn Fn(Option<ClientSecret>) -> BoxFuture<'static, Outcome> + Send + Sync;
type Outcome = Result<ClientSecret, Box<dyn Error + Send + Sync>>;

impl Secret {
    pub(super) fn read_by<F, T, E>(read: F) -> Self
    where
        F: Fn(Option<ClientSecret>) -> T + Send + Sync + 'static,
        T: Future<Output = Result<ClientSecret, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let read = move |refused| -> BoxFuture<'static, Outcome> {
            let reading = read(refused);
            Box::pin(async move { reading.await.map_err(Into::into) })
        };
        Self::Read(Arc::new(read))
    }

    pub(super) async fn get(&self) -> Result<ClientSecret, MachineTokenError> {
        match self {
            Self::Fixed(secret) => Ok(secret.clone()),
            Self::Read(read) => read(None).await.map_err(MachineTokenError::SecretUnavailable),
        }
    }

    /// Another secret than the refused one, if there is one.
    pub(super) async fn instead_of(
        &self,
        refused: &ClientSecret,
    ) -> Result<Option<ClientSecret>, MachineTokenError> {
        let Self::Read(read) = self else {
            return Ok(None);
        };
        let next = read(Some(refused.clone())).await;
        let next = next.map_err(MachineTokenError::SecretUnavailable)?;
        Ok(Some(next).filter(|next| next.expose_secret() != refused.expose_secret()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Read(_) => "Read",
        })
    }
}
