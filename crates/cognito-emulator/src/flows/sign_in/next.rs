//! The next step of a sign-in after a factor was verified: a new password, a second factor, the
//! device's password, the triggers' decision, or the end.

use crate::flows::context::Context;
use crate::flows::delivery::CODE_DIGITS;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenges::device_srp;
use crate::flows::sign_in::code;
use crate::flows::sign_in::custom_auth;
use crate::flows::sign_in::factors::second_factors;
use crate::flows::sign_in::finish::finish;
use crate::flows::sign_in::progress::Progress;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::{
    NewPassword, SecondFactorCode, SelectSecondFactor, SetUp, SoftwareTokenCode,
};
use crate::state::settings::MfaConfiguration;
use crate::state::user::{Factor, UserStatus};

/// The next step of a sign-in.
enum Next {
    NewPassword,
    SecondFactor(Factor),
    SelectSecondFactor(Vec<Factor>),
    SetUp,
    DeviceSrp,
    /// The triggers decide.
    Triggers,
    End,
}

/// Continues after the password was verified.
pub(crate) async fn after_password(
    context: &Context,
    mut attempt: Attempt,
) -> Result<Progress, ServiceError> {
    attempt.by_password = true;
    let next = context.step(|step| next_after_password(step, &attempt))?;
    proceed(context, attempt, next).await
}

/// Continues after the first factor, with a second factor if one is required.
pub(crate) async fn after_first_factor(
    context: &Context,
    attempt: Attempt,
) -> Result<Progress, ServiceError> {
    let next = context.step(|step| next_after_first_factor(step, &attempt))?;
    proceed(context, attempt, next).await
}

/// Continues after the last factor.
pub(crate) async fn after_last_factor(
    context: &Context,
    attempt: Attempt,
) -> Result<Progress, ServiceError> {
    let next = context.step(|step| next_after_last_factor(step, &attempt))?;
    proceed(context, attempt, next).await
}

/// Continues with the second factor that the user chose.
pub(crate) async fn with_second_factor(
    context: &Context,
    attempt: Attempt,
    factor: Factor,
) -> Result<Progress, ServiceError> {
    proceed(context, attempt, Next::SecondFactor(factor)).await
}

async fn proceed(
    context: &Context,
    attempt: Attempt,
    next: Next,
) -> Result<Progress, ServiceError> {
    match next {
        Next::NewPassword => context.step(|step| challenge::send(step, attempt, NewPassword)),
        Next::SecondFactor(factor) => send_second_factor(context, attempt, factor).await,
        Next::SelectSecondFactor(factors) => {
            context.step(|step| challenge::send(step, attempt, SelectSecondFactor(factors)))
        }
        Next::SetUp => context.step(|step| challenge::send(step, attempt, SetUp::Open)),
        Next::DeviceSrp => context.step(|step| device_srp::send(step, attempt)),
        Next::Triggers => custom_auth::proceed(context, attempt, None).await,
        Next::End => finish(context, attempt).await,
    }
}

async fn send_second_factor(
    context: &Context,
    attempt: Attempt,
    factor: Factor,
) -> Result<Progress, ServiceError> {
    let Some(attribute) = factor.attribute() else {
        return context.step(|step| challenge::send(step, attempt, SoftwareTokenCode));
    };
    let sent = code::send(context, &attempt, attribute, CODE_DIGITS).await?;
    context.step(|step| challenge::send(step, attempt, SecondFactorCode { factor, sent }))
}

fn next_after_password(step: &mut Step<'_>, attempt: &Attempt) -> Result<Next, ServiceError> {
    let now = step.now();
    let user = step.pool.user_mut(&attempt.username)?;
    match user.status {
        UserStatus::ForceChangePassword if user.password_ends.is_some_and(|end| end <= now) => {
            Err(ServiceError::not_authorized(
                "Temporary password has expired and must be reset by an administrator.",
            ))
        }
        UserStatus::ForceChangePassword => Ok(Next::NewPassword),
        UserStatus::ResetRequired => Err(ServiceError::reset_required()),
        UserStatus::Confirmed | UserStatus::Unconfirmed | UserStatus::ExternalProvider => {
            next_after_first_factor(step, attempt)
        }
    }
}

/// Returns the step after the first factor. A remembered device replaces the second factor if the
/// pool is configured so.
fn next_after_first_factor(step: &mut Step<'_>, attempt: &Attempt) -> Result<Next, ServiceError> {
    let devices = step.pool.settings.device_configuration().unwrap_or_default();
    let remembered = step.pool.unproven_device(attempt)?.is_some();
    if remembered && devices.challenge_required_on_new_device {
        return Ok(Next::DeviceSrp);
    }
    let factors = second_factors(step.pool, &attempt.username)?;
    let preferred = step.pool.user_mut(&attempt.username)?.factors.preferred();
    let preferred = preferred.filter(|factor| factors.contains(factor));
    match (preferred, &*factors) {
        (Some(factor), _) | (None, &[factor]) => Ok(Next::SecondFactor(factor)),
        (None, []) if step.pool.settings.mfa_configuration() == MfaConfiguration::On => {
            Ok(Next::SetUp)
        }
        (None, []) => next_after_last_factor(step, attempt),
        (None, _) => Ok(Next::SelectSecondFactor(factors)),
    }
}

fn next_after_last_factor(step: &Step<'_>, attempt: &Attempt) -> Result<Next, ServiceError> {
    Ok(match step.pool.unproven_device(attempt)?.is_some() {
        true => Next::DeviceSrp,
        false if attempt.custom.is_some() => Next::Triggers,
        false => Next::End,
    })
}
