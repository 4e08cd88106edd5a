//! The page of a pending challenge.

use form_urlencoded::byte_serialize;

use crate::flows::managed_login::{set_up, sign_in};
use crate::flows::passkeys::options::RequestOptions;
use crate::flows::sign_in::challenges;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::managed_login::page::{
    ChallengeView, CodeView, FactorChoiceView, NewPasswordView, PasskeyView, SetUpAppView,
    SetUpChoiceView, View, attribute_fields,
};
use crate::state::attributes;
use crate::state::challenge::{Challenge, ChallengeCode, ChallengeKind, SetUp};
use crate::state::user::Factor;

/// Returns the page for the challenge of a Session, with the input of the form.
///
/// # Errors
///
/// Returns an error if the Session was used, has expired or belongs to another app client.
pub(super) fn view(
    step: &mut Step<'_>,
    client_id: &str,
    session: &str,
    typed: &Parameters,
) -> Result<View, ServiceError> {
    let opened = sign_in::open_challenge(step, client_id, session)?;
    let username = opened.attempt.username.clone();
    let challenge = ChallengeView { session: session.to_owned(), username };
    Ok(match &opened.kind {
        ChallengeKind::SoftwareToken(_) => code(challenge, &opened, None),
        ChallengeKind::SecondFactorCode(sent) => code(challenge, &opened, Some(&sent.sent)),
        ChallengeKind::OneTimeCode(sent) => code(challenge, &opened, Some(&sent.sent)),
        ChallengeKind::SelectSecondFactor(offered) => {
            let factors = offered.0.iter().map(|factor| factor.challenge_name()).collect();
            View::FactorChoice(FactorChoiceView { challenge, factors })
        }
        ChallengeKind::SelectFirstFactor(offered) => {
            let factors = sign_in::choices(&offered.0);
            let factors = factors.into_iter().map(|factor| factor.challenge_name()).collect();
            View::FactorChoice(FactorChoiceView { challenge, factors })
        }
        ChallengeKind::NewPassword(_) => new_password(step, challenge, typed),
        ChallengeKind::Passkey(used) => {
            let username = &challenge.username;
            let options = RequestOptions::new(step.pool, username, used.challenge.clone());
            let options = serde_json::to_string(&options).unwrap_or_default();
            View::Passkey(PasskeyView { challenge, options })
        }
        ChallengeKind::Password(_) => View::Password(challenge),
        ChallengeKind::SetUp(SetUp::Associated(token)) => {
            set_up_app(step, challenge, token.secret_code())
        }
        ChallengeKind::SetUp(_) => set_up_choice(step, challenge, typed),
        _ => View::Ended,
    })
}

fn code(challenge: ChallengeView, opened: &Challenge, sent: Option<&ChallengeCode>) -> View {
    let name = challenges::name(&opened.kind).unwrap_or_default();
    let address = sent.map(|sent| sent.address.as_ref());
    let sent_to = address.map(|to| to.map(|to| to.masked()).unwrap_or_default());
    View::Code(CodeView { challenge, field: format!("{name}_CODE"), sent_to })
}

fn new_password(step: &Step<'_>, challenge: ChallengeView, typed: &Parameters) -> View {
    let settings = &step.pool.settings;
    let user = step.pool.users.get(&challenge.username);
    let present = user.map(|user| user.attributes().clone()).unwrap_or_default();
    let missing = attributes::missing(&present, &settings.schema);
    let missing = attribute_fields(missing, typed);
    View::NewPassword(NewPasswordView {
        challenge,
        rules: settings.password_policy().rules(),
        missing,
    })
}

fn set_up_choice(step: &Step<'_>, challenge: ChallengeView, typed: &Parameters) -> View {
    let choices = set_up::choices(step.pool);
    let user = step.pool.users.get(&challenge.username);
    let known = user.and_then(|user| user.attributes().get("email"));
    View::SetUpChoice(SetUpChoiceView {
        challenge,
        has_app: choices.contains(&Factor::SoftwareToken),
        has_email: choices.contains(&Factor::Email),
        email: typed.get("EMAIL").or(known).unwrap_or_default().to_owned(),
    })
}

/// Returns the page for an authenticator app, with a key URI (Google Authenticator, key URI
/// format).
fn set_up_app(step: &Step<'_>, challenge: ChallengeView, secret: String) -> View {
    let encoded =
        |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let issuer = encoded(&step.pool.settings.members.name);
    let username = encoded(&challenge.username);
    let uri = format!("otpauth://totp/{issuer}:{username}?secret={secret}&issuer={issuer}");
    View::SetUpApp(SetUpAppView { challenge, secret, uri })
}
