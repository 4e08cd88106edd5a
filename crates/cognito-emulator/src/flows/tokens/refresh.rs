//! Refresh of tokens, with or without rotation of the refresh token.

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::{Draft, IssuedTokens};
use crate::model::ServiceError;
use crate::state::attempt::TokenOccasion;
use crate::state::client::Flow;
use crate::state::sign_in_record::{SignInRecord, invalid_refresh_token};
use crate::state::user::User;

/// A request for new tokens in exchange for a refresh token.
pub(crate) struct Refresh<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) token: &'a str,
    pub(crate) device_key: Option<&'a str>,
}

/// Issues new tokens, which the trigger may change or reject. A rejection leaves the refresh token
/// unchanged.
pub(crate) async fn refresh(
    context: &Context,
    request: Refresh<'_>,
) -> Result<IssuedTokens, ServiceError> {
    let (record, draft, event) = context.step(|step| {
        let record = check(step, &request)?;
        let draft = Draft::new(step, &record)?;
        let event = draft.event(step, &record, TokenOccasion::RefreshTokens);
        Ok((record, draft, event))
    })?;
    let draft = draft.changed(context, event).await?;
    let keys = context.pool.keys()?;
    context.step(|step| {
        check(step, &request)?;
        let ends = rotate(step, &request)?;
        Ok(draft.sign(step, &keys, &record, ends))
    })
}

/// Checks that a client may refresh with InitiateAuth, which is rejected if refresh tokens rotate.
pub(crate) fn check_by_initiate_auth(
    step: &Step<'_>,
    request: &Refresh<'_>,
    secret_hash: Option<&str>,
) -> Result<(), ServiceError> {
    let client = step.pool.client(request.client_id)?;
    let rotates = client.settings.rotation_grace().is_some();
    if rotates || !client.settings.allows(Flow::Refresh) {
        return Err(ServiceError::not_authorized("Auth flow not enabled for this client"));
    }
    // The hash uses the real user name, even if the user signed in with an alias.
    let record = refreshable(step, request)?;
    client.check_secret_hash(secret_hash, &record.username)
}

/// Returns the sign-in of a refresh token that the client may use.
fn check(step: &mut Step<'_>, request: &Refresh<'_>) -> Result<SignInRecord, ServiceError> {
    let Refresh { client_id, token, device_key } = *request;
    let record = refreshable(step, request)?;
    let user = step.pool.user_of(&record).ok_or_else(|| {
        const DELETED: &str = "The user has been deleted for the associated refresh token";
        ServiceError::not_authorized(DELETED)
    })?;
    // With device tracking, a refresh token is valid only together with its confirmed device.
    let tracked = record.device_key.as_deref().filter(|_| step.pool.tracks_devices());
    if tracked.is_some_and(|key| device_key != Some(key) || user.device(key).is_err()) {
        return Err(invalid_refresh_token());
    }
    let (grace, now) = (step.pool.client(client_id)?.settings.rotation_grace(), step.now());
    if let Some(grace) = grace {
        step.pool.sign_ins.check_reuse(token, grace, now)?;
    }
    Ok(record)
}

/// Marks the refresh token as rotated, and returns the expiration of the new one.
fn rotate(step: &mut Step<'_>, request: &Refresh<'_>) -> Result<Option<u64>, ServiceError> {
    let now = step.now();
    let grace = step.pool.client(request.client_id)?.settings.rotation_grace();
    // Rotation does not extend a session: authts/oidc-client-ts#2039.
    Ok(grace.and_then(|_| step.pool.sign_ins.rotate(request.token, now)))
}

fn refreshable(step: &Step<'_>, request: &Refresh<'_>) -> Result<SignInRecord, ServiceError> {
    let Refresh { client_id, token, .. } = *request;
    // A disabled user is reported first, although disabling also revokes the token.
    let user = step.pool.sign_ins.user_of(token).and_then(|name| step.pool.users.get(name));
    user.map_or(Ok(()), User::check_enabled)?;
    step.pool.sign_ins.refreshable(token, client_id, step.now())
}
