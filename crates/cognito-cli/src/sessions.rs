//! The signed-in session of a user pool and an app client: where it is stored, and how it is restored.

mod backend;
mod keys;
mod record;
mod refresher;

use std::sync::Arc;

use cognito::session::{SessionKey, TokenStore};
use cognito::sign_in::UserPoolBuilder;
use cognito::types::{ClientSecret, RefreshToken};
use cognito::{Session, UserPool, UserPoolId};
use url::Url;

pub(crate) use self::backend::Backend;
pub(crate) use self::keys::CachedKeys;
pub(crate) use self::record::SignInRecord;
use self::refresher::LazyRefresher;
use crate::app::App;
use crate::aws;
use crate::configuration::{Environment, Setting};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::printable_url;

/// The name of the session in the store, which distinguishes it from sessions of other programs.
pub(crate) const SESSION_NAME: &str = "cognito-cli";

const CLIENT_SECRET: &str = "COGNITO_CLIENT_SECRET";
const REFRESH_TOKEN: &str = "COGNITO_REFRESH_TOKEN";

/// The session of a user pool and an app client, signed in or not.
pub(crate) struct Sessions<'a> {
    app: &'a App,
    pool: UserPoolId,
    client: String,
}

/// A session that was restored.
pub(crate) struct Restored {
    pub(crate) session: Session,
    /// The place in which the tokens are stored.
    pub(crate) backend: Backend,
    /// The record of the sign-in; `None` if the session comes from a variable.
    pub(crate) record: Option<SignInRecord>,
}

