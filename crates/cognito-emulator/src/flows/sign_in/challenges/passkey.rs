//! WEB_AUTHN: the use of a passkey.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::flows::passkeys::options::RequestOptions;
use crate::flows::sign_in::challenge;
use crate::flows::sign_in::challenge::Respond;
use crate::flows::sign_in::next;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::Progress;
use crate::flows::sign_in::turn::{Rejection, Turn};
use crate::flows::step::Step;
use crate::flows::triggers::Strings;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::challenge::PasskeyUse;
use crate::state::pool::Pool;
use crate::state::user::FirstFactor;
use crate::state::webauthn::{self, Assertion, ClientData};

/// AuthenticationResponseJSON, the response CREDENTIAL.
#[derive(Deserialize)]
struct UsedCredential {
    id: String,
    response: Assertion,
}

/// Sends a challenge for a passkey of the user.
pub(crate) fn send(step: &mut Step<'_>, attempt: Attempt) -> Result<Progress, ServiceError> {
    let challenge = URL_SAFE_NO_PAD.encode(step.random.bytes::<32>());
    challenge::send(step, attempt, PasskeyUse { challenge })
}

impl Respond for PasskeyUse {
    fn name(&self) -> &'static str {
        FirstFactor::WebAuthn.challenge_name()
    }

    fn parameters(&self, step: &Step<'_>, attempt: &Attempt) -> Strings {
        let challenge = self.challenge.clone();
        let options = RequestOptions::new(step.pool, &attempt.username, challenge);
        let options = serde_json::to_string(&options).unwrap_or_default();
        Strings::from([("CREDENTIAL_REQUEST_OPTIONS".to_owned(), options)])
    }

    async fn respond(self, turn: Turn<'_>) -> Result<Progress, Rejection> {
        let Turn { context, attempt, responses, .. } = &turn;
        let context = *context;
        context.step(|step| check(step.pool, &attempt.username, &self.challenge, responses))?;
        next::after_last_factor(context, turn.passed()).await.map_err(Rejection::Final)
    }
}

/// Verifies the use of a passkey of the user. The error does not contain the reason.
fn check(
    pool: &mut Pool,
    username: &str,
    challenge: &str,
    responses: &Parameters,
) -> Result<(), ServiceError> {
    let rejected = |_| ServiceError::bad_credentials();
    let credential = responses.required("CREDENTIAL")?;
    let used: UsedCredential = serde_json::from_str(credential)
        .map_err(|_| ServiceError::invalid_parameter("CREDENTIAL is not a credential in JSON."))?;
    let client_data = ClientData::parse(&used.response.client_data_json).map_err(rejected)?;
    let settings = pool.settings.clone();
    let party = settings.relying_party()?;
    let user = pool.user_mut(username)?;
    let handle = used.response.user_handle.as_deref().map(webauthn::decode).transpose();
    let another = handle.map_err(rejected)?.is_some_and(|handle| handle != user.sub.as_bytes());
    if client_data.challenge() != challenge || another {
        return Err(ServiceError::bad_credentials());
    }
    // Registrations accept base64 padding in the id too.
    let id = URL_SAFE_NO_PAD.encode(webauthn::decode(&used.id).map_err(rejected)?);
    let mut passkeys = user.extras_mut().into_iter().flat_map(|extras| &mut extras.passkeys);
    let passkey = passkeys.find(|passkey| passkey.id == id);
    let passkey = passkey.ok_or_else(ServiceError::bad_credentials)?;
    let (key, counter) = (&passkey.key, passkey.counter);
    passkey.counter = webauthn::check_use(&client_data, &used.response, &party, key, counter)
        .map_err(rejected)?;
    Ok(())
}
