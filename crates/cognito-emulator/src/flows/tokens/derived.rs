//! Token exchange (RFC 8693): exchanges a user's token for a token that is bound to one service.
//!
//! GetDerivedToken and the token endpoint share this code. It is based on the API reference and the
//! guide: no responses of the service are known, so that the messages of rejections are guesses.

use std::time::{Duration, UNIX_EPOCH};

use cognito_tokens::VerifyError;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::{Draft, SCOPE, access, claims};
use crate::flows::triggers::TokensToIssue;
use crate::model::ServiceError;
use crate::state::attempt::TokenOccasion;
use crate::state::keys::ReadyKeys;
use crate::state::pool::Pool;
use crate::state::sign_in_record::SignInRecord;

/// A request to exchange a token.
pub(crate) struct Exchange {
    /// The app client that exchanges the token.
    pub(crate) client_id: String,
    pub(crate) subject: Presented,
    /// The token of the service that acts for the user.
    pub(crate) actor: Option<Presented>,
    /// By default those of the subject token.
    pub(crate) scopes: Option<Vec<String>>,
    /// The service that the new token is for.
    pub(crate) target: Option<Target>,
    pub(crate) issued: Kind,
}

/// The service that a token is issued for, which becomes its audience.
pub(crate) enum Target {
    /// A logical name, which is not configured in the pool.
    Audience(String),
    /// The identifier of a resource server of the pool.
    Resource(String),
}

/// A token of the pool in a request.
pub(crate) struct Presented {
    pub(crate) token: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Access,
    Id,
}

/// The token that was issued in exchange.
pub(crate) struct DerivedToken {
    pub(crate) token: String,
    /// In seconds.
    pub(crate) lifetime: u64,
    /// The scopes of an access token.
    pub(crate) scopes: Vec<String>,
}

/// The reason why a token is not exchanged.
pub(crate) enum ExchangeError {
    /// The tier of the pool does not include token exchange.
    Plan,
    /// The app client does not allow this kind of exchange.
    Flow,
    /// The request is contradictory, or has a token of another identity provider.
    Request(ServiceError),
    /// The pool does not have the resource server.
    Target(ServiceError),
    /// A token in the request is not valid.
    Token(ServiceError),
    /// A trigger failed or rejected the new token, or the pool cannot issue it.
    Other(ServiceError),
}

impl ExchangeError {
    pub(crate) fn invalid(message: &'static str) -> Self {
        Self::Request(ServiceError::invalid_parameter(message))
    }
}

impl From<ServiceError> for ExchangeError {
    fn from(error: ServiceError) -> Self {
        Self::Other(error)
    }
}

/// The claims of a presented token.
#[derive(Deserialize)]
struct Party {
    sub: String,
    #[serde(default)]
    scope: String,
    username: Option<String>,
    #[serde(rename = "cognito:username")]
    id_username: Option<String>,
    origin_jti: Option<String>,
    event_id: Option<String>,
    /// The actors of the subject.
    act: Option<Value>,
}

/// Exchanges a token for an authenticated app client. The trigger may change or reject the new
/// token.
pub(crate) async fn exchange(
    context: &Context,
    exchange: Exchange,
) -> Result<DerivedToken, ExchangeError> {
    let keys = context.pool.keys()?;
    let prepared = context.step(|step| Ok(prepare(step, &keys, &exchange)))?;
    let Prepared { record, actor, draft, event } = prepared?;
    let draft = draft.changed(context, event).await?;
    context.step(|step| {
        // Checked again, because they may have been revoked while the trigger ran.
        let subject = check_live(step, &record, "subject");
        let actor = actor.map_or(Ok(()), |actor| check_live(step, &actor, "actor"));
        if let Err(error) = subject.and(actor) {
            return Ok(Err(ExchangeError::Token(error)));
        }
        sign(step.pool, &keys, exchange.issued, &record, draft).map(Ok)
    })?
}

/// A token before the trigger.
struct Prepared {
    /// The sign-in of the user, with the client that exchanges the token.
    record: SignInRecord,
    /// The sign-in of the actor, if it is a user.
    actor: Option<SignInRecord>,
    draft: Draft,
    event: TokensToIssue,
}

