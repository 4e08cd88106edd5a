//! The request of a token exchange, and its response.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cognito_types::{
    BoxFuture, ClientId, ClientSecret, Clock, SecurityToken, SecurityTokenKind, TokenError,
    TokenErrorKind, TokenKind, TokenRequest, TokenSet, TokenSource,
};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::{ExchangeKey, Target};
use crate::cached::{Fetch, Fetched};
use crate::m2m::expiry;
use crate::post::{PostError, Poster, form, read};
use crate::token_endpoint_error::TokenEndpointError;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

// The types of tokens (RFC 8693, 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Exchanges tokens at an endpoint.
#[derive(Clone)]
pub(super) struct Fetcher(pub(super) Arc<Exchange>);

pub(super) struct Exchange {
    pub(super) poster: Poster,
    pub(super) url: Url,
    pub(super) client: ClientId,
    /// The tokens of the service itself.
    pub(super) actor: Option<Arc<dyn TokenSource>>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A response (RFC 8693, 2.2.1).
#[derive(Deserialize)]
struct Granted {
    /// An ID token too is in this member.
    access_token: String,
    issued_token_type: Option<String>,
    expires_in: u64,
}

/// A token with its type.
struct Presented {
    token: Zeroizing<String>,
    of: &'static str,
}

impl Fetch<ExchangeKey> for Fetcher {
    fn fetch(
        &self,
        key: ExchangeKey,
        _: Option<TokenSet>,
    ) -> BoxFuture<'static, Result<Fetched, TokenError>> {
        let Self(exchange) = self.clone();
        Box::pin(async move { exchange.exchanged(&key).await })
    }
}

impl Exchange {
    async fn exchanged(&self, key: &ExchangeKey) -> Result<Fetched, TokenError> {
        let subject = Presented::new(&key.subject)?;
        let now = self.clock.now();
        let left = lifetime_left(&key.subject, now)?;
        let actor = match (&key.actor, &self.actor) {
            (Some(token), _) => Some(Presented::new(token)?),
            (None, Some(source)) => Some(own_token(&**source).await?),
            (None, None) => None,
        };
        let body = body(&self.client, key, &subject, actor.as_ref());
        let write = |secret: Option<&ClientSecret>| form(&self.client, secret, body.to_string());
        let granted = self.poster.post(&self.url, write).await.map_err(refused)?;
        let granted: Granted = read(&granted).map_err(refused)?;
        Ok(fetched(granted, key.want.kind(), now, left)?)
    }
}

impl Presented {
    fn new(token: &SecurityToken) -> Result<Self, TokenEndpointError> {
        const FOREIGN: &str = "the token endpoint is for access and ID tokens of the pool; exchange \
                               others by UserPool::exchange_token";
        let of = match (token.kind(), token.provider()) {
            (SecurityTokenKind::Access, None) => ACCESS_TOKEN,
            (SecurityTokenKind::Id, None) => ID_TOKEN,
            _ => return Err(TokenEndpointError::Unsupported(FOREIGN)),
        };
        Ok(Self { token: Zeroizing::new(token.expose_secret().to_owned()), of })
    }
}

/// Returns the time until the end of the user's token, which no token in exchange for it outlives.
fn lifetime_left(subject: &SecurityToken, now: SystemTime) -> Result<Duration, TokenEndpointError> {
    let ends = expiry(subject.expose_secret());
    let left = ends.and_then(|ends| ends.duration_since(now).ok());
    left.filter(|left| !left.is_zero()).ok_or(TokenEndpointError::SubjectRefused)
}

/// Returns the token by which the service names itself. An error of it is none of the user.
async fn own_token(source: &dyn TokenSource) -> Result<Presented, TokenError> {
    let token =
        source.token(&TokenRequest::access()).await.map_err(|error| match error.kind() {
            TokenErrorKind::Ended => TokenError::new(TokenErrorKind::Configuration, error),
            _ => error,
        })?;
    let token = Zeroizing::new(token.expose_secret().to_owned());
    Ok(Presented { token, of: ACCESS_TOKEN })
}

fn body(
    client: &ClientId,
    key: &ExchangeKey,
    subject: &Presented,
    actor: Option<&Presented>,
) -> Zeroizing<String> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", GRANT_TYPE)
        .append_pair("client_id", client.as_str())
        .append_pair("subject_token", &subject.token)
        .append_pair("subject_token_type", subject.of)
        .append_pair("requested_token_type", type_of(key.want.kind()));
    if let Some(actor) = actor {
        form.append_pair("actor_token", &actor.token).append_pair("actor_token_type", actor.of);
    }
    match &key.target {
        Some(Target::Audience(name)) => drop(form.append_pair("audience", name)),
        Some(Target::Resource(identifier)) => drop(form.append_pair("resource", identifier)),
        None => {}
    }
    if !key.want.scopes().is_empty() {
        form.append_pair("scope", &key.want.scopes().join(" "));
    }
    Zeroizing::new(form.finish())
}

fn type_of(kind: TokenKind) -> &'static str {
    if kind == TokenKind::Id { ID_TOKEN } else { ACCESS_TOKEN }
}

fn fetched(
    granted: Granted,
    kind: TokenKind,
    now: SystemTime,
    left: Duration,
) -> Result<Fetched, TokenEndpointError> {
    // A token of another type than the requested one would not be what the service expects.
    if granted.issued_token_type.is_some_and(|issued| issued != type_of(kind)) {
        return Err(TokenEndpointError::Malformed);
    }
    let seconds = granted.expires_in;
    tracing::debug!(seconds, "the endpoint issued a token in exchange");
    let lifetime = Duration::from_secs(seconds);
    let set = TokenSet::new(&*granted.access_token, now, lifetime.min(left));
    let set = match kind {
        TokenKind::Id => set.with_id_token(granted.access_token),
        _ => set,
    };
    Ok(Fetched { set, is_renewable: lifetime < left })
}

/// Returns the error of a refusal. RFC 8693, 2.2.2 has `invalid_request` for tokens that are not
/// valid, and the request itself is well-formed.
fn refused(error: PostError) -> TokenEndpointError {
    match error {
        PostError::Refused("invalid_request" | "invalid_grant") => {
            TokenEndpointError::SubjectRefused
        }
        error => error.into(),
    }
}
