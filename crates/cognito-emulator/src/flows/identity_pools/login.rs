//! The check of the tokens by which a user logs in to an identity pool.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::tokens::live_sign_in;
use crate::model::ServiceError;
use crate::state::identity_pool::IdentityPool;
use crate::state::identity_pool::identities::Login;
use crate::state::keys::ReadyKeys;

/// Tokens by their providers.
pub(crate) type Logins = BTreeMap<String, String>;

/// A login whose token was verified.
pub(super) struct VerifiedLogin {
    pub(super) login: Login,
    /// The app client that the token is for.
    pub(super) client_id: String,
    pub(super) claims: Map<String, Value>,
}

impl VerifiedLogin {
    /// Returns the key of the role mapping for it.
    pub(super) fn mapping_key(&self) -> String {
        format!("{}:{}", self.login.provider, self.client_id)
    }
}

/// Verifies all logins. Of the providers, user pools alone exist in the emulator.
pub(super) fn verify(
    service: &Service,
    pool: &IdentityPool,
    logins: &Logins,
) -> Result<Vec<VerifiedLogin>, ServiceError> {
    let verify = |(provider, token): (&String, &String)| match pool.settings.has_user_pool(provider)
    {
        true => verify_user_pool(service, pool, provider, token),
        false => Err(unsupported_provider()),
    };
    logins.iter().map(verify).collect()
}

fn verify_user_pool(
    service: &Service,
    pool: &IdentityPool,
    provider: &str,
    token: &str,
) -> Result<VerifiedLogin, ServiceError> {
    let claims = unverified_claims(token);
    let claims = claims.ok_or_else(|| invalid("Not a valid OpenId Connect identity token."))?;
    let user_pool = provider.rsplit('/').next().and_then(|id| service.pool(id).ok());
    // Of a user pool without a key set: amazon-cognito-identity-js#91.
    let user_pool = user_pool.ok_or_else(|| invalid("Couldn't verify signed token."))?;
    let keys = user_pool.keys()?;
    user_pool.step(&service.shared, &mut Caller::default(), |step| {
        check_signed(step, &keys, provider, token, &claims)?;
        let client_id = check_audience(pool, provider, &claims)?;
        check_time(step, &claims)?;
        let is_checked = |client_id| {
            let client = pool.settings.client(provider, client_id);
            client.is_some_and(|client| client.checks_users())
        };
        if is_checked(client_id) {
            check_user(step, &claims)?;
        }
        let subject = text(&claims, "sub").unwrap_or_default().to_owned();
        let login = Login { provider: provider.to_owned(), subject };
        Ok(VerifiedLogin { login, client_id: client_id.to_owned(), claims: claims.clone() })
    })
}

/// Checks the issuer and the signature. The key of a provider names the pool by its first issuer,
/// whichever issuer its tokens have.
fn check_signed(
    step: &Step<'_>,
    keys: &ReadyKeys,
    provider: &str,
    token: &str,
    claims: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let is_of_pool = step.pool.id.issuer().strip_prefix("https://") == Some(provider);
    if !is_of_pool || text(claims, "iss") != Some(&step.issuer()) {
        return Err(invalid("Issuer doesn't match providerName"));
    }
    let verified = keys.public(step.now()).verify_compact(token);
    verified.map(drop).map_err(|_| invalid("Token signature invalid."))
}

/// Returns the app client of a token, which must be among the providers.
fn check_audience<'a>(
    pool: &IdentityPool,
    provider: &str,
    claims: &'a Map<String, Value>,
) -> Result<&'a str, ServiceError> {
    // An access token has none, or that of a resource: amazon-cognito-identity-js#7.
    let audience = text(claims, "aud").filter(|_| text(claims, "token_use") == Some("id"));
    let audience = audience.ok_or_else(|| invalid("Missing a required claim: aud"))?;
    match pool.settings.client(provider, audience) {
        Some(_) => Ok(audience),
        None => Err(unsupported_provider()),
    }
}

/// Rejects an expired token. Whether the service has a leeway is unknown.
fn check_time(step: &Step<'_>, claims: &Map<String, Value>) -> Result<(), ServiceError> {
    let expires = claims.get("exp").and_then(Value::as_u64).unwrap_or_default();
    match step.now() {
        now if now >= expires => Err(invalid(&format!("Token expired: {now} >= {expires}"))),
        _ => Ok(()),
    }
}

/// ServerSideTokenCheck: rejects users who were deleted, disabled or signed out. The API reference
/// has the exception; the messages are guesses.
fn check_user(step: &Step<'_>, claims: &Map<String, Value>) -> Result<(), ServiceError> {
    let username = text(claims, "cognito:username").unwrap_or_default();
    let user = step.pool.users.get(username).filter(|user| text(claims, "sub") == Some(&*user.sub));
    let user = user.ok_or_else(|| invalid("User does not exist."))?;
    if !user.enabled {
        return Err(invalid("User is disabled."));
    }
    let sign_in =
        live_sign_in(step, username, text(claims, "origin_jti"), text(claims, "event_id"));
    sign_in.map(drop).ok_or_else(|| invalid("Token has been revoked."))
}

fn unverified_claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok().filter(|_| parts.next().is_none())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn invalid(reason: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Invalid login token. {reason}"))
}

fn unsupported_provider() -> ServiceError {
    ServiceError::not_authorized("Token is not from a supported provider of this identity pool.")
}
