//! OpenID tokens of identities, with which roles are assumed in the classic flow, and the key set
//! that verifies them.

use serde_json::{Map, Value, json};

use super::identity;
use super::login::{Logins, VerifiedLogin, text, unverified_claims};
use crate::flows::service::{IssuerStyle, Service};
use crate::model::ServiceError;
use crate::state::identity_pool::IdentityPool;

/// The path of the key set, as in the service.
pub(crate) const KEYS_PATH: &str = "/.well-known/jwks_uri";

/// The issuer of the service.
const ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// The validity of a token in seconds.
const LIFETIME: u64 = 600;

/// A token and its subject.
pub(crate) struct OpenIdToken {
    pub(crate) identity_id: String,
    pub(crate) token: String,
}

/// The reason why a token is rejected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// The text is not a token.
    Malformed,
    /// The token has this issuer, which is not an identity pool.
    UnknownIssuer(String),
    WrongSignature,
    /// The token expired at this time, in seconds since 1970.
    Expired(u64),
}

/// Issues a token for an identity.
pub(crate) fn issue(
    service: &Service,
    identity_id: &str,
    logins: &Logins,
) -> Result<OpenIdToken, ServiceError> {
    let (pool, logins) = identity::verified(service, identity_id, logins)?;
    pool.check_classic_flow()?;
    let date = service.shared.date();
    let identity_id = service.with_identity_pools(|pools| {
        let union = identity::resolve(pools, identity_id, &logins)?;
        Ok::<_, ServiceError>(union.apply(pools, &logins, date))
    })?;
    Ok(sign(service, &pool, identity_id, &logins, LIFETIME))
}

/// Signs a token with a validity in seconds.
pub(super) fn sign(
    service: &Service,
    pool: &IdentityPool,
    identity_id: String,
    logins: &[VerifiedLogin],
    lifetime: u64,
) -> OpenIdToken {
    let now = service.shared.now();
    let claims = json!({
        "sub": identity_id,
        "aud": pool.id,
        "amr": methods(logins),
        "iss": issuer(service),
        "https://cognito-identity.amazonaws.com/identity-pool-arn": pool.arn(),
        "exp": now.saturating_add(lifetime),
        "iat": now,
    });
    let token = service.identity_pool_keys().id().sign(&claims.to_string());
    OpenIdToken { identity_id, token }
}

/// Verifies a token of any identity pool, and returns its claims.
pub(super) fn verify(service: &Service, token: &str) -> Result<Map<String, Value>, TokenError> {
    let claims = unverified_claims(token).ok_or(TokenError::Malformed)?;
    let own = text(&claims, "iss").unwrap_or_default();
    if own != issuer(service) {
        return Err(TokenError::UnknownIssuer(own.to_owned()));
    }
    let now = service.shared.now();
    let verified = service.identity_pool_keys().public(now).verify_compact(token);
    verified.map_err(|_| TokenError::WrongSignature)?;
    match claims.get("exp").and_then(Value::as_u64).unwrap_or_default() {
        expires if now >= expires => Err(TokenError::Expired(expires)),
        _ => Ok(claims),
    }
}

/// Returns the login methods of the user (`amr`).
fn methods(logins: &[VerifiedLogin]) -> Vec<String> {
    if logins.is_empty() {
        return vec!["unauthenticated".to_owned()];
    }
    let of_login = |one: &VerifiedLogin| [one.login.provider.clone(), one.method.clone()];
    ["authenticated".to_owned()].into_iter().chain(logins.iter().flat_map(of_login)).collect()
}

/// Returns the issuer of the tokens. With the emulator's address, verifiers can fetch the keys.
fn issuer(service: &Service) -> &str {
    match service.shared.issuer {
        IssuerStyle::Aws => ISSUER,
        IssuerStyle::Endpoint | IssuerStyle::Tls => service.shared.oauth_endpoint(),
    }
}

pub(crate) fn key_set(service: &Service) -> Value {
    service.identity_pool_keys().jwk_set(service.shared.now())
}

/// Returns the discovery document, with the members of the service's.
pub(crate) fn configuration(service: &Service) -> Value {
    json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer(service),
        "jwks_uri": format!("{}{KEYS_PATH}", service.shared.oauth_endpoint()),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    })
}
