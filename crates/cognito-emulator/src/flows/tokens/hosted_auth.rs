//! The tokens of an authorization of managed login.

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::{Draft, IssuedTokens};
use crate::model::ServiceError;
use crate::state::attempt::{Attempt, Channel, TokenOccasion};
use crate::state::managed_login::{AuthenticatedUser, AuthorizationRequest};
use crate::state::sign_in_record::{SignInIds, SignInRecord};

/// An authorization request, and the user who signed in.
pub(crate) struct Authorization {
    pub(crate) user: AuthenticatedUser,
    pub(crate) request: AuthorizationRequest,
}

/// Issues the tokens of an authorization, which the trigger may change or reject. A refresh token
/// is included if its expiration is given.
pub(crate) async fn issue(
    context: &Context,
    authorization: Authorization,
    refresh_token_ends: Option<u64>,
) -> Result<IssuedTokens, ServiceError> {
    let (record, draft, event) = context.step(|step| {
        let record = record(step, &authorization)?;
        let mut draft = Draft::new(step, &record)?;
        let nonce = authorization.request.nonce.clone();
        draft.id.extend(nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
        let event = draft.event(step, &record, TokenOccasion::HostedAuth);
        Ok((record, draft, event))
    })?;
    let draft = draft.changed(context, event).await?;
    let keys = context.pool.keys()?;
    context.step(|step| {
        check(step, &authorization)?;
        step.pool.sign_ins.insert(record.clone());
        Ok(draft.sign(step, &keys, &record, refresh_token_ends))
    })
}

/// Returns the record of a sign-in. Its authentication may be earlier than its tokens.
fn record(
    step: &mut Step<'_>,
    authorization: &Authorization,
) -> Result<SignInRecord, ServiceError> {
    let attempt = check(step, authorization)?;
    let ids = SignInIds {
        origin_jti: step.random.uuid(),
        event_id: step.random.uuid(),
        session_id: step.random.token_session_id(),
        sub: authorization.user.sub.clone(),
    };
    let mut record = SignInRecord::new(ids, attempt, step.now());
    record.auth_time = authorization.user.auth_time;
    record.grant = Some(authorization.request.grant.clone());
    record.browser_session_id =
        authorization.user.session.as_ref().map(|session| session.id.clone());
    Ok(record)
}

/// Checks that the user may still have tokens, and returns the sign-in attempt.
fn check(step: &Step<'_>, authorization: &Authorization) -> Result<Attempt, ServiceError> {
    let attempt = attempt(step, authorization);
    step.pool.check_may_sign_in(&attempt)?;
    step.pool.managed_login.check_not_revoked(&authorization.user)?;
    Ok(attempt)
}

/// Returns the sign-in attempt of the user who authorized the request.
fn attempt(step: &Step<'_>, authorization: &Authorization) -> Attempt {
    let Authorization { user, request } = authorization;
    let attempt = step.pool.attempt(user.username.clone(), &request.client_id, None);
    Attempt { sub: Some(user.sub.clone()), channel: Channel::ManagedLogin, ..attempt }
}
