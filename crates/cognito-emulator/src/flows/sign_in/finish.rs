//! The end of a successful sign-in: tokens, or a browser session.

use crate::flows::auth_event;
use crate::flows::context::Context;
use crate::flows::sign_in::progress::{Progress, SignedIn};
use crate::flows::step::Step;
use crate::flows::tokens;
use crate::model::ServiceError;
use crate::state::attempt::{Attempt, Channel};
use crate::state::managed_login::BrowserSession;

/// Completes a sign-in for its channel.
pub(crate) async fn finish(context: &Context, attempt: Attempt) -> Result<Progress, ServiceError> {
    let signed_in = match attempt.channel {
        Channel::Api => tokens::sign_in::issue(context, attempt).await,
        Channel::ManagedLogin => context.step(|step| without_tokens(step, &attempt)),
    };
    signed_in.map(Progress::SignedIn)
}

/// Completes a sign-in of managed login, which issues tokens when the application redeems its code.
fn without_tokens(step: &mut Step<'_>, attempt: &Attempt) -> Result<SignedIn, ServiceError> {
    step.pool.check_may_sign_in(attempt)?;
    let event_id = step.random.uuid();
    auth_event::record_sign_in(step, &event_id, attempt);
    let (id, client_id) = (step.random.browser_session_id(), attempt.client_id.clone());
    let mut signed_in = SignedIn::new(step, attempt, None)?;
    signed_in.user.session = Some(BrowserSession { id, client_id });
    Ok(signed_in)
}
