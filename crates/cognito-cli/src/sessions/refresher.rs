//! Managed login, created on demand, because creating its HTTP client loads the system's
//! certificates.

use std::sync::OnceLock;

use cognito::UserPoolId;
use cognito::managed_login::{ManagedLogin, ManagedLoginBuilder, ManagedLoginError};
use cognito::session::{TokenError, TokenErrorKind, TokenRefresher, TokenSet};
use cognito::types::{BoxFuture, ClientSecret, RefreshToken};

/// The settings of managed login.
#[derive(Clone, Debug)]
pub(crate) struct LoginSettings {
    pub(super) pool: UserPoolId,
    pub(super) client: String,
    pub(super) domain: String,
    pub(super) endpoint: Option<String>,
    /// The hosts that plain HTTP is allowed to.
    pub(super) plain_http: Vec<String>,
    pub(super) secret: Option<ClientSecret>,
}

impl LoginSettings {
    pub(crate) fn build(&self, scopes: &[String]) -> Result<ManagedLogin, ManagedLoginError> {
        let mut builder: ManagedLoginBuilder =
            ManagedLogin::builder(&self.pool, self.client.as_str(), self.domain.as_str())
                .allow_plain_http(&self.plain_http)
                .scopes(scopes);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(secret) = &self.secret {
            builder = builder.client_secret(secret.clone());
        }
        builder.build()
    }
}

/// Refreshes tokens at the domain of managed login.
#[derive(Debug)]
pub(super) struct LazyRefresher {
    settings: LoginSettings,
    login: OnceLock<ManagedLogin>,
}

impl LazyRefresher {
    pub(super) fn new(settings: LoginSettings) -> Self {
        Self { settings, login: OnceLock::new() }
    }

    fn login(&self) -> Result<&ManagedLogin, TokenError> {
        if let Some(login) = self.login.get() {
            return Ok(login);
        }
        let login = self.settings.build(&[]);
        let login = login.map_err(|error| TokenError::new(TokenErrorKind::Configuration, error))?;
        Ok(self.login.get_or_init(|| login))
    }
}

impl TokenRefresher for LazyRefresher {
    fn refresh<'a>(
        &'a self,
        token: &'a RefreshToken,
    ) -> BoxFuture<'a, Result<TokenSet, TokenError>> {
        Box::pin(async move { self.login()?.refresh(token).await })
    }
}