fn prepare(
    step: &mut Step<'_>,
    keys: &ReadyKeys,
    exchange: &Exchange,
) -> Result<Prepared, ExchangeError> {
    check(step.pool, exchange)?;
    let party = |presented, role| party(step, keys, presented, role).map_err(ExchangeError::Token);
    let (subject, record) = party(&exchange.subject, "subject")?;
    let actor = exchange.actor.as_ref().map(|actor| party(actor, "actor")).transpose()?;
    // It is a guess that machine-to-machine tokens cannot be exchanged.
    let mut record = record.ok_or_else(|| ExchangeError::Token(rejected("subject")))?;
    record.client_id.clone_from(&exchange.client_id);
    let scopes = granted_scopes(step.pool, exchange, &subject)?;
    let (act, actor) = match actor {
        Some((actor, record)) => (Some(act(actor, subject.act)), record),
        None => (subject.act, None),
    };
    let mut draft = Draft::new(step, &record)?;
    draft.access.insert("scope".to_owned(), scopes.join(" ").into());
    for claims in [&mut draft.access, &mut draft.id] {
        let audience = exchange.target.as_ref().map(|target| target.audience().into());
        let changed = [("aud", audience), ("act", act.clone())];
        claims.extend(
            changed.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
    }
    // The trigger source of exchanges is not documented.
    let event = draft.event(step, &record, TokenOccasion::Authentication);
    Ok(Prepared { record, actor, draft, event })
}

/// Checks the tier of the pool, the settings of the app client, and the target service.
fn check(pool: &Pool, exchange: &Exchange) -> Result<(), ExchangeError> {
    let client = pool.client(&exchange.client_id)?;
    if pool.settings.is_lite() {
        return Err(ExchangeError::Plan);
    }
    if !client.settings.allows_token_exchange(exchange.actor.is_some()) {
        return Err(ExchangeError::Flow);
    }
    match &exchange.target {
        Some(Target::Resource(identifier)) if pool.resource_servers.get(identifier).is_none() => {
            Err(ExchangeError::Target(ServiceError::resource_server_unknown(identifier)))
        }
        _ => Ok(()),
    }
}

impl Target {
    fn audience(&self) -> &str {
        let (Self::Audience(name) | Self::Resource(name)) = self;
        name
    }
}

/// Verifies a token, and returns its claims and its sign-in. Machine-to-machine tokens have none.
fn party(
    step: &Step<'_>,
    keys: &ReadyKeys,
    presented: &Presented,
    role: &str,
) -> Result<(Party, Option<SignInRecord>), ServiceError> {
    let rules = access::rules(step).allow_any_audience().allow_delegated();
    let now = UNIX_EPOCH + Duration::from_secs(step.now());
    let (keys, token) = (keys.public(step.now()), &presented.token);
    let claims: Result<Party, _> = match presented.kind {
        Kind::Access => rules.access_token(token, &keys, now).map(|claims| claims.extra()),
        Kind::Id => rules.id_token(token, &keys, now).map(|claims| claims.extra()),
    }
    .map_err(|error| match error {
        VerifyError::Expired { .. } => {
            ServiceError::not_authorized(format!("The {role} token has expired"))
        }
        _ => rejected(role),
    })?;
    let claims = claims.map_err(|_| rejected(role))?;
    let Some(username) = claims.username.as_ref().or(claims.id_username.as_ref()) else {
        return Ok((claims, None));
    };
    let (origin_jti, event_id) = (claims.origin_jti.as_deref(), claims.event_id.as_deref());
    let record = access::live_sign_in(step, username, origin_jti, event_id);
    let record = record.cloned().ok_or_else(|| revoked(role))?;
    check_live(step, &record, role)?;
    Ok((claims, Some(record)))
}

/// Checks that a sign-in was not revoked, and that its user exists and is enabled.
fn check_live(step: &Step<'_>, record: &SignInRecord, role: &str) -> Result<(), ServiceError> {
    step.pool.sign_ins.live(&record.origin_jti).ok_or_else(|| revoked(role))?;
    step.pool.user_of(record).ok_or_else(ServiceError::user_unknown)?.check_enabled()
}

/// Returns the requested scopes that the subject token has and the client is allowed.
///
/// It is a guess that a request without scopes requests all, and that every client is allowed the
/// scope of sign-ins through the API.
fn granted_scopes(
    pool: &Pool,
    exchange: &Exchange,
    subject: &Party,
) -> Result<Vec<String>, ServiceError> {
    let allowed: Vec<&String> = pool.client(&exchange.client_id)?.settings.scopes().collect();
    let held = subject.scope.split_whitespace().map(str::to_owned);
    let is_wanted =
        |scope: &String| exchange.scopes.as_ref().is_none_or(|wanted| wanted.contains(scope));
    let is_allowed = |scope: &String| scope == SCOPE || allowed.contains(&scope);
    Ok(held.filter(|scope| is_wanted(scope) && is_allowed(scope)).collect())
}

/// Returns the claim `act`, with the last actor outermost (RFC 8693, 4.1).
///
/// Actors of the actor are left out, which is a guess.
fn act(actor: Party, before: Option<Value>) -> Value {
    match before {
        Some(before) => json!({ "sub": actor.sub, "act": before }),
        None => json!({ "sub": actor.sub }),
    }
}

/// Signs the requested token. It is a guess that it may outlive the subject token.
fn sign(
    pool: &Pool,
    keys: &ReadyKeys,
    issued: Kind,
    record: &SignInRecord,
    draft: Draft,
) -> Result<DerivedToken, ServiceError> {
    let scopes = draft.access.get("scope").and_then(Value::as_str).unwrap_or_default();
    let scopes = scopes.split_whitespace().map(str::to_owned).collect();
    let settings = &pool.client(&record.client_id)?.settings;
    Ok(match issued {
        Kind::Access => DerivedToken {
            token: keys.access().sign(&claims::payload(draft.access)),
            lifetime: draft.lifetime,
            scopes,
        },
        Kind::Id => DerivedToken {
            token: keys.id().sign(&claims::payload(draft.id)),
            lifetime: settings.id_token_seconds(),
            scopes: Vec::new(),
        },
    })
}

fn revoked(role: &str) -> ServiceError {
    ServiceError::not_authorized(format!("The {role} token has been revoked"))
}

fn rejected(role: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Invalid {role} token"))
}
