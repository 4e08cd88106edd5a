//! The result of a step of a sign-in: a challenge, or tokens.

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::tokens::IssuedTokens;
use crate::flows::trigger;
use crate::flows::triggers::{PostAuthentication, SignInDone, Strings};
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::managed_login::AuthenticatedUser;

/// The result of a step of a sign-in.
pub(crate) enum Progress {
    Challenged(SentChallenge),
    SignedIn(SignedIn),
}

/// A challenge in a response.
pub(crate) struct SentChallenge {
    pub(crate) name: &'static str,
    pub(crate) parameters: Strings,
    /// `None` if a sign-in begins with SRP.
    pub(crate) session: Option<String>,
    /// The challenges to choose from.
    pub(crate) available: Option<Vec<&'static str>>,
}

/// A complete sign-in, and its PostAuthentication event.
pub(crate) struct SignedIn {
    pub(crate) user: AuthenticatedUser,
    /// `None` if managed login issues them later.
    pub(crate) tokens: Option<IssuedTokens>,
    event: Box<SignInDone>,
}

impl SignedIn {
    pub(crate) fn new(
        step: &Step<'_>,
        attempt: &Attempt,
        tokens: Option<IssuedTokens>,
    ) -> Result<Self, ServiceError> {
        let sub = attempt.existing_sub()?.to_owned();
        let username = attempt.username.clone();
        let event = Box::new(SignInDone {
            username: username.clone(),
            client_id: attempt.client_id.clone(),
            new_device_used: tokens.as_ref().is_some_and(|tokens| tokens.new_device.is_some()),
            attributes: trigger::attributes(step.pool, &username),
            client_metadata: step.caller.client_metadata(),
        });
        let auth_time = step.now();
        let user = AuthenticatedUser { username, sub, auth_time, provider: None, session: None };
        Ok(Self { user, tokens, event })
    }
}

/// Calls PostAuthentication if the sign-in is complete. The trigger may reject the request, but the
/// sign-in remains.
pub(crate) async fn conclude(
    context: &Context,
    progress: Progress,
) -> Result<Progress, ServiceError> {
    if let Progress::SignedIn(SignedIn { user, event, .. }) = &progress {
        let event = SignInDone::clone(event);
        let client_id = event.client_id.clone();
        context.call_trigger::<PostAuthentication>(event).await?;
        // The trigger may have deleted the user or the client. It is not measured whether the
        // service still returns tokens.
        context.step(|step| step.pool.check_may_sign_in(&attempt(step, user, &client_id)))?;
    }
    Ok(progress)
}

/// Returns the attempt of a complete sign-in.
fn attempt(step: &Step<'_>, user: &AuthenticatedUser, client_id: &str) -> Attempt {
    let attempt = step.pool.attempt(user.username.clone(), client_id, None);
    Attempt { sub: Some(user.sub.clone()), ..attempt }
}
