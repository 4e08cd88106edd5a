//! Requests for one login or guest, with retries for expired tokens and stale identities.

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use cognito_types::{Clock, IdentityId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::identities::{CacheState, Earlier, Failed, Found, Identities, Origin};
use super::issued::{IdentityCredentials, OpenIdToken};
use super::login::{Login, LoginDigest, LoginSource, Logins};
use crate::app_client::{EpochSeconds, Nothing, secret, unreadable};
use crate::error::{Cause, Error, ErrorKind};
use crate::transport::{Operation, Transport};

/// The provider name in the credentials, which the SDK logs.
const PROVIDER_NAME: &str = "CognitoIdentityPool";

/// Sends the requests of one login or guest.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) transport: Transport,
    pub(super) identities: Identities,
    pub(super) logins: LoginSource,
    pub(super) role_arn: Option<String>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Received credentials.
pub(super) struct Received {
    pub(super) credentials: IdentityCredentials,
    /// The digest of the login that the service accepted.
    pub(super) digest: LoginDigest,
    /// The time of the response by the server's clock.
    pub(super) date: Option<SystemTime>,
}

impl Client {
    /// Returns the current login, or `None` of a guest.
    pub(super) async fn login(&self) -> Result<Option<Login>, Error> {
        self.logins.current(&*self.clock).await
    }

    /// Requests credentials (GetCredentialsForIdentity).
    pub(super) async fn credentials(&self, login: Option<Login>) -> Result<Received, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            #[serde(flatten)]
            identity: Identity<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            custom_role_arn: Option<&'a str>,
        }
        let request = |found: Found, login: Option<Login>| async move {
            let input = Input {
                identity: Identity::new(&found.id, login.as_ref()),
                custom_role_arn: self.role_arn.as_deref(),
            };
            let operation = Operation::GetCredentialsForIdentity;
            let (output, date) =
                self.transport.call_dated::<_, CredentialsOutput>(operation, &input).await?;
            let credentials = output.issued(found.id)?;
            let digest = Login::digest(login.as_ref());
            let id = credentials.identity_id.clone();
            Ok((Some(id), Received { credentials, digest, date }))
        };
        self.with_identity(login, request).await
    }

    /// Requests an OpenID token (GetOpenIdToken).
    pub(super) async fn open_id_token(&self) -> Result<OpenIdToken, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            identity_id: Option<String>,
            #[serde(default, deserialize_with = "secret")]
            token: Option<Zeroizing<String>>,
        }
        let request = |found: Found, login: Option<Login>| async move {
            let input = Identity::new(&found.id, login.as_ref());
            let output: Output = self.transport.call(Operation::GetOpenIdToken, &input).await?;
            let identity_id = returned(output.identity_id, found.id)?;
            let token = output.token.ok_or_else(unreadable)?;
            Ok((Some(identity_id.clone()), OpenIdToken { identity_id, token }))
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
        let Some(first) = self.login().await? else {
            return Err(Cause::new("a guest has no login to unlink").into());
        };
        // A refreshed token has the same provider and user, so the name and the cache entry of the
        // first login stay right.
        let provider = &first.provider;
        let request = |found: Found, login: Option<Login>| async move {
            let identity = Identity::new(&found.id, login.as_ref());
            let input = Input { identity, logins_to_remove: [provider] };
            let Nothing {} = self.transport.call(Operation::UnlinkIdentity, &input).await?;
            Ok((None, found))
        };
        let found = self.with_identity(Some(first.clone()), request).await?;
        self.identities.forget(&first, found).await
    }

    /// Returns the identity of the current login; `None` if it is the initial identity, which the
    /// service may replace.
    pub(super) async fn identity_id(&self) -> Result<Option<IdentityId>, Error> {
        let request = |found: Found, _| async move {
            Ok((None, Some(found.id).filter(|_| found.origin != Origin::Initial)))
        };
        self.with_identity(self.login().await?, request).await
    }

    /// Sends a request about the identity of a login, and caches the identity that the request
    /// returns.
    ///
    /// It retries once with a refreshed ID token if the token has expired, and once with the
    /// identity of GetId if the cached or initial identity does not belong to the login.
    async fn with_identity<T, F>(
        &self,
        mut login: Option<Login>,
        request: impl Fn(Found, Option<Login>) -> F + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<(Option<IdentityId>, T), Error>> + Send,
    {
        let (mut is_refreshed, mut earlier) = (false, Earlier::default());
        loop {
            let attempt = self.attempt(login.as_ref(), &earlier, &request);
            let Failed { error, stale, cache } = match attempt.await {
                Ok(output) => return Ok(output),
                Err(failed) => failed,
            };
            if cache == CacheState::Failed {
                earlier.cache = cache;
            }
            match (error.kind(), stale) {
                (ErrorKind::TokenExpired, _) if !is_refreshed => {
                    login = self.logins.refreshed(login.as_ref(), error).await?;
                    is_refreshed = true;
                }
                (ErrorKind::IdentityMismatch | ErrorKind::NotFound, Some(id))
                    if earlier.stale.is_none() =>
                {
                    earlier.stale = Some(id);
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt<T, F>(
        &self,
        login: Option<&Login>,
        earlier: &Earlier,
        request: &(impl Fn(Found, Option<Login>) -> F + Sync),
    ) -> Result<T, Failed>
    where
        T: Send,
        F: Future<Output = Result<(Option<IdentityId>, T), Error>> + Send,
    {
        let found = self.identities.find(login, earlier).await?;
        let (id, output) =
            request(found.clone(), login.cloned()).await.map_err(|error| found.failed(error))?;
        if let Some(id) = id {
            // The identity changes when a guest is merged with a user.
            self.identities.keep(login, found, id).await?;
        }
        Ok(output)
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsOutput {
    identity_id: Option<String>,
    credentials: Option<CredentialsMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsMember {
    #[serde(default, deserialize_with = "secret")]
    access_key_id: Option<Zeroizing<String>>,
    #[serde(default, deserialize_with = "secret")]
    secret_key: Option<Zeroizing<String>>,
    #[serde(default, deserialize_with = "secret")]
    session_token: Option<Zeroizing<String>>,
    expiration: Option<EpochSeconds>,
}

impl CredentialsOutput {
    fn issued(self, sent: IdentityId) -> Result<IdentityCredentials, Error> {
        let identity_id = returned(self.identity_id, sent)?;
        let member = self.credentials.ok_or_else(unreadable)?;
        let take = |secret: Option<Zeroizing<String>>| match secret {
            Some(mut secret) => Ok(std::mem::take(&mut *secret)),
            None => Err(unreadable()),
        };
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

/// Returns the identity of a response, or the one that was sent if the response has none.
fn returned(id: Option<String>, sent: IdentityId) -> Result<IdentityId, Error> {
    match id {
        Some(id) => id.parse().map_err(|_| unreadable()),
        None => Ok(sent),
    }
}
