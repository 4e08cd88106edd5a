//! The request of a token exchange, and its response.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cognito_tokens::unverified_expiry;
use cognito_types::{
    BoxFuture, ClientId, ClientSecret, Clock, IssuedToken, SecurityToken, SecurityTokenKind,
    TokenError, TokenKind, TokenSet,
};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::own_actor::OwnActor;
use super::{ExchangeKey, Target};
use crate::cached::{Fetch, Fetched};
use crate::post::{About, PostError, Poster, form, form_body, lifetime, read};
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
    pub(super) actor: Option<OwnActor>,
    /// The maximum time for which a token is used.
    pub(super) max_age: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

/// A response (RFC 8693, 2.2.1).
#[derive(Deserialize)]
struct Granted {
    /// This member also holds ID tokens.
    access_token: String,
    issued_token_type: Option<String>,
    expires_in: u64,
}

/// A token with its type.
struct Presented<'t> {
    token: &'t str,
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
        check_parameters(key)?;
        let now = self.clock.now();
        let left = lifetime_left(&key.subject, now)?;
        let granted = match (&key.actor, &self.actor) {
            (Some(token), _) => {
                let actor = Presented::new(token)?;
                // An expired token of the actor would be refused, perhaps with an error about the
                // user's token.
                lifetime_left(token, now).map_err(|_| TokenEndpointError::ActorRefused)?;
                let granted = self.send(key, &subject, Some(&actor)).await;
                granted.map_err(|error| refused(error, false))?
            }
            (None, Some(own)) => self.send_as(own, key, &subject).await?,
            (None, None) => {
                self.send(key, &subject, None).await.map_err(|error| refused(error, true))?
            }
        };
        let granted: Granted = read(&granted).map_err(TokenEndpointError::from)?;
        Ok(self.fetched(granted, key.request.kind(), now, left)?)
    }

    /// Sends the request with the service's own token, and retries it if another token of its own
    /// may help.
    async fn send_as(
        &self,
        own: &OwnActor,
        key: &ExchangeKey,
        subject: &Presented<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let token = own.token().await?;
        let mut outcome = self.send(key, subject, Some(&Presented::own(&token))).await;
        if outcome.as_ref().is_err_and(may_be_about_the_actor)
            && let Some(next) = own.instead_of(&token).await?
        {
            outcome = self.send(key, subject, Some(&Presented::own(&next))).await;
        }
        let now = self.clock.elapsed();
        if outcome.is_ok() {
            own.accepted(now);
        }
        Ok(outcome.map_err(|error| refused(error, own.is_good(now)))?)
    }

    async fn send(
        &self,
        key: &ExchangeKey,
        subject: &Presented<'_>,
        actor: Option<&Presented<'_>>,
    ) -> Result<Zeroizing<Vec<u8>>, PostError> {
        let body = body(&self.client, key, subject, actor);
        let write = |secret: Option<&ClientSecret>| form(&self.client, secret, body.clone());
        self.poster.post(&self.url, write).await
    }

    fn fetched(
        &self,
        granted: Granted,
        kind: TokenKind,
        now: SystemTime,
        left: Duration,
    ) -> Result<Fetched, TokenEndpointError> {
        let token = Zeroizing::new(granted.access_token);
        // A token of another type is not what the service expects.
        if granted.issued_token_type.is_some_and(|issued| issued != type_of(kind)) {
            return Err(TokenEndpointError::Malformed);
        }
        let seconds = granted.expires_in;
        tracing::debug!(seconds, "the endpoint issued a token in exchange");
        let lifetime = lifetime(seconds, &token).min(self.max_age);
        let set = TokenSet::new(token.as_str(), now, lifetime.min(left));
        let set = match kind {
            TokenKind::Id => set.with_id_token(token.as_str()),
            _ => set,
        };
        Ok(Fetched { set, is_renewable: lifetime < left })
    }
}

