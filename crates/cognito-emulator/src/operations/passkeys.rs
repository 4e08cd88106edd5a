//! Passkeys: registered, listed, deleted, and used to sign in.

use crate::flows::step::Step;
use crate::state::sign_in_record::SignInRecord;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::page;
use crate::operations::subject::Bare;
use crate::state::passkey::{Passkey, Registration, TIMEOUT};
use crate::state::pool::Pool;
use crate::state::user::FirstFactor;
use crate::state::webauthn::{self, ClientData, ES256, Flaw, RS256};

/// Passkeys that a user can have.
const MOST: usize = 20;

/// Seconds for which a challenge to register waits.
const REGISTRATION_SECONDS: u64 = 180;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CompleteRequest {
    /// RegistrationResponseJSON.
    credential: Value,
}

/// RegistrationResponseJSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCredential {
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

pub(super) fn start_registration(step: &mut Step<'_>, record: &SignInRecord, _: Bare) -> Output {
    let challenge = URL_SAFE_NO_PAD.encode(step.random.bytes::<32>());
    let options = step.creation_options(&record.username, &challenge)?;
    let now = step.now();
    let registration =
        Registration { username: record.username.clone(), client_id: record.client_id.clone() };
    let ends = now.saturating_add(REGISTRATION_SECONDS);
    step.pool.registrations.insert(challenge, registration, ends, now);
    Ok(json!({ "CredentialCreationOptions": options }))
}

pub(super) fn complete_registration(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: CompleteRequest,
) -> Output {
    let now = step.now();
    let credential: NewCredential = serde_json::from_value(request.credential)
        .map_err(|_| refused_registration(Flaw::Malformed))?;
    let client_data =
        ClientData::parse(&credential.response.client_data_json).map_err(refused_registration)?;
    step.pool.check_passkeys_enabled()?;
    step.pool.take_registration(client_data.challenge(), record, now)?;
    let passkey = step.new_passkey(&client_data, credential)?;
    let passkeys = &mut step.pool.user_mut(&record.username)?.passkeys;
    if passkeys.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!("A user can have {MOST} passkeys.")));
    }
    if passkeys.iter().any(|known| known.id == passkey.id) {
        return Err(ServiceError::invalid_parameter("The passkey is registered already."));
    }
    passkeys.push(passkey);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// A page of passkeys. The token of the next one is the id of the last passkey of this one.
pub(super) fn list(step: &mut Step<'_>, record: &SignInRecord, request: ListRequest) -> Output {
    let ListRequest { max_results, next_token } = request;
    let limit = max_results.filter(|limit| *limit > 0).unwrap_or(MOST);
    let passkeys = &step.pool.user_mut(&record.username)?.passkeys;
    let after = passkeys.iter().position(|passkey| Some(&passkey.id) == next_token.as_ref());
    let mut rest = passkeys.iter().skip(after.map_or(0, |index| index.saturating_add(1)));
    let listed: Vec<&Passkey> = rest.by_ref().take(limit).collect();
    let credentials: Value = listed.iter().map(|passkey| passkey.to_json()).collect();
    let last = listed.last().filter(|_| rest.next().is_some());
    let token = last.map(|passkey| passkey.id.clone());
    Ok(page::answer("Credentials", credentials, ("NextToken", token)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    credential_id: String,
}

pub(super) fn delete(step: &mut Step<'_>, record: &SignInRecord, request: DeleteRequest) -> Output {
    let id = request.credential_id;
    let passkeys = &mut step.pool.user_mut(&record.username)?.passkeys;
    let before = passkeys.len();
    passkeys.retain(|passkey| passkey.id != id);
    match passkeys.len() == before {
        true => Err(ServiceError::resource_not_found("The passkey does not exist.")),
        false => Ok(json!({})),
    }
}

impl Step<'_> {
    /// PublicKeyCredentialCreationOptionsJSON.
    fn creation_options(&self, username: &str, challenge: &str) -> Output {
        self.pool.check_passkeys_enabled()?;
        let party = self.pool.settings.relying_party()?;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let known: Value = user.passkeys.iter().map(Passkey::descriptor).collect();
        let algorithms = [ES256, RS256].map(|alg| json!({ "alg": alg, "type": "public-key" }));
        Ok(json!({
            "authenticatorSelection": {
                "requireResidentKey": true,
                "residentKey": "required",
                "userVerification": party.user_verification(),
            },
            "challenge": challenge,
            "excludeCredentials": known,
            "pubKeyCredParams": algorithms,
            "rp": { "id": party.id, "name": party.id },
            "timeout": TIMEOUT,
            "user": {
                "displayName": username,
                "id": URL_SAFE_NO_PAD.encode(user.sub.as_bytes()),
                "name": username,
            },
        }))
    }

    /// Checks what an authenticator made.
    fn new_passkey(
        &self,
        client_data: &ClientData,
        credential: NewCredential,
    ) -> Result<Passkey, ServiceError> {
        let NewCredential { id, authenticator_attachment, response } = credential;
        let party = self.pool.settings.relying_party()?;
        let attested = webauthn::check_new(client_data, &response.attestation_object, &party)
            .map_err(refused_registration)?;
        if webauthn::decode(&id).as_ref() != Ok(&attested.credential_id) {
            return Err(refused_registration(Flaw::Malformed));
        }
        Ok(Passkey {
            id: URL_SAFE_NO_PAD.encode(&attested.credential_id),
            relying_party_id: party.id.to_owned(),
            key: attested.key,
            counter: attested.counter,
            transports: response.transports,
            attachment: authenticator_attachment,
            created: self.date(),
        })
    }
}

impl Pool {
    fn check_passkeys_enabled(&self) -> Result<(), ServiceError> {
        match self.settings.allows_first(FirstFactor::WebAuthn) {
            true => Ok(()),
            false => {
                Err(ServiceError::webauthn_not_enabled("Passkeys are not enabled for the pool."))
            }
        }
    }
}

fn refused_registration(flaw: Flaw) -> ServiceError {
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
