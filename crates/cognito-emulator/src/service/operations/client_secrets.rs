//! The secrets of an app client, of which two can be good at a time.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Output;
use crate::service::Service;
use crate::service::client::{Client, Secret};
use crate::service::constraint::{CLIENT_ID, CLIENT_SECRET, CLIENT_SECRET_ID, USER_POOL_ID};
use crate::service::error::ApiError;
use crate::service::scope::Scope;

/// How many secrets an app client can have.
const MOST: usize = 2;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SecretInput {
    user_pool_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_secret_id: Option<String>,
}

pub(super) fn add(service: &mut Service, input: SecretInput) -> Output {
    let given = CLIENT_SECRET.optional(input.client_secret.clone())?;
    let (mut scope, client_id) = named_client(service, input)?;
    let generated = given.is_none();
    let value = given.unwrap_or_else(|| scope.random.client_secret());
    let date = scope.date();
    let client = client_mut(&mut scope, &client_id)?;
    if client.secrets.is_empty() {
        return Err(ApiError::invalid_parameter(format!(
            "App client {client_id} is not configured for secret."
        )));
    }
    if client.secrets.len() >= MOST {
        return Err(ApiError::limit_exceeded(format!(
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

pub(super) fn delete(service: &mut Service, input: SecretInput) -> Output {
    let id = CLIENT_SECRET_ID.required(input.client_secret_id.clone())?;
    let (mut scope, client_id) = named_client(service, input)?;
    let client = client_mut(&mut scope, &client_id)?;
    if !client.secrets.iter().any(|secret| secret.id == id) {
        let message = format!("Client secret {id} does not exist.");
        return Err(ApiError::resource_not_found(message));
    }
    if client.secrets.len() == 1 {
        const MESSAGE: &str = "The last secret of an app client cannot be deleted.";
        return Err(ApiError::invalid_parameter(MESSAGE));
    }
    client.secrets.retain(|secret| secret.id != id);
    Ok(json!({}))
}

pub(super) fn list(service: &mut Service, input: SecretInput) -> Output {
    let (mut scope, client_id) = named_client(service, input)?;
    let secrets = &client_mut(&mut scope, &client_id)?.secrets;
    let descriptors: Value = secrets.iter().map(Secret::to_json).collect();
    Ok(json!({ "ClientSecrets": descriptors }))
}

fn named_client(
    service: &mut Service,
    input: SecretInput,
) -> Result<(Scope<'_>, String), ApiError> {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let client_id = CLIENT_ID.required(input.client_id)?;
    Ok((service.pool(&pool_id)?, client_id))
}

fn client_mut<'a>(scope: &'a mut Scope<'_>, id: &str) -> Result<&'a mut Client, ApiError> {
    scope.pool.clients.get_mut(id).ok_or_else(|| ApiError::client_unknown(id))
}
