//! The challenges of a sign-in, one module for each.

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::state::challenge::{ChallengeKind, invalid_session};

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
