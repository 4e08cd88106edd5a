//! A sign-in at an identity provider with its triggers: those of a sign-up for a new user, and
//! those of a sign-in for a known user (AWS guide, triggers of federated users).

use crate::flows::context::Context;
use crate::flows::federation;
use crate::flows::new_user;
use crate::flows::registration;
use crate::flows::sign_in::finish::finish;
use crate::flows::sign_in::progress::{Progress, conclude};
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{PostConfirmation, PreAuthentication, SignInAttempt, SignUpRequest};
use crate::model::ServiceError;
use crate::state::attempt::{Attempt, Channel};
use crate::state::attributes::Attributes;
use crate::state::challenge::invalid_session;
use crate::state::identity::ProviderUser;
use crate::state::managed_login::AuthenticatedUser;

/// Signs in the user of an identity with the attributes of the provider: a known user, also by a
/// link, or a new one.
pub(crate) async fn sign_in(
    context: &Context,
    client_id: &str,
    of: ProviderUser,
    attributes: Attributes,
) -> Result<AuthenticatedUser, ServiceError> {
    let provider = of.provider.clone();
    let known = context.step(|step| Ok(federation::known(step.pool, &of, &attributes)))?;
    let progress = match known {
        Some(username) => {
            let attempt = begin(context, client_id, username).await?;
            context.step(|step| update(step, &attempt, of, attributes))?;
            conclude(context, finish(context, attempt).await?).await?
        }
        None => {
            let attempt = register(context, client_id, of, attributes).await?;
            finish(context, attempt).await?
        }
    };
    match progress {
        Progress::SignedIn(done) => Ok(AuthenticatedUser { provider: Some(provider), ..done.user }),
        Progress::Challenged(_) => Err(invalid_session()),
    }
}

/// Starts the sign-in of a known user, which PreAuthentication may reject.
async fn begin(
    context: &Context,
    client_id: &str,
    username: String,
) -> Result<Attempt, ServiceError> {
    let (attempt, event) = context.step(|step| {
        let attempt = attempt(step, client_id, username);
        let event = SignInAttempt {
            username: attempt.username.clone(),
            client_id: client_id.to_owned(),
            user_not_found: false,
            attributes: trigger::attributes(step.pool, &attempt.username),
            validation_data: step.caller.validation_data(),
        };
        Ok((attempt, event))
    })?;
    context.call_trigger::<PreAuthentication>(event).await?;
    Ok(attempt)
}

/// Writes the attributes of a known user, who must still be the user at the start of the sign-in.
fn update(
    step: &mut Step<'_>,
    attempt: &Attempt,
    of: ProviderUser,
    attributes: Attributes,
) -> Result<(), ServiceError> {
    step.pool.check_may_sign_in(attempt)?;
    match federation::known(step.pool, &of, &attributes).as_ref() == Some(&attempt.username) {
        true => federation::sign_in(step, of, attributes).map(drop),
        false => Err(ServiceError::user_unknown()),
    }
}

/// Creates the user of an identity, whom PreSignUp may reject. No confirmation is needed.
async fn register(
    context: &Context,
    client_id: &str,
    of: ProviderUser,
    attributes: Attributes,
) -> Result<Attempt, ServiceError> {
    let event = context.step(|step| {
        Ok(SignUpRequest {
            username: step.pool.users.flattened(&of.username()),
            client_id: client_id.to_owned(),
            by_administrator: false,
            by_identity_provider: true,
            attributes: federation::with_flags(federation::present(attributes)).to_strings(),
            validation_data: step.caller.validation_data(),
            client_metadata: step.caller.client_metadata(),
        })
    })?;
    let (attributes, _is_always_confirmed) = new_user::judge(context, &event).await?;
    let (attempt, event) = context.step(|step| {
        // If the trigger links the identity, this sign-in fails and the next one succeeds, as in
        // the service.
        let is_known = federation::known(step.pool, &of, &attributes).is_some();
        if is_known || step.pool.users.get(&event.username).is_some() {
            return Err(ServiceError::username_exists(format!(
                "Already found an entry for username {}",
                event.username
            )));
        }
        let username = federation::sign_in(step, of, attributes)?;
        let event = registration::confirmation(step, &username, false);
        Ok((attempt(step, client_id, username), event))
    })?;
    context.call_trigger::<PostConfirmation>(event).await?;
    Ok(attempt)
}

fn attempt(step: &Step<'_>, client_id: &str, username: String) -> Attempt {
    let attempt = step.pool.attempt(username, client_id, None);
    Attempt { channel: Channel::ManagedLogin, ..attempt }
}
