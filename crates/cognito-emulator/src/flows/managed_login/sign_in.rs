//! Sign-ins on the pages, by the flows of the API. The pending challenge determines the page.

use crate::flows::context::Context;
use crate::flows::managed_login::set_up;
use crate::flows::sign_in::challenges;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::{Progress, SentChallenge, SignedIn};
use crate::flows::sign_in::respond::respond;
use crate::flows::sign_in::start::{Start, start};
use crate::flows::sign_in::turn::Response;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Channel;
use crate::state::challenge::{Challenge, ChallengeKind, invalid_session};
use crate::state::managed_login::AuthenticatedUser;
use crate::state::user::FirstFactor;

/// The result of a step of a sign-in on the pages.
pub(crate) enum Outcome {
    SignedIn(AuthenticatedUser),
    /// The Session of the challenge for the next page.
    Challenged(String),
}

/// Signs in with a password. ALLOW_USER_PASSWORD_AUTH is not required, because it only concerns the
/// API.
pub(crate) async fn with_password(
    context: &Context,
    client_id: &str,
    username: &str,
    password: &str,
) -> Result<Outcome, ServiceError> {
    let parameters = Parameters::from_iter([("USERNAME", username), ("PASSWORD", password)]);
    let progress = start(context, Start::Password, client_id, &parameters).await?;
    settle(context, client_id, progress).await
}

/// Starts a sign-in in which the user chooses the first factor (USER_AUTH).
pub(crate) async fn by_choice(
    context: &Context,
    client_id: &str,
    username: &str,
) -> Result<Outcome, ServiceError> {
    let parameters = Parameters::from_iter([("USERNAME", username)]);
    let progress = start(context, Start::Choice(None), client_id, &parameters).await?;
    settle(context, client_id, progress).await
}

/// Signs in after a confirmed sign-up, by its Session.
pub(crate) async fn after_sign_up(
    context: &Context,
    client_id: &str,
    username: &str,
    session: &str,
) -> Result<Outcome, ServiceError> {
    let parameters = Parameters::from_iter([("USERNAME", username)]);
    let progress = start(context, Start::Choice(Some(session)), client_id, &parameters).await?;
    settle(context, client_id, progress).await
}

/// Responds to a pending challenge with a form, whose fields have the names of ChallengeResponses.
pub(crate) async fn respond_with_form(
    context: &Context,
    client_id: &str,
    session: &str,
    form: Parameters,
) -> Result<Outcome, ServiceError> {
    let challenge = context.step(|step| open_challenge(step, client_id, session))?;
    if matches!(challenge.kind, ChallengeKind::SetUp(_)) {
        if let Some(outcome) = set_up::associate(context, session, &form)? {
            return Ok(outcome);
        }
        let session = set_up::verify(context, session, &form)?;
        return respond_to(context, &challenge, &session, form).await;
    }
    respond_to(context, &challenge, session, form).await
}

/// Returns the pending challenge of a Session from the pages of an app client.
pub(crate) fn open_challenge(
    step: &mut Step<'_>,
    client_id: &str,
    session: &str,
) -> Result<Challenge, ServiceError> {
    let now = step.now();
    let challenge = step.pool.challenge(session, now)?;
    let attempt = &challenge.attempt;
    match attempt.client_id == client_id && attempt.channel == Channel::ManagedLogin {
        true => Ok(challenge.clone()),
        false => Err(invalid_session()),
    }
}

/// Returns the first factors that have a page: SRP has none.
pub(crate) fn choices(factors: &[FirstFactor]) -> Vec<FirstFactor> {
    factors.iter().copied().filter(|factor| *factor != FirstFactor::PasswordSrp).collect()
}

async fn respond_to(
    context: &Context,
    challenge: &Challenge,
    session: &str,
    form: Parameters,
) -> Result<Outcome, ServiceError> {
    let Challenge { attempt, kind } = challenge;
    let name = challenges::name(kind).ok_or_else(invalid_session)?;
    let response = Response {
        client_id: attempt.client_id.clone(),
        challenge: name.to_owned(),
        session: Some(session.to_owned()),
        // The pages do not support remembered devices.
        responses: form.with("USERNAME", &attempt.username).without("DEVICE_KEY"),
    };
    let progress = respond(context, &response).await?;
    settle(context, &attempt.client_id, progress).await
}

/// Continues without a page if there is no choice: with the only first factor, or with the set-up
/// of the only MFA factor.
async fn settle(
    context: &Context,
    client_id: &str,
    progress: Progress,
) -> Result<Outcome, ServiceError> {
    let Some(session) = (match progress {
        Progress::SignedIn(SignedIn { user, .. }) => return Ok(Outcome::SignedIn(user)),
        Progress::Challenged(SentChallenge { session, .. }) => session,
    }) else {
        return Err(invalid_session());
    };
    let challenge = context.step(|step| open_challenge(step, client_id, &session))?;
    match &challenge.kind {
        ChallengeKind::SelectFirstFactor(offered) => match *choices(&offered.0) {
            [factor] => {
                let form = Parameters::from_iter([("ANSWER", factor.challenge_name())]);
                Box::pin(respond_to(context, &challenge, &session, form)).await
            }
            _ => Ok(Outcome::Challenged(session)),
        },
        ChallengeKind::SetUp(_) => set_up::begin(context, session),
        _ => Ok(Outcome::Challenged(session)),
    }
}