impl<'a> Sessions<'a> {
    /// Returns the session of the settings.
    pub(crate) async fn of(app: &'a App) -> Outcome<Self> {
        let client = app.settings.require(Setting::Client)?.to_owned();
        if !client.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-')) {
            return Err(app
                .settings
                .invalid(Setting::Client, "it must be the id of an app client"));
        }
        Ok(Self { app, pool: aws::pool_id(app).await?, client })
    }

    pub(crate) fn pool_id(&self) -> &UserPoolId {
        &self.pool
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client
    }

    /// Returns the endpoint of a new session, which receives its secrets.
    pub(crate) fn endpoint(&self) -> Outcome<Option<&'a str>> {
        self.app.settings.trusted(Setting::EndpointUrl)
    }

    /// Returns the domain of a sign-in in the browser, which receives the password, the code and the
    /// tokens.
    pub(crate) fn domain(&self) -> Outcome<&'a str> {
        let domain = self.app.settings.require(Setting::Domain)?;
        self.trusted_domain()?;
        Ok(domain)
    }

    fn trusted_domain(&self) -> Outcome<Option<&'a str>> {
        let domain = self.app.settings.trusted(Setting::Domain)?;
        domain.map(|domain| self.check_domain(domain)).transpose()?;
        Ok(domain)
    }

    /// Fails for a domain that managed login would refuse; the library's error names its own settings.
    ///
    /// The error does not quote the URL, which may contain a password.
    fn check_domain(&self, domain: &str) -> Outcome {
        let invalid = || {
            let message = "the domain is invalid; give its URL, such as https://auth.example.com, \
                           without a user name, a password, a query and a fragment";
            Failure::usage(message)
        };
        let url = Url::parse(domain).map_err(|_| invalid())?;
        self.app.environment.secure(url.as_str().to_owned())?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        match has_user || url.query().is_some() || url.fragment().is_some() {
            true => Err(invalid()),
            false => Ok(()),
        }
    }

    /// Returns the user pool for a sign-in, whose session is kept in the store. The tokens of a
    /// sign-in in the browser are refreshed at the domain.
    pub(crate) fn user_pool(
        &self,
        store: Option<Arc<dyn TokenStore>>,
        domain: Option<&str>,
    ) -> Outcome<UserPool> {
        self.user_pool_at(self.endpoint()?, store, domain)
    }

    fn user_pool_at(
        &self,
        endpoint: Option<&str>,
        store: Option<Arc<dyn TokenStore>>,
        domain: Option<&str>,
    ) -> Outcome<UserPool> {
        let mut builder = self.builder(endpoint)?;
        if let Some(store) = store {
            builder = builder.token_store(store);
        }
        if let Some(domain) = domain {
            let settings = self.login_settings_at(endpoint, domain);
            builder = builder.token_refresher(LazyRefresher::new(settings));
        }
        Ok(builder.build()?)
    }

    fn builder(&self, endpoint: Option<&str>) -> Outcome<UserPoolBuilder> {
        let keys = CachedKeys::new(&self.app.environment)?;
        let mut builder = UserPool::builder(self.pool.clone(), self.client.as_str())
            .key_fetcher(Arc::new(keys))
            .device_name("cognito")
            .allow_plain_http(self.environment().plain_http_hosts());
        if let Some(secret) = self.client_secret() {
            builder = builder.client_secret(secret);
        }
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint(endpoint);
        }
        Ok(builder)
    }

    /// Returns the settings of managed login for a sign-in at a domain.
    pub(crate) fn login_settings(&self, domain: &str) -> Outcome<refresher::LoginSettings> {
        Ok(self.login_settings_at(self.endpoint()?, domain))
    }

    fn login_settings_at(&self, endpoint: Option<&str>, domain: &str) -> refresher::LoginSettings {
        refresher::LoginSettings {
            pool: self.pool.clone(),
            client: self.client.clone(),
            domain: domain.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            plain_http: self.environment().plain_http_hosts(),
            secret: self.client_secret(),
        }
    }

    fn client_secret(&self) -> Option<ClientSecret> {
        self.environment().get(CLIENT_SECRET).map(ClientSecret::from)
    }

    /// Returns the record of the sign-in, if there was one.
    pub(crate) fn record(&self) -> Outcome<Option<SignInRecord>> {
        SignInRecord::read(self.environment(), &self.pool, &self.client)
    }

    /// Restores the session. It sends no request while the tokens are valid.
    pub(crate) async fn restore(&self) -> Outcome<Restored> {
        if let Some(token) = self.environment().get(REFRESH_TOKEN) {
            return self.of_variable(token.into()).await;
        }
        let record = self.record()?.ok_or_else(|| self.not_signed_in())?;
        self.check_endpoint(&record)?;
        let backend = Backend::in_use(&self.app.settings, &record)?;
        let session = self.stored(&record, backend).await?;
        Ok(Restored { session, backend, record: Some(record) })
    }

    /// Signs out the stored session of a record. A session that has already ended is removed.
    ///
    /// The variables for a refresh token and a store have no effect on the choice of the session.
    pub(crate) async fn sign_out(&self, record: &SignInRecord) -> Outcome {
        self.check_endpoint(record)?;
        let signed_out = match self.stored(record, record.store).await {
            Ok(session) => session.sign_out().await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match signed_out {
            Err(failure) if failure.exit() == Exit::NotSignedIn => self.forget(record).await,
            signed_out => signed_out,
        }
    }

    /// Removes the stored session of a record without a request, even if it cannot be read.
    pub(crate) async fn forget(&self, record: &SignInRecord) -> Outcome {
        let Some(store) = record.store.open(self.environment())? else { return Ok(()) };
        let key = SessionKey::new(self.pool.clone(), self.client.as_str().into(), SESSION_NAME);
        let revision = match store.load(&key).await {
            Ok(Some((_, revision))) => Some(revision),
            // An unreadable session is treated as missing.
            Ok(None) | Err(_) => None,
        };
        store.swap(&key, revision, None).await.map_err(|error| backend::failed(&error))?;
        Ok(())
    }

    /// Restores the session of a record from a store.
    async fn stored(&self, record: &SignInRecord, backend: Backend) -> Outcome<Session> {
        let store = backend.open(self.environment())?;
        // The user has trusted the addresses of the record at the sign-in.
        let endpoint = record.endpoint_url.as_deref();
        let pool = self.user_pool_at(endpoint, store, record.domain.as_deref())?;
        let session = pool.restore(&pool.session_key(SESSION_NAME)).await?;
        let session = session.ok_or_else(|| self.not_in(backend, record))?;
        settle(&session).await?;
        Ok(session)
    }

    /// Creates a session from the refresh token of a variable, as used by machines. A new refresh
    /// token is not stored.
    async fn of_variable(&self, token: RefreshToken) -> Outcome<Restored> {
        let domain = self.trusted_domain()?;
        let pool = self.user_pool(None, domain)?;
        let adopted = pool.session_from_refresh_token(token);
        let adopted = match domain {
            Some(_) => adopted.refresh_by_token_endpoint(),
            None => adopted,
        };
        Ok(Restored { session: adopted.await?, backend: Backend::None, record: None })
    }

    /// Fails if the endpoint differs from that of the sign-in. A project's file can set another
    /// endpoint, which must not receive the refresh token.
    fn check_endpoint(&self, record: &SignInRecord) -> Outcome {
        let endpoint = self.app.settings.get(Setting::EndpointUrl);
        if record.endpoint_url.as_deref() == endpoint {
            return Ok(());
        }
        let place = |url: Option<&str>| url.map_or_else(|| "AWS".to_owned(), printable_url);
        Err(Failure::not_signed_in(format!(
            "the session belongs to {}, but the settings name {}",
            place(record.endpoint_url.as_deref()),
            place(endpoint)
        )))
    }

    fn not_signed_in(&self) -> Failure {
        Failure::not_signed_in(format!(
            "no user is signed in to the user pool {} with the app client {}",
            self.pool, self.client
        ))
    }

    fn not_in(&self, backend: Backend, record: &SignInRecord) -> Failure {
        let failure = self.not_signed_in();
        if backend == record.store {
            return failure;
        }
        let stored = record.store;
        failure.hint(format!(
            "the last sign-in stored the tokens in: {stored}; unset COGNITO_TOKEN_STORE, or run \
             `cognito login`"
        ))
    }

    fn environment(&self) -> &Environment {
        &self.app.environment
    }
}

/// Completes a refresh that restoring may have started in the background. With refresh token
/// rotation, a program that ends before the new token is stored would lose the session.
async fn settle(session: &Session) -> Outcome {
    if session.needs_refresh()?
        && let Err(error) = session.refresh().await
        && error.ends_session()
    {
        return Err(error.into());
    }
    Ok(())
}
