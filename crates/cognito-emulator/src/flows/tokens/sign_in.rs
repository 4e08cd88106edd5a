//! The tokens of a new sign-in.

use crate::flows::auth_event;
use crate::flows::context::Context;
use crate::flows::sign_in::progress::SignedIn;
use crate::flows::step::Step;
use crate::flows::tokens::{Draft, NewDevice};
use crate::flows::triggers::TokensToIssue;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::device::Device;
use crate::state::keys::ReadyKeys;
use crate::state::sign_in_record::{SignInIds, SignInRecord};

/// Tokens to issue, with the device that the sign-in adds.
struct Issue {
    record: SignInRecord,
    draft: Draft,
    new_device: Option<Device>,
}

/// Issues the tokens of a sign-in, which the trigger may change or reject.
///
/// With device tracking, an unknown device is added after a sign-in with a password.
pub(crate) async fn issue(
    context: &Context,
    mut attempt: Attempt,
) -> Result<SignedIn, ServiceError> {
    let (issue, event) = context.step(|step| prepare(step, &mut attempt))?;
    let Issue { record, draft, new_device } = issue;
    let draft = draft.changed(context, event).await?;
    let keys = context.pool.keys()?;
    context.step(|step| complete(step, &keys, &attempt, Issue { record, draft, new_device }))
}

fn prepare(
    step: &mut Step<'_>,
    attempt: &mut Attempt,
) -> Result<(Issue, TokensToIssue), ServiceError> {
    step.pool.check_may_sign_in(attempt)?;
    let sub = attempt.existing_sub()?.to_owned();
    let mut new_device = None;
    // Triggers can issue tokens before the device was looked up.
    step.pool.unproven_device(attempt)?;
    if !step.pool.tracks_devices() {
        attempt.device_key = None;
    } else if attempt.device_key.is_none() && attempt.by_password {
        let device = device(step);
        attempt.device_key = Some(device.key.clone());
        new_device = Some(device);
    }
    let ids = SignInIds {
        origin_jti: step.random.uuid(),
        event_id: step.random.uuid(),
        session_id: step.random.token_session_id(),
        sub,
    };
    let record = SignInRecord::new(ids, attempt.clone(), step.now());
    let draft = Draft::new(step, &record)?;
    let event = draft.event(step, &record, attempt.occasion);
    Ok((Issue { record, draft, new_device }, event))
}

/// Stores the sign-in. If a trigger rejects the tokens, none is stored.
fn complete(
    step: &mut Step<'_>,
    keys: &ReadyKeys,
    attempt: &Attempt,
    issue: Issue,
) -> Result<SignedIn, ServiceError> {
    let Issue { record, draft, new_device } = issue;
    step.pool.check_may_sign_in(attempt)?;
    let client = step.pool.client(&attempt.client_id)?;
    let ends = step.now().saturating_add(client.settings.refresh_token_seconds());
    auth_event::record_sign_in(step, &record.event_id, attempt);
    let metadata = new_device
        .as_ref()
        .map(|device| NewDevice { key: device.key.clone(), group_key: device.group_key.clone() });
    if let Some(device) = new_device {
        step.pool.user_mut(&attempt.username)?.add_device(device);
    }
    step.pool.sign_ins.insert(record.clone());
    let mut tokens = draft.sign(step, keys, &record, Some(ends));
    tokens.new_device = metadata;
    SignedIn::new(step, attempt, Some(tokens))
}

/// Returns a new device.
fn device(step: &mut Step<'_>) -> Device {
    let key = format!("{}_{}", step.pool.id.region(), step.random.uuid());
    let group_key = format!("-{}", step.random.opaque(8));
    Device::new(key, group_key, step.date())
}
