//! Registration, list and deletion of passkeys.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::flows::passkeys;
use crate::flows::passkeys::options::CreationOptions;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::PageRequest;
use crate::operations::subject::{Bare, Empty};
use crate::state::passkey::{Passkey, Registration};
use crate::state::sign_in_record::SignInRecord;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartResponse {
    credential_creation_options: CreationOptions,
}

pub(super) fn start_registration(
    step: &mut Step<'_>,
    record: &SignInRecord,
    _: Bare,
) -> Result<StartResponse, ServiceError> {
    Ok(StartResponse { credential_creation_options: passkeys::start(step, registration(record))? })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CompleteRequest {
    /// RegistrationResponseJSON.
    credential: Value,
}

pub(super) fn complete_registration(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: CompleteRequest,
) -> Result<Empty, ServiceError> {
    let credential = serde_json::from_value(request.credential).ok();
    passkeys::complete(step, &registration(record), credential)?;
    Ok(Empty {})
}

/// Returns the registration of a signed-in user.
fn registration(record: &SignInRecord) -> Registration {
    Registration { username: record.username.clone(), client_id: record.client_id.clone() }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    credentials: Vec<CredentialDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// WebAuthnCredentialDescription.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialDescription {
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticator_attachment: Option<String>,
    authenticator_transports: Vec<String>,
    created_at: f64,
    credential_id: String,
    friendly_credential_name: &'static str,
    relying_party_id: String,
}

impl From<&Passkey> for CredentialDescription {
    fn from(passkey: &Passkey) -> Self {
        Self {
            authenticator_attachment: passkey.attachment.clone(),
            authenticator_transports: passkey.transports.clone(),
            created_at: passkey.created,
            credential_id: passkey.id.clone(),
            friendly_credential_name: "Passkey",
            relying_party_id: passkey.relying_party_id.clone(),
        }
    }
}

/// Returns a page of passkeys, oldest first. If the last passkey of the previous page was deleted,
/// the list starts again, so that no passkey is left out.
pub(super) fn list(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    let ListRequest { max_results, next_token } = request;
    let list = ["passkeys", step.pool.id.as_str(), &record.username];
    let page = PageRequest::read(max_results, next_token, &list)?;
    let user = step.pool.users.get(&record.username).ok_or_else(ServiceError::user_unknown)?;
    let passkeys = &user.extras().passkeys;
    let after = passkeys.iter().position(|passkey| Some(&passkey.id) == page.after.as_ref());
    let rest = passkeys.iter().skip(after.map_or(0, |index| index.saturating_add(1)));
    let (passkeys, next_token) = page.take(rest.map(|passkey| (&passkey.id, passkey)));
    let credentials = passkeys.into_iter().map(CredentialDescription::from).collect();
    Ok(ListResponse { credentials, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    credential_id: String,
}

pub(super) fn delete(
    step: &mut Step<'_>,
    record: &SignInRecord,
    request: DeleteRequest,
) -> Result<Empty, ServiceError> {
    let id = request.credential_id;
    let user = step.pool.user_mut(&record.username)?;
    let deleted = user.change_extras(|extras| {
        let before = extras.passkeys.len();
        extras.passkeys.retain(|passkey| passkey.id != id);
        extras.passkeys.len() < before
    });
    match deleted {
        false => Err(ServiceError::resource_not_found("The passkey does not exist.")),
        true => Ok(Empty {}),
    }
}
