//! Requests of one login or guest, and the identity that they are about.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use cognito_types::{Clock, IdentityId, IdentityPoolId, StoreError};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::runtime::Handle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::identity_cache::{IdentityCache, IdentityKey};
use super::issued::{IdentityCredentials, OpenIdToken};
use super::login::{Login, LoginDigest, LoginSource};
use crate::app_client::{EpochSeconds, unreadable};
use crate::error::{Cause, Error, ErrorKind};
use crate::session::STORE_TIMEOUT;
use crate::transport::{Operation, Transport};

/// The name of the provider in the credentials and in logs of the SDK.
const PROVIDER_NAME: &str = "CognitoIdentityPool";

/// Sends the requests of one login or guest.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) transport: Transport,
    pub(super) pool: IdentityPoolId,
    pub(super) logins: LoginSource,
    pub(super) role_arn: Option<String>,
    /// The identity to begin with, in place of one that GetId returns.
    pub(super) initial: Option<IdentityId>,
    pub(super) cache: Arc<dyn IdentityCache>,
    pub(super) clock: Arc<dyn Clock>,
}

/// The identity of a login.
struct Found {
    id: IdentityId,
    /// The one that the cache has.
    cached: Option<IdentityId>,
    /// True if it is not of a response to GetId, so that another one may be right.
    may_be_stale: bool,
}

/// An error with the identity that may be the reason for it.
struct Failed {
    error: Error,
    known: Option<IdentityId>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, known: None }
    }
}

impl Client {
    /// Returns the current login, or `None` of a guest.
    pub(super) async fn login(&self) -> Result<Option<Login>, Error> {
        self.logins.current(&*self.clock).await
    }

