//! App clients.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::flows::service::{Service, Unique};
use crate::flows::step::Step;
use crate::model::{self, ServiceError, shapes};
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::Empty;
use crate::state::client::{Client, ClientMembers, ClientSettings, checks};
use crate::state::members::Members;
use crate::state::pool::Pool;

/// The quota of app clients in a pool.
const MOST: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateRequest {
    user_pool_id: String,
    client_name: String,
    client_secret: Option<String>,
    #[serde(default)]
    generate_secret: bool,
    /// Without effect: the emulator has no Secrets Manager, and the secret stays in the response.
    #[serde(rename = "PublishSecretsInAWSSecretsManager")]
    _publishes_secrets: Option<bool>,
    #[serde(flatten)]
    settings: ClientSettings,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientResponse {
    user_pool_client: UserPoolClientType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolClientType {
    user_pool_id: String,
    client_id: String,
    client_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    client_type: &'static str,
    creation_date: f64,
    last_modified_date: f64,
    refresh_token_validity: u64,
    #[serde(flatten)]
    members: ClientMembers,
}

impl ClientResponse {
    fn new(pool: &Pool, client: &Client) -> Self {
        let user_pool_client = UserPoolClientType {
            user_pool_id: pool.id.to_string(),
            client_id: client.id.clone(),
            client_name: client.name.clone(),
            client_secret: client.secrets.first().map(|secret| secret.value.clone()),
            client_type: "REGULAR",
            creation_date: client.created,
            last_modified_date: client.modified,
            refresh_token_validity: client.settings.described_refresh_token_validity(),
            members: client.settings.members.clone(),
        };
        Self { user_pool_client }
    }
}

pub(super) fn create(
    service: &Service,
    mut request: CreateRequest,
) -> Result<ClientResponse, ServiceError> {
    const TWO_SECRETS: &str = "GenerateSecret and ClientSecret can not be used together.";
    let id = new_id(service);
    if request.generate_secret {
        if request.client_secret.is_some() {
            return Err(ServiceError::invalid_parameter(TWO_SECRETS));
        }
        request.client_secret = Some(service.random().client_secret());
    }
    add(service, id, request)
}

pub(crate) fn new_id(service: &Service) -> String {
    service.random().client_id()
}

/// Creates an app client with the given id and secret.
pub(crate) fn set_up(
    service: &Service,
    pool_id: &str,
    id: String,
    secret: Option<String>,
    mut given: Members,
) -> Result<(), ServiceError> {
    let named = json!({ "UserPoolId": pool_id, "ClientId": id });
    model::fit(&shapes::DESCRIBE_USER_POOL_CLIENT_REQUEST, named)?;
    given.insert("UserPoolId".to_owned(), pool_id.into());
    let given = model::fit_known(&shapes::CREATE_USER_POOL_CLIENT_REQUEST, given.into())?;
    let request = CreateRequest { client_secret: secret, ..model::typed(given)? };
    add(service, id, request).map(drop)
}

fn add(
    service: &Service,
    id: String,
    request: CreateRequest,
) -> Result<ClientResponse, ServiceError> {
    let CreateRequest { user_pool_id, client_name, client_secret, settings, .. } = request;
    service.in_pool(&user_pool_id, |step| {
        let client = Client::new(id, client_name, client_secret, settings, step.date())?;
        if step.pool.clients.len() >= MOST {
            return Err(ServiceError::limit_exceeded(format!(
                "A user pool has at most {MOST} app clients."
            )));
        }
        checks::check(step.pool, &client, "creating")?;
        if !service.claim(Unique::Client, &client.id, &user_pool_id) {
            let message = format!("App client {} already exists.", client.id);
            return Err(ServiceError::invalid_parameter(message));
        }
        let response = ClientResponse::new(step.pool, &client);
        step.pool.add_client(client);
        Ok(response)
    })
}

/// A request that names an app client. The table of operations finds its pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ClientRequest {
    pub(super) client_id: String,
}

pub(super) fn describe(
    step: &mut Step<'_>,
    request: ClientRequest,
) -> Result<ClientResponse, ServiceError> {
    Ok(ClientResponse::new(step.pool, step.pool.client(&request.client_id)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateRequest {
    /// Listed so that it is not one of the settings.
    #[serde(rename = "UserPoolId")]
    _user_pool_id: String,
    client_id: String,
    client_name: Option<String>,
    /// Without effect, as in [`CreateRequest`].
    #[serde(rename = "PublishSecretsInAWSSecretsManager")]
    _publishes_secrets: Option<bool>,
    #[serde(flatten)]
    settings: ClientSettings,
}

pub(super) fn update(
    step: &mut Step<'_>,
    request: UpdateRequest,
) -> Result<ClientResponse, ServiceError> {
    let client = step.pool.client(&request.client_id)?;
    let updated = client.updated(request.client_name, request.settings, step.date())?;
    checks::check(step.pool, &updated, "updating")?;
    let response = ClientResponse::new(step.pool, &updated);
    step.pool.clients.insert(updated.id.clone(), updated);
    Ok(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteRequest {
    user_pool_id: String,
    client_id: String,
}

pub(super) fn delete(service: &Service, request: DeleteRequest) -> Result<Empty, ServiceError> {
    let id = &request.client_id;
    service.in_pool(&request.user_pool_id, |step| {
        step.pool.client(id)?;
        step.pool.clients.remove(id);
        step.pool.records.forget_client(id);
        service.release(Unique::Client, id);
        Ok(Empty {})
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    client_type: Option<String>,
    #[serde(flatten)]
    page: PageMembers,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    user_pool_clients: Vec<UserPoolClientDescription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserPoolClientDescription {
    client_id: String,
    client_name: String,
    user_pool_id: String,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    // The emulator has no dynamic client registration, so that no client has the other type.
    if request.client_type.as_deref() == Some("DCR") {
        return Ok(ListResponse { user_pool_clients: Vec::new(), next_token: None });
    }
    let pool = &*step.pool;
    let described = |client: &Client| UserPoolClientDescription {
        client_id: client.id.clone(),
        client_name: client.name.clone(),
        user_pool_id: pool.id.to_string(),
    };
    let (user_pool_clients, next_token) =
        page::records(request.page, "UserPoolClients", &pool.clients, described)?;
    Ok(ListResponse { user_pool_clients, next_token })
}
