//! Verification of login tokens.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::open_id_token::{self, TokenError};
use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::tokens::live_sign_in;
use crate::model::ServiceError;
use crate::state::identity_pool::identities::Login;
use crate::state::identity_pool::{IdentityPool, UserPoolProvider};
use crate::state::keys::ReadyKeys;

/// Tokens by their providers.
pub(crate) type Logins = BTreeMap<String, String>;

/// The key of a login with a token of GetOpenIdTokenForDeveloperIdentity.
const OF_DEVELOPERS: &str = "cognito-identity.amazonaws.com";

/// A login whose token was verified.
pub(super) struct VerifiedLogin {
    pub(super) login: Login,
    /// The key of the role mapping for the login.
    pub(super) mapping_key: String,
    /// The method of the login, for `amr`.
    pub(super) method: String,
    pub(super) claims: Map<String, Value>,
}

/// Verifies all logins. The emulator supports user pools and developer providers only.
pub(super) fn verify(
    service: &Service,
    pool: &IdentityPool,
    logins: &Logins,
) -> Result<Vec<VerifiedLogin>, ServiceError> {
    let verify = |(provider, token): (&String, &String)| match provider.as_str() {
        OF_DEVELOPERS if pool.settings.developer_provider_name.is_some() => {
            verify_developers(service, pool, token)
        }
        provider if pool.settings.has_user_pool(provider) => {
            verify_user_pool(service, pool, provider, token)
        }
        _ => Err(unsupported_provider()),
    };
    logins.iter().map(verify).collect()
}

/// Returns the login of a developer-authenticated user.
pub(super) fn of_developers(provider: &str, pool: &IdentityPool, subject: &str) -> VerifiedLogin {
    VerifiedLogin {
        login: Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            is_developers: true,
        },
        mapping_key: provider.to_owned(),
        method: format!("{}{subject}", developers_method(provider, pool)),
        claims: Map::new(),
    }
}

/// Returns the prefix of the `amr` value for a developer-authenticated user.
fn developers_method(provider: &str, pool: &IdentityPool) -> String {
    format!("{provider}:{}:", pool.id)
}

fn verify_developers(
    service: &Service,
    pool: &IdentityPool,
    token: &str,
) -> Result<VerifiedLogin, ServiceError> {
    let claims = open_id_token::verify(service, token).map_err(|error| match error {
        TokenError::Malformed => not_a_token(),
        TokenError::UnknownIssuer(_) => other_issuer(),
        TokenError::WrongSignature => wrong_signature(),
        TokenError::Expired(expires) => expired(service.shared.now(), expires),
    })?;
    if text(&claims, "aud") != Some(&pool.id) {
        return Err(unsupported_provider());
    }
    let provider = pool.settings.developer_provider_name.as_deref().unwrap_or_default();
    let method = developers_method(provider, pool);
    let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let mut subjects = methods.filter_map(|text| text.as_str()?.strip_prefix(&method));
    let subject = subjects.next().ok_or_else(unsupported_provider)?;
    Ok(of_developers(provider, pool, subject))
}

fn verify_user_pool(
    service: &Service,
    pool: &IdentityPool,
    provider: &str,
    token: &str,
) -> Result<VerifiedLogin, ServiceError> {
    let claims = unverified_claims(token).ok_or_else(not_a_token)?;
    let user_pool = provider.rsplit('/').next().and_then(|id| service.pool(id).ok());
    // The message for a missing key set: amazon-cognito-identity-js#91.
    let user_pool = user_pool.ok_or_else(|| invalid("Couldn't verify signed token."))?;
    let keys = user_pool.keys()?;
    user_pool.step(&service.shared, &mut Caller::default(), |step| {
        check_signed(step, &keys, provider, token, &claims)?;
        let client_id = check_audience(pool, provider, &claims)?;
        check_time(step.now(), &claims)?;
        let client = pool.settings.client(provider, client_id);
        if client.is_some_and(UserPoolProvider::checks_users) {
            check_user(step, &claims)?;
        }
        let subject = text(&claims, "sub").unwrap_or_default().to_owned();
        Ok(VerifiedLogin {
            mapping_key: format!("{provider}:{client_id}"),
            method: format!("{provider}:CognitoSignIn:{subject}"),
            login: Login { provider: provider.to_owned(), subject, is_developers: false },
            claims: claims.clone(),
        })
    })
}

/// Verifies the issuer and the signature. The key of a provider contains the pool's AWS issuer,
/// independent of the issuer of its tokens.
fn check_signed(
    step: &Step<'_>,
    keys: &ReadyKeys,
    provider: &str,
    token: &str,
    claims: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let is_of_pool = step.pool.id.issuer().strip_prefix("https://") == Some(provider);
    if !is_of_pool || text(claims, "iss") != Some(&step.issuer()) {
        return Err(other_issuer());
    }
    let verified = keys.public(step.now()).verify_compact(token);
    verified.map(drop).map_err(|_| wrong_signature())
}

/// Returns the app client of a token, which must be one of the providers.
fn check_audience<'a>(
    pool: &IdentityPool,
    provider: &str,
    claims: &'a Map<String, Value>,
) -> Result<&'a str, ServiceError> {
    // An access token has no audience, or that of a resource: amazon-cognito-identity-js#7.
    let audience = text(claims, "aud").filter(|_| text(claims, "token_use") == Some("id"));
    let audience = audience.ok_or_else(|| invalid("Missing a required claim: aud"))?;
    match pool.settings.client(provider, audience) {
        Some(_) => Ok(audience),
        None => Err(unsupported_provider()),
    }
}

/// Rejects an expired token. It is not known whether the service has a leeway.
fn check_time(now: u64, claims: &Map<String, Value>) -> Result<(), ServiceError> {
    let expires = claims.get("exp").and_then(Value::as_u64).unwrap_or_default();
    match now >= expires {
        true => Err(expired(now, expires)),
        false => Ok(()),
    }
}

/// Rejects users who were deleted, disabled or signed out (ServerSideTokenCheck). The exception is
/// in the API reference; the messages are guesses.
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

pub(super) fn unverified_claims(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok().filter(|_| parts.next().is_none())
}

pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn not_a_token() -> ServiceError {
    invalid("Not a valid OpenId Connect identity token.")
}

fn other_issuer() -> ServiceError {
    invalid("Issuer doesn't match providerName")
}

fn wrong_signature() -> ServiceError {
    invalid("Token signature invalid.")
}

fn expired(now: u64, expires: u64) -> ServiceError {
    invalid(&format!("Token expired: {now} >= {expires}"))
}

fn invalid(reason: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Invalid login token. {reason}"))
}

fn unsupported_provider() -> ServiceError {
    ServiceError::not_authorized("Token is not from a supported provider of this identity pool.")
}