impl<'t> Presented<'t> {
    fn new(token: &'t SecurityToken) -> Result<Self, TokenEndpointError> {
        const FOREIGN: &str = "the token endpoint is for access and ID tokens of the pool; exchange \
                               others by UserPool::exchange_token";
        let of = match (token.kind(), token.provider()) {
            (SecurityTokenKind::Access, None) => ACCESS_TOKEN,
            (SecurityTokenKind::Id, None) => ID_TOKEN,
            _ => return Err(TokenEndpointError::Unsupported(FOREIGN)),
        };
        Ok(Self { token: token.expose_secret(), of })
    }

    fn own(token: &'t IssuedToken) -> Self {
        Self { token: token.expose_secret(), of: ACCESS_TOKEN }
    }
}

/// Returns the remaining lifetime of the user's token, which limits that of an exchanged token.
fn lifetime_left(subject: &SecurityToken, now: SystemTime) -> Result<Duration, TokenEndpointError> {
    let ends = unverified_expiry(subject.expose_secret());
    let left = ends.and_then(|ends| ends.duration_since(now).ok());
    left.filter(|left| !left.is_zero()).ok_or(TokenEndpointError::SubjectRefused)
}

/// Checks the parameters against the limits of the API, so that a refusal is not about them.
fn check_parameters(key: &ExchangeKey) -> Result<(), TokenEndpointError> {
    const LIMITS: &str = "an audience, a resource or a scope has 1 to 256 printable ASCII characters \
                          without spaces, quotation marks and backslashes, and there are 50 scopes \
                          at most";
    let is_allowed = |c: char| matches!(c, '!'..='~') && !matches!(c, '"' | '\\');
    let fits = |text: &str| (1..=256).contains(&text.len()) && text.chars().all(is_allowed);
    let (scopes, target) = (key.request.scopes(), key.target.as_ref().map(Target::name));
    let all_fit = target.is_none_or(fits) && scopes.iter().all(|scope| fits(scope));
    match all_fit && scopes.len() <= 50 {
        true => Ok(()),
        false => Err(TokenEndpointError::Unsupported(LIMITS)),
    }
}

fn body(
    client: &ClientId,
    key: &ExchangeKey,
    subject: &Presented<'_>,
    actor: Option<&Presented<'_>>,
) -> Bytes {
    let scopes = key.request.scopes().join(" ");
    let mut pairs = vec![
        ("grant_type", GRANT_TYPE),
        ("client_id", client.as_str()),
        ("subject_token", subject.token),
        ("subject_token_type", subject.of),
        ("requested_token_type", type_of(key.request.kind())),
    ];
    if let Some(actor) = actor {
        pairs.extend([("actor_token", actor.token), ("actor_token_type", actor.of)]);
    }
    match &key.target {
        Some(Target::Audience(name)) => pairs.push(("audience", name)),
        Some(Target::Resource(identifier)) => pairs.push(("resource", identifier)),
        None => {}
    }
    if !scopes.is_empty() {
        pairs.push(("scope", &scopes));
    }
    form_body(&pairs)
}

fn type_of(kind: TokenKind) -> &'static str {
    if kind == TokenKind::Id { ID_TOKEN } else { ACCESS_TOKEN }
}

fn may_be_about_the_actor(error: &PostError) -> bool {
    use About::{Actor, Unknown};
    matches!(error, PostError::Refused("invalid_request" | "invalid_grant", Unknown | Actor))
}

/// Returns the error of a refusal. RFC 8693, 2.2.2 uses `invalid_request` for invalid tokens, and
/// the request itself is well-formed.
///
/// The error ends the user's session only if nothing else can be the cause: blaming the user for a
/// fault of the service would sign out all users.
fn refused(error: PostError, is_actor_good: bool) -> TokenEndpointError {
    match error {
        PostError::Refused("invalid_request" | "invalid_grant", about) => match about {
            About::Subject => TokenEndpointError::SubjectRefused,
            About::Unknown if is_actor_good => TokenEndpointError::SubjectRefused,
            About::Unknown | About::Actor => TokenEndpointError::ActorRefused,
            About::Parameter | About::Trigger => error.into(),
        },
        error => error.into(),
    }
}