    /// Requests credentials (GetCredentialsForIdentity), and returns them with the digest of the
    /// login that the service has accepted.
    pub(super) async fn credentials(
        &self,
        login: Option<Login>,
    ) -> Result<(IdentityCredentials, LoginDigest), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            identity_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            logins: Option<Logins<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            custom_role_arn: Option<&'a str>,
        }
        let request = |id: IdentityId, login: Option<Login>| async move {
            let input = Input {
                identity_id: id.as_str(),
                logins: login.as_ref().map(Logins),
                custom_role_arn: self.role_arn.as_deref(),
            };
            let operation = Operation::GetCredentialsForIdentity;
            let output: CredentialsOutput = self.transport.call(operation, &input).await?;
            let credentials = output.issued(id)?;
            let digest = Login::digest(login.as_ref());
            Ok((credentials.identity_id.clone(), (credentials, digest)))
        };
        self.with_identity(login, request).await
    }

    /// Requests an OpenID token (GetOpenIdToken).
    pub(super) async fn open_id_token(&self) -> Result<OpenIdToken, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            identity_id: Option<String>,
            token: Option<Secret>,
        }
        let request = |id: IdentityId, login: Option<Login>| async move {
            let input = Identity::new(&id, login.as_ref());
            let output: Output = self.transport.call(Operation::GetOpenIdToken, &input).await?;
            let identity_id = returned(output.identity_id, id)?;
            let token = output.token.ok_or_else(unreadable)?;
            Ok((identity_id.clone(), OpenIdToken { identity_id, token: token.0 }))
        };
        self.with_identity(self.login().await?, request).await
    }

    /// Removes the login from its identity (UnlinkIdentity).
    pub(super) async fn unlink(&self) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            #[serde(flatten)]
            identity: Identity<'a>,
            logins_to_remove: [&'a str; 1],
        }
        #[derive(Deserialize)]
        struct Nothing {}
        let Some(login) = self.login().await? else {
            return Err(Cause::new("a guest has no login to unlink").into());
        };
        let key = self.key(Some(&login));
        let request = |id: IdentityId, login: Option<Login>| async move {
            let Some(login) = login else { return Err(unreadable()) };
            let input = Input {
                identity: Identity::new(&id, Some(&login)),
                logins_to_remove: [&login.provider],
            };
            let Nothing {} = self.transport.call(Operation::UnlinkIdentity, &input).await?;
            Ok((id.clone(), id))
        };
        let id = self.with_identity(Some(login), request).await?;
        self.replace(&key, Some(id), None).await.map(drop)
    }

    /// Returns the identity of the current login.
    pub(super) async fn identity_id(&self) -> Result<IdentityId, Error> {
        let request = |id: IdentityId, _| async move { Ok((id.clone(), id)) };
        self.with_identity(self.login().await?, request).await
    }

    /// Sends a request about the identity of a login; it returns the identity of the response.
    ///
    /// Once each, an ID token that has expired is refreshed, and an identity that is not the
    /// login's is replaced by that of GetId.
    async fn with_identity<T, F>(
        &self,
        mut login: Option<Login>,
        request: impl Fn(IdentityId, Option<Login>) -> F + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<(IdentityId, T), Error>> + Send,
    {
        let (mut is_renewed, mut stale) = (false, None);
        loop {
            let key = self.key(login.as_ref());
            let attempt = self.attempt(&key, login.as_ref(), stale.as_ref(), &request);
            let Failed { error, known } = match attempt.await {
                Ok(output) => return Ok(output),
                Err(failed) => failed,
            };
            match (error.kind(), known) {
                (ErrorKind::TokenExpired, _) if !is_renewed => {
                    login = self.logins.renewed(login.as_ref(), error).await?;
                    is_renewed = true;
                }
                (ErrorKind::IdentityMismatch | ErrorKind::NotFound, Some(id))
                    if stale.is_none() =>
                {
                    self.replace(&key, Some(id.clone()), None).await?;
                    stale = Some(id);
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt<T, F>(
        &self,
        key: &IdentityKey,
        login: Option<&Login>,
        stale: Option<&IdentityId>,
        request: &(impl Fn(IdentityId, Option<Login>) -> F + Sync),
    ) -> Result<T, Failed>
    where
        T: Send,
        F: Future<Output = Result<(IdentityId, T), Error>> + Send,
    {
        let found = self.find(key, login, stale).await?;
        let outcome = request(found.id.clone(), login.cloned()).await;
        let known = found.may_be_stale.then(|| found.id.clone());
        let (id, output) = outcome.map_err(|error| Failed { error, known })?;
        // Another identity after a guest was merged with a user.
        if found.cached.as_ref() != Some(&id) {
            self.replace(key, found.cached, Some(id)).await?;
        }
        Ok(output)
    }

    /// Returns the identity of a login: that of the cache, that to begin with, or that of GetId.
    async fn find(
        &self,
        key: &IdentityKey,
        login: Option<&Login>,
        stale: Option<&IdentityId>,
    ) -> Result<Found, Error> {
        let cached = limited(key, self.cache.find_identity(key)).await?.flatten();
        let initial = self.initial.as_ref().filter(|_| stale.is_none());
        let known = cached.clone().or_else(|| initial.cloned());
        if let Some(id) = known.filter(|id| Some(id) != stale) {
            return Ok(Found { id, cached, may_be_stale: true });
        }
        let id = self.get_id(login).await?;
        let kept = self.replace(key, cached, Some(id.clone())).await?;
        // Another program may have created a guest in the meantime, of whom there should be one.
        let id = kept.clone().filter(|_| key.is_guest()).unwrap_or(id);
        Ok(Found { id, cached: kept, may_be_stale: false })
    }

    /// GetId.
    async fn get_id(&self, login: Option<&Login>) -> Result<IdentityId, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            identity_pool_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            logins: Option<Logins<'a>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            identity_id: Option<String>,
        }
        let input = Input { identity_pool_id: self.pool.as_str(), logins: login.map(Logins) };
        let output: Output = self.transport.call(Operation::GetId, &input).await?;
        let id = output.identity_id.ok_or_else(unreadable)?;
        id.parse().map_err(|_| unreadable())
    }

    async fn replace(
        &self,
        key: &IdentityKey,
        seen: Option<IdentityId>,
        new: Option<IdentityId>,
    ) -> Result<Option<IdentityId>, Error> {
        let kept = limited(key, self.cache.replace_identity(key, seen, new)).await?;
        Ok(kept.flatten())
    }

    fn key(&self, login: Option<&Login>) -> IdentityKey {
        match login {
            Some(login) => {
                IdentityKey::of_login(self.pool.clone(), &login.provider, &login.subject)
            }
            None => IdentityKey::of_guest(self.pool.clone()),
        }
    }
}

/// Awaits an operation of the cache for a limited time; `None` if it fails for a login, whose
/// identity GetId returns again. A guest's would be lost.
async fn limited<T>(
    key: &IdentityKey,
    operation: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<Option<T>, Error> {
    // Without a runtime a timer panics.
    Handle::try_current().map_err(|error| Error::new(ErrorKind::NoRuntime).with_source(error))?;
    let late = |_| Err(StoreError::new(Cause::new("the store did not respond in time")));
    match timeout(STORE_TIMEOUT, operation).await.unwrap_or_else(late) {
        Ok(output) => Ok(Some(output)),
        Err(error) if key.is_guest() => Err(Error::new(ErrorKind::Store).with_source(error)),
        Err(_) => {
            tracing::warn!("the cache of identities failed; the identity is requested again");
            Ok(None)
        }
    }
}

/// An identity with the login that proves it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identity<'a> {
    identity_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    logins: Option<Logins<'a>>,
}

impl<'a> Identity<'a> {
    fn new(id: &'a IdentityId, login: Option<&'a Login>) -> Self {
        Self { identity_id: id.as_str(), logins: login.map(Logins) }
    }
}

/// The map of one login: the name of its provider, and the ID token.
struct Logins<'a>(&'a Login);

impl Serialize for Logins<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&*self.0.provider, self.0.token())])
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsOutput {
    identity_id: Option<String>,
    credentials: Option<CredentialsMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsMember {
    access_key_id: Option<Secret>,
    secret_key: Option<Secret>,
    session_token: Option<Secret>,
    expiration: Option<EpochSeconds>,
}

impl CredentialsOutput {
    fn issued(self, sent: IdentityId) -> Result<IdentityCredentials, Error> {
        let identity_id = returned(self.identity_id, sent)?;
        let member = self.credentials.ok_or_else(unreadable)?;
        let take = |secret: Option<Secret>| secret.map(Secret::into_inner).ok_or_else(unreadable);
        let expires_at: SystemTime =
            member.expiration.and_then(EpochSeconds::time).ok_or_else(unreadable)?;
        let credentials = Credentials::new(
            take(member.access_key_id)?,
            take(member.secret_key)?,
            Some(take(member.session_token)?),
            Some(expires_at),
            PROVIDER_NAME,
        );
        Ok(IdentityCredentials { identity_id, credentials, expires_at })
    }
}

/// Returns the identity of a response, or the one that was sent if it has none.
fn returned(id: Option<String>, sent: IdentityId) -> Result<IdentityId, Error> {
    match id {
        Some(id) => id.parse().map_err(|_| unreadable()),
        None => Ok(sent),
    }
}

/// A text of a response, which is wiped if the rest of the response cannot be understood.
struct Secret(Zeroizing<String>);

impl Secret {
    fn into_inner(mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
