//! Roles that are assumed with an OpenID token of an identity, in the classic flow.

use serde_json::{Map, Value};

use super::credentials::{self, AwsCredentials};
use super::login::{text, unverified_claims};
use super::open_id_token;
use crate::flows::service::Service;
use crate::state::identity_pool::credentials::IssuedCredentials;

/// A role that is assumed.
pub(crate) struct Assumption {
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) token: String,
    /// Seconds for which the credentials are valid.
    pub(crate) lifetime: u64,
}

/// The credentials of an assumed role, and whose they are.
pub(crate) struct AssumedRole {
    /// The identity.
    pub(crate) subject: String,
    /// The identity pool.
    pub(crate) audience: String,
    pub(crate) credentials: AwsCredentials,
}

/// The reason for which a token does not open a role.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is no token.
    Malformed,
    /// It has this issuer, which is not that of identity pools.
    UnknownIssuer(String),
    WrongSignature,
    /// It expired at this time, in seconds since 1970.
    Expired(u64),
}

/// Assumes a role. Every role can be assumed: there are no trust policies that could forbid it.
pub(crate) fn assume(service: &Service, assumption: Assumption) -> Result<AssumedRole, TokenError> {
    let Assumption { role_arn, session_name, token, lifetime } = assumption;
    let claims = verified(service, &token)?;
    let claim = |name| text(&claims, name).unwrap_or_default().to_owned();
    let (subject, audience) = (claim("sub"), claim("aud"));
    let issued = IssuedCredentials {
        identity_pool_id: audience.clone(),
        identity_id: subject.clone(),
        role_arn,
        role_session_name: session_name,
        logins: providers(&claims),
    };
    let expiration = service.shared.now().saturating_add(lifetime);
    let credentials = credentials::make_up(service, issued, expiration);
    Ok(AssumedRole { subject, audience, credentials })
}

fn verified(service: &Service, token: &str) -> Result<Map<String, Value>, TokenError> {
    let claims = unverified_claims(token).ok_or(TokenError::Malformed)?;
    let issuer = text(&claims, "iss").unwrap_or_default();
    if issuer != open_id_token::issuer(service) {
        return Err(TokenError::UnknownIssuer(issuer.to_owned()));
    }
    let now = service.shared.now();
    let verified = service.identity_pool_keys().public(now).verify_compact(token);
    verified.map_err(|_| TokenError::WrongSignature)?;
    match claims.get("exp").and_then(Value::as_u64).unwrap_or_default() {
        expires if now >= expires => Err(TokenError::Expired(expires)),
        _ => Ok(claims),
    }
}

/// Returns the providers that `amr` names: each is followed by the user there.
fn providers(claims: &Map<String, Value>) -> Vec<String> {
    let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    methods.skip(1).step_by(2).filter_map(Value::as_str).map(str::to_owned).collect()
}
