//! The secrets of an app client; two can be valid at the same time.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::app_clients::ClientRequest;
use crate::operations::subject::Empty;
use crate::state::client::{Client, Secret};

/// The quota of secrets of an app client.
const MOST: usize = 2;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddRequest {
    client_id: String,
    client_secret: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddResponse {
    client_secret_descriptor: ClientSecretDescriptorType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ClientSecretDescriptorType {
    client_secret_id: String,
    /// Only in the response that creates it, and only for a generated secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_value: Option<String>,
    client_secret_create_date: f64,
}

impl From<&Secret> for ClientSecretDescriptorType {
    fn from(secret: &Secret) -> Self {
        Self {
            client_secret_id: secret.id.clone(),
            client_secret_value: None,
            client_secret_create_date: secret.created,
        }
    }
}

pub(super) fn add(step: &mut Step<'_>, request: AddRequest) -> Result<AddResponse, ServiceError> {
    let AddRequest { client_id, client_secret } = request;
    let generated = client_secret.is_none();
    let value = client_secret.unwrap_or_else(|| step.random.client_secret());
    let date = step.date();
    let client = client_mut(step, &client_id)?;
    if client.secrets.is_empty() {
        return Err(ServiceError::invalid_parameter(format!(
            "App client {client_id} is not configured for secret."
        )));
    }
    if client.secrets.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "App client {client_id} has {MOST} secrets already."
        )));
    }
    let secret = Secret { id: client.new_secret_id(date), value, created: date };
    let client_secret_descriptor = ClientSecretDescriptorType {
        client_secret_value: generated.then(|| secret.value.clone()),
        ..(&secret).into()
    };
    client.secrets.push(secret);
    Ok(AddResponse { client_secret_descriptor })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    client_id: String,
    client_secret_id: String,
}

pub(super) fn delete(step: &mut Step<'_>, request: DeleteRequest) -> Result<Empty, ServiceError> {
    const LAST: &str = "The last secret of an app client cannot be deleted.";
    let id = request.client_secret_id;
    let client = client_mut(step, &request.client_id)?;
    if !client.secrets.iter().any(|secret| secret.id == id) {
        let message = format!("Client secret {id} does not exist.");
        return Err(ServiceError::resource_not_found(message));
    }
    if client.secrets.len() == 1 {
        return Err(ServiceError::invalid_parameter(LAST));
    }
    client.secrets.retain(|secret| secret.id != id);
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    client_secrets: Vec<ClientSecretDescriptorType>,
}

/// Lists the secrets on a single page, because there are at most two.
pub(super) fn list(
    step: &mut Step<'_>,
    request: ClientRequest,
) -> Result<ListResponse, ServiceError> {
    let client = step.pool.client(&request.client_id)?;
    Ok(ListResponse { client_secrets: client.secrets.iter().map(Into::into).collect() })
}

fn client_mut<'a>(step: &'a mut Step<'_>, id: &str) -> Result<&'a mut Client, ServiceError> {
    step.pool.clients.get_mut(id).ok_or_else(|| ServiceError::client_unknown(id))
}
