//! The secrets of an app client, of which two can be valid at a time.

use crate::flows::step::Step;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::client::{Client, Secret};

/// The quota of secrets of an app client.
const MOST: usize = 2;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddRequest {
    client_id: String,
    client_secret: Option<String>,
}

pub(super) fn add(step: &mut Step<'_>, request: AddRequest) -> Output {
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
    let mut descriptor = secret.to_json();
    if let (Some(descriptor), true) = (descriptor.as_object_mut(), generated) {
        descriptor.insert("ClientSecretValue".to_owned(), secret.value.as_str().into());
    }
    client.secrets.push(secret);
    Ok(json!({ "ClientSecretDescriptor": descriptor }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    client_id: String,
    client_secret_id: String,
}

pub(super) fn delete(step: &mut Step<'_>, request: DeleteRequest) -> Output {
    let id = request.client_secret_id;
    let client = client_mut(step, &request.client_id)?;
    if !client.secrets.iter().any(|secret| secret.id == id) {
        let message = format!("Client secret {id} does not exist.");
        return Err(ServiceError::resource_not_found(message));
    }
    if client.secrets.len() == 1 {
        const MESSAGE: &str = "The last secret of an app client cannot be deleted.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    client.secrets.retain(|secret| secret.id != id);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    client_id: String,
}

/// Lists the secrets. There are few, and all are on one page.
pub(super) fn list(step: &mut Step<'_>, request: ListRequest) -> Output {
    let secrets = &client_mut(step, &request.client_id)?.secrets;
    let descriptors: Value = secrets.iter().map(Secret::to_json).collect();
    Ok(json!({ "ClientSecrets": descriptors }))
}

fn client_mut<'a>(scope: &'a mut Step<'_>, id: &str) -> Result<&'a mut Client, ServiceError> {
    scope.pool.clients.get_mut(id).ok_or_else(|| ServiceError::client_unknown(id))
}
