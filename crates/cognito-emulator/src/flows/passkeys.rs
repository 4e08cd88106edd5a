//! Registration of passkeys.

pub(crate) mod options;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use self::options::CreationOptions;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::passkey::{MOST_PASSKEYS, Passkey, Registration};
use crate::state::pool::Pool;
use crate::state::user::FirstFactor;
use crate::state::webauthn::{self, ClientData, Flaw};

/// The validity of a registration challenge in seconds.
const REGISTRATION_SECONDS: u64 = 180;

/// RegistrationResponseJSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewCredential {
    id: String,
    authenticator_attachment: Option<String>,
    response: NewCredentialResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCredentialResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// Starts the registration of a passkey.
pub(crate) fn start(
    step: &mut Step<'_>,
    registration: Registration,
) -> Result<CreationOptions, ServiceError> {
    let challenge = URL_SAFE_NO_PAD.encode(step.random.bytes::<32>());
    check_enabled(step.pool)?;
    let options = CreationOptions::new(step.pool, &registration.username, challenge.clone())?;
    let now = step.now();
    let ends = now.saturating_add(REGISTRATION_SECONDS);
    step.pool.registrations.insert(challenge, registration, ends, now);
    Ok(options)
}

/// Adds a passkey. `credential` is `None` if the request has no valid credential.
pub(crate) fn complete(
    step: &mut Step<'_>,
    registration: &Registration,
    credential: Option<NewCredential>,
) -> Result<(), ServiceError> {
    let (now, date) = (step.now(), step.date());
    let credential = credential.ok_or_else(|| rejected(Flaw::Malformed))?;
    let client_data = ClientData::parse(&credential.response.client_data_json).map_err(rejected)?;
    check_enabled(step.pool)?;
    step.pool.take_registration(client_data.challenge(), registration, now)?;
    let passkey = new_passkey(step.pool, &client_data, credential, date)?;
    let user = step.pool.user_mut(&registration.username)?;
    let passkeys = &user.extras().passkeys;
    if passkeys.len() >= MOST_PASSKEYS {
        const MOST: usize = MOST_PASSKEYS;
        return Err(ServiceError::limit_exceeded(format!("A user can have {MOST} passkeys.")));
    }
    if passkeys.iter().any(|known| known.id == passkey.id) {
        return Err(ServiceError::invalid_parameter("The passkey is already registered."));
    }
    user.change_extras(|extras| extras.passkeys.push(passkey));
    Ok(())
}

/// Verifies the response of an authenticator, and returns its passkey.
fn new_passkey(
    pool: &Pool,
    client_data: &ClientData,
    credential: NewCredential,
    created: f64,
) -> Result<Passkey, ServiceError> {
    let NewCredential { id, authenticator_attachment, response } = credential;
    let party = pool.settings.relying_party()?;
    let attested =
        webauthn::check_new(client_data, &response.attestation_object, &party).map_err(rejected)?;
    if webauthn::decode(&id).as_ref() != Ok(&attested.credential_id) {
        return Err(rejected(Flaw::Malformed));
    }
    Ok(Passkey {
        id: URL_SAFE_NO_PAD.encode(&attested.credential_id),
        relying_party_id: party.id.to_owned(),
        key: attested.key,
        counter: attested.counter,
        transports: response.transports,
        attachment: authenticator_attachment,
        created,
    })
}

fn check_enabled(pool: &Pool) -> Result<(), ServiceError> {
    match pool.settings.allows_first(FirstFactor::WebAuthn) {
        true => Ok(()),
        false => Err(ServiceError::webauthn_not_enabled("Passkeys are not enabled for the pool.")),
    }
}

fn rejected(flaw: Flaw) -> ServiceError {
    match flaw {
        Flaw::Origin => ServiceError::webauthn_origin_not_allowed("The origin is not allowed."),
        Flaw::RelyingParty => {
            ServiceError::webauthn_relying_party_mismatch("The relying party does not match.")
        }
        Flaw::NotSupported => {
            ServiceError::webauthn_credential_not_supported("The passkey is not supported.")
        }
        Flaw::Malformed | Flaw::Signature => {
            ServiceError::invalid_parameter("The passkey is not valid.")
        }
    }
}
