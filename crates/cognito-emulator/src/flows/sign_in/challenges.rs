//! The challenges of a sign-in, one module for each.

pub(crate) mod custom;
pub(crate) mod device_srp;
pub(crate) mod device_verifier;
pub(crate) mod new_password;
pub(crate) mod one_time_code;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod password_srp;
pub(crate) mod password_verifier;
pub(crate) mod second_factor_code;
pub(crate) mod select_first_factor;
pub(crate) mod select_second_factor;
pub(crate) mod set_up;
pub(crate) mod software_token;

use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::state::challenge::{ChallengeKind, invalid_session};

/// Defines the table of challenges. A kind without a row, or one that does not implement
/// [`Respond`], does not compile.
macro_rules! challenges {
    ($($kind:ident,)+) => {
        /// Returns the name of a challenge, or `None` for a Session without one.
        pub(crate) fn name(kind: &ChallengeKind) -> Option<&'static str> {
            match kind {
                $(ChallengeKind::$kind(challenge) => Some(challenge.name()),)+
                ChallengeKind::SignUp | ChallengeKind::SignedUp => None,
            }
        }

        /// Verifies a response to a challenge and continues the sign-in.
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
    Custom,
    DeviceSrp,
    DeviceVerifier,
    NewPassword,
    OneTimeCode,
    Passkey,
    Password,
    PasswordSrp,
    PasswordVerifier,
    SecondFactorCode,
    SelectFirstFactor,
    SelectSecondFactor,
    SetUp,
    SoftwareToken,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::enumerated;
    use crate::model::shapes::CHALLENGE_NAME_TYPE;
    use crate::state::challenge::{
        ChallengeCode, CustomChallengeParameters, DeviceSrp, DeviceVerifier, NewPassword,
        OneTimeCode, PasskeyUse, Password, PasswordSrp, PasswordVerifier, SecondFactorCode,
        SelectFirstFactor, SelectSecondFactor, SetUp, SoftwareTokenCode,
    };
    use crate::state::user::{Factor, FirstFactor};

    fn one_time_code(factor: FirstFactor) -> ChallengeKind {
        let sent = ChallengeCode { code: String::new(), address: None };
        OneTimeCode { factor, sent }.into()
    }

    fn second_factor_code(factor: Factor) -> ChallengeKind {
        let sent = ChallengeCode { code: String::new(), address: None };
        SecondFactorCode { factor, sent }.into()
    }

    fn kinds() -> Vec<ChallengeKind> {
        vec![
            CustomChallengeParameters::default().into(),
            DeviceSrp.into(),
            DeviceVerifier.into(),
            NewPassword.into(),
            PasskeyUse { challenge: String::new() }.into(),
            Password.into(),
            PasswordSrp.into(),
            PasswordVerifier.into(),
            SelectFirstFactor(Vec::new()).into(),
            SelectSecondFactor(Vec::new()).into(),
            SetUp::Open.into(),
            SoftwareTokenCode.into(),
            one_time_code(FirstFactor::EmailOtp),
            one_time_code(FirstFactor::SmsOtp),
            second_factor_code(Factor::Sms),
        ]
    }

    #[test]
    fn every_challenge_of_the_model_has_a_kind() {
        // ADMIN_NO_SRP_AUTH is the name of a flow, and never sent as a challenge.
        let mut expected: Vec<_> = enumerated(&CHALLENGE_NAME_TYPE)
            .iter()
            .copied()
            .filter(|name| *name != "ADMIN_NO_SRP_AUTH")
            .collect();
        let mut present: Vec<_> = kinds().iter().filter_map(name).collect();
        expected.sort_unstable();
        present.sort_unstable();
        assert_eq!(present, expected);
    }
}
