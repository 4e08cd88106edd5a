//! Verification of the access token in a request.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_tokens::{Clients, TokenRules, VerifyError};
use serde_json::Value;

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::tokens::SCOPE;
use crate::model::ServiceError;
use crate::state::keys::ReadyKeys;
use crate::state::sign_in_record::SignInRecord;
use crate::state::user::User;

/// Runs one step for the user of an access token.
pub(crate) fn authorized<T>(
    service: &Service,
    token: &str,
    caller: &mut Caller,
    work: impl FnOnce(&mut Step<'_>, &SignInRecord) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    authorized_for(service, token, SCOPE, caller, |step, record, _| work(step, record))
}

/// Runs one step for the user of an access token that has a scope, with all scopes of the token.
pub(crate) fn authorized_for<T>(
    service: &Service,
    token: &str,
    scope: &str,
    caller: &mut Caller,
    work: impl FnOnce(&mut Step<'_>, &SignInRecord, Vec<String>) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let pool_id = unverified_pool(token).ok_or_else(invalid_token)?;
    let pool = service.pool(&pool_id).map_err(|_| invalid_token())?;
    let keys = pool.keys()?;
    pool.step(&service.shared, caller, |step| {
        let (record, scopes) = sign_in_of(step, &keys, token, scope)?;
        step.caller.set_client(&record.client_id);
        step.pool.user_of(&record).ok_or_else(ServiceError::user_unknown)?;
        step.note_activity(&record.username);
        work(step, &record, scopes)
    })
}

/// Returns the sign-in of an access token, and the token's scopes.
fn sign_in_of(
    step: &Step<'_>,
    keys: &ReadyKeys,
    token: &str,
    scope: &str,
) -> Result<(SignInRecord, Vec<String>), ServiceError> {
    let now = UNIX_EPOCH + Duration::from_secs(step.now());
    let keys = keys.public(step.now());
    let rules = rules(step).allow_any_audience();
    let claims = rules.access_token(token, &keys, now).map_err(rejected_token)?;
    if !claims.has_scope(scope) {
        const MESSAGE: &str = "Access Token does not have required scopes";
        return Err(ServiceError::not_authorized(MESSAGE));
    }
    let user = claims.username().and_then(|username| step.pool.users.get(username));
    user.map_or(Ok(()), User::check_enabled)?;
    let username = claims.username().unwrap_or_default();
    let record = live_sign_in(step, username, claims.origin_jti(), claims.event_id());
    let revoked = || ServiceError::not_authorized("Access Token has been revoked");
    let record = record.cloned().ok_or_else(revoked)?;
    // A token bound to a resource is still accepted by the pool; a token that was exchanged for
    // another service is not.
    let own = |audience: &String| record.client_id == *audience || record.is_bound_to(audience);
    match claims.audience().iter().all(own) {
        true => Ok((record, claims.scopes().map(str::to_owned).collect())),
        false => Err(invalid_token()),
    }
}

/// Returns the verification rules for a token of the pool.
pub(super) fn rules(step: &Step<'_>) -> TokenRules {
    TokenRules::new(&step.pool.id, Clients::Any)
        .issuers([step.issuer()])
        .leeway(Duration::ZERO)
        .max_token_bytes(131_072)
}

/// Returns the sign-in of a token, unless it was revoked.
pub(crate) fn live_sign_in<'a>(
    step: &'a Step<'_>,
    username: &str,
    origin_jti: Option<&str>,
    event_id: Option<&str>,
) -> Option<&'a SignInRecord> {
    let sign_ins = &step.pool.sign_ins;
    match origin_jti {
        Some(origin_jti) => sign_ins.live(origin_jti),
        None => sign_ins.live_event(username, event_id?),
    }
}

/// Returns the pool id in the token's issuer, whose keys verify it.
fn unverified_pool(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let issuer = claims.get("iss")?.as_str()?;
    issuer.rsplit('/').next().map(str::to_owned)
}

fn invalid_token() -> ServiceError {
    ServiceError::not_authorized("Invalid Access Token")
}

fn rejected_token(error: VerifyError) -> ServiceError {
    match error {
        VerifyError::Expired { .. } => ServiceError::not_authorized("Access Token has expired"),
        VerifyError::WrongSignature | VerifyError::UnknownKey => {
            ServiceError::not_authorized("Could not verify signature for Access Token")
        }
        _ => invalid_token(),
    }
}
