//! Tokens for tests, without a sign-in.

use serde_json::{Map, Value};

use crate::flows::step::Step;
use crate::flows::tokens::{Draft, IssuedTokens};
use crate::model::ServiceError;
use crate::state::keys::ReadyKeys;
use crate::state::sign_in_record::{SignInIds, SignInRecord};

/// A request for tokens without a sign-in.
pub(crate) struct TestTokens {
    pub(crate) client_id: String,
    /// The name of a user of the pool.
    pub(crate) username: Option<String>,
    /// Claims that replace those of a sign-in.
    pub(crate) claims: Map<String, Value>,
}

/// Claims of access tokens only.
const OF_ACCESS: [&str; 3] = ["client_id", "scope", "username"];

/// Claims of ID tokens only.
const OF_ID: [&str; 4] = ["aud", "at_hash", "cognito:username", "nonce"];

/// Claims that name the user if `username` is missing.
const NAMES: [&str; 2] = ["username", "cognito:username"];

/// Issues tokens like a sign-in, but without its checks and triggers.
///
/// Tokens of a user of the pool belong to a sign-in, so that the pool accepts and refreshes them.
/// If a claim names the user by an alias, it is replaced by the user name, as in a sign-in.
pub(crate) fn issue(
    step: &mut Step<'_>,
    keys: &ReadyKeys,
    mut request: TestTokens,
) -> Result<IssuedTokens, ServiceError> {
    let (record, is_user) = record(step, &request)?;
    if is_user
        && request.username.is_none()
        && let Some(name) = claimed_name(&request.claims)
    {
        let names_user =
            |claim: &str, value: &Value| NAMES.contains(&claim) && value.as_str() == Some(&name);
        request.claims.retain(|claim, value| !names_user(claim, value));
    }
    let mut draft = Draft::new(step, &record)?;
    for (name, value) in request.claims {
        if !OF_ID.contains(&name.as_str()) {
            draft.access.insert(name.clone(), value.clone());
        }
        if !OF_ACCESS.contains(&name.as_str()) {
            draft.id.insert(name, value);
        }
    }
    if !is_user {
        return Ok(draft.sign(step, keys, &record, None));
    }
    let lifetime = step.pool.client(&record.client_id)?.settings.refresh_token_seconds();
    let ends = step.now().saturating_add(lifetime);
    step.pool.sign_ins.insert(record.clone());
    Ok(draft.sign(step, keys, &record, Some(ends)))
}

/// Returns the sign-in of the tokens, and whether the user exists.
fn record(step: &mut Step<'_>, request: &TestTokens) -> Result<(SignInRecord, bool), ServiceError> {
    let TestTokens { client_id, username, claims } = request;
    let claimed = || claimed_name(claims);
    let name = username.clone().or_else(claimed).unwrap_or_else(|| step.random.uuid());
    let known = step.pool.username_or_sub_for(&name).map(str::to_owned);
    if username.is_some() && known.is_none() {
        return Err(ServiceError::user_unknown());
    }
    let attempt = step.pool.attempt(known.unwrap_or(name), client_id, None);
    let is_user = attempt.sub.is_some();
    if is_user {
        step.pool.check_may_sign_in(&attempt)?;
    }
    let sub = attempt.sub.clone().or_else(|| text(claims, "sub"));
    let ids = SignInIds {
        origin_jti: step.random.uuid(),
        event_id: step.random.uuid(),
        session_id: step.random.token_session_id(),
        sub: sub.unwrap_or_else(|| step.random.uuid()),
    };
    Ok((SignInRecord::new(ids, attempt, step.now()), is_user))
}

fn claimed_name(claims: &Map<String, Value>) -> Option<String> {
    NAMES.iter().find_map(|name| text(claims, name))
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).map(str::to_owned)
}
