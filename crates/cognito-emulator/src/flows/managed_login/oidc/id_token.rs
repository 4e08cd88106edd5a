//! Verification of a provider's ID token (OpenID Connect Core, 3.1.3.7).

use std::time::{SystemTime, UNIX_EPOCH};

use cognito_tokens::{KeySet, VerifyError};
use cognito_types::{Clock, SystemClock};
use serde_json::Value;

use crate::state::members::Members;

/// The required values of claims.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// Seconds since 1970, by the test clock.
    pub(super) now: u64,
}

/// The reason why an ID token is rejected.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidIdToken {
    #[error("the key set cannot be read")]
    Keys,
    #[error("{0}")]
    Signature(VerifyError),
    #[error("its payload is not a JSON object")]
    Payload,
    #[error("its {0} is missing or differs")]
    Claim(&'static str),
    #[error("it has expired")]
    Expired,
}

/// Verifies a token with a key set, and returns its claims.
pub(super) fn verify(
    token: &str,
    keys: &str,
    expected: &Expected<'_>,
) -> Result<Members, InvalidIdToken> {
    let keys = KeySet::from_json(keys).map_err(|_| InvalidIdToken::Keys)?;
    let payload = keys.verify_compact(token).map_err(InvalidIdToken::Signature)?;
    let claims: Members = serde_json::from_slice(&payload).map_err(|_| InvalidIdToken::Payload)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(InvalidIdToken::Claim("iss"));
    }
    if !is_for(&claims, expected.client_id) {
        return Err(InvalidIdToken::Claim("aud"));
    }
    if !is_authorized(&claims, expected.client_id) {
        return Err(InvalidIdToken::Claim("azp"));
    }
    // The nonce binds the code to the browser that started the sign-in.
    if text("nonce") != Some(expected.nonce) {
        return Err(InvalidIdToken::Claim("nonce"));
    }
    if text("sub").is_none_or(str::is_empty) {
        return Err(InvalidIdToken::Claim("sub"));
    }
    check_time(&claims, expected.now)?;
    Ok(claims)
}

/// Returns whether the audience contains the client.
fn is_for(claims: &Members, client_id: &str) -> bool {
    let is_client = |value: &Value| value.as_str() == Some(client_id);
    match claims.get("aud") {
        Some(Value::Array(audience)) => audience.iter().any(is_client),
        Some(audience) => is_client(audience),
        None => false,
    }
}

/// Returns whether the client is the authorized party, which is required for several audiences.
fn is_authorized(claims: &Members, client_id: &str) -> bool {
    let several = claims.get("aud").and_then(Value::as_array).is_some_and(|aud| aud.len() > 1);
    match claims.get("azp") {
        Some(azp) => azp.as_str() == Some(client_id),
        None => !several,
    }
}

/// Checks the expiration by the earlier of two clocks: a pool of this emulator as the provider uses
/// the test clock, all other providers use the clock of the operating system.
fn check_time(claims: &Members, now: u64) -> Result<(), InvalidIdToken> {
    let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = now.min(since_epoch(SystemClock.now()).as_secs());
    let ends = claims.get("exp").and_then(Value::as_f64);
    let ends = ends.ok_or(InvalidIdToken::Claim("exp"))?;
    #[allow(clippy::as_conversions)] // Seconds of this age are far below 2^53.
    let has_ended = ends <= now as f64;
    if has_ended { Err(InvalidIdToken::Expired) } else { Ok(()) }
}
