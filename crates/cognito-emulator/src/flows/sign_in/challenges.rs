//! The challenges of a sign-in, one module for each.

use crate::flows::sign_in::respond::{Rejection, Turn};
use crate::flows::sign_in::{Progress, SentChallenge};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::{Challenge, ChallengeKind, invalid_session};

/// A kind of challenges: its name and parameters, and the effect of a response.
trait Respond: Sized {
    /// The parameter that holds the user's name.
    const USERNAME: &'static str = "USERNAME";

    fn name(&self) -> &'static str;

    /// Returns ChallengeParameters, without the user's name.
    fn parameters(&self, _step: &Step<'_>, _attempt: &Attempt) -> Strings {
        Strings::new()
    }

    /// Returns the challenges to choose from.
    fn available(&self) -> Option<Vec<&'static str>> {
        None
    }

    /// Checks a response and goes on with the sign-in.
    fn respond(self, turn: Turn<'_>) -> impl Future<Output = Result<Progress, Rejection>> + Send;
}

/// Makes the table of challenges: the module and the kind of each. A kind without a row, or a row
/// whose module does not implement [`Respond`], does not compile.
macro_rules! challenges {
    ($($module:ident => $kind:ident,)+) => {
        $(pub(crate) mod $module;)+

        /// Returns the name of a challenge; none for a Session without one.
        pub(super) fn name(kind: &ChallengeKind) -> Option<&'static str> {
            match kind {
                $(ChallengeKind::$kind(challenge) => Some(challenge.name()),)+
                ChallengeKind::SignUp | ChallengeKind::SignedUp => None,
            }
        }

        /// Checks a response to a challenge and goes on with the sign-in.
        pub(super) async fn respond(
            kind: ChallengeKind,
            turn: Turn<'_>,
        ) -> Result<Progress, Rejection> {
            match kind {
                $(ChallengeKind::$kind(challenge) => challenge.respond(turn).await,)+
                ChallengeKind::SignUp | ChallengeKind::SignedUp => Err(invalid_session().into()),
            }
        }

        /// Opens a challenge and returns it as the client gets it.
        pub(super) fn send(
            step: &mut Step<'_>,
            attempt: Attempt,
            kind: ChallengeKind,
        ) -> Result<Progress, ServiceError> {
            let sent = match &kind {
                $(ChallengeKind::$kind(challenge) => sent(step, &attempt, challenge),)+
                ChallengeKind::SignUp | ChallengeKind::SignedUp => return Err(invalid_session()),
            };
            let session = Some(open(step, attempt, kind)?);
            Ok(Progress::Challenged(SentChallenge { session, ..sent }))
        }
    };
}

challenges! {
    custom => Custom,
    device_srp => DeviceSrp,
    device_verifier => DeviceVerifier,
    new_password => NewPassword,
    one_time_code => OneTimeCode,
    passkey => Passkey,
    password => Password,
    password_srp => PasswordSrp,
    password_verifier => PasswordVerifier,
    second_factor_code => SecondFactorCode,
    select_first_factor => SelectFirstFactor,
    select_second_factor => SelectSecondFactor,
    set_up => SetUp,
    software_token => SoftwareToken,
}

/// Characters of a Session; those of the service are as long.
const SESSION_LENGTH: usize = 1543;

/// Keeps a challenge and returns its Session.
pub(crate) fn open(
    step: &mut Step<'_>,
    attempt: Attempt,
    kind: ChallengeKind,
) -> Result<String, ServiceError> {
    let now = step.now();
    let settings = &step.pool.client(&attempt.client_id)?.settings;
    let ends = now.saturating_add(settings.session_seconds());
    let session = format!("AYABe{}", step.random.opaque(SESSION_LENGTH.saturating_sub(5)));
    step.pool.challenges.insert(session.clone(), Challenge { attempt, kind }, ends, now);
    Ok(session)
}

fn sent<C: Respond>(step: &Step<'_>, attempt: &Attempt, challenge: &C) -> SentChallenge {
    let mut parameters = challenge.parameters(step, attempt);
    parameters.insert(C::USERNAME.to_owned(), attempt.username.clone());
    SentChallenge {
        name: challenge.name(),
        parameters,
        session: None,
        available: challenge.available(),
    }
}
