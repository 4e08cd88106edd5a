//! Resource servers.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use crate::service::Service;
use crate::service::constraint::{
    RESOURCE_SERVER_ID, RESOURCE_SERVER_NAME, SCOPE_DESCRIPTION, SCOPE_NAME, USER_POOL_ID,
};
use crate::service::error::ApiError;
use crate::service::record_page;
use crate::service::resource_server::{ResourceScope, ResourceServer};
use crate::service::scope::Scope;
use crate::service::shape::Members;
use crate::service::shapes::pools as shapes;

/// How many resource servers a pool can have.
const MOST_SERVERS: usize = 25;

/// How many scopes a resource server can have.
const MOST_SCOPES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServerInput {
    user_pool_id: Option<String>,
    identifier: Option<String>,
    name: Option<String>,
    #[serde(default)]
    scopes: Vec<ResourceScope>,
}

pub(super) fn create(service: &mut Service, input: ServerInput) -> Output {
    let (scope, server) = read(service, input)?;
    let servers = &mut scope.pool.resource_servers;
    if servers.contains_key(&server.identifier) {
        // The words are moto's.
        let (identifier, id) = (&server.identifier, &scope.pool.id);
        return Err(ApiError::invalid_parameter(format!(
            "{identifier} already exists in user pool {id}."
        )));
    }
    if servers.len() >= MOST_SERVERS {
        return Err(ApiError::limit_exceeded(format!(
            "A user pool has at most {MOST_SERVERS} resource servers."
        )));
    }
    let description = server.to_json(&scope.pool.id);
    scope.pool.resource_servers.insert(server.identifier.clone(), server);
    Ok(json!({ "ResourceServer": description }))
}

/// Replaces name and scopes: what is not sent is gone.
pub(super) fn update(service: &mut Service, input: ServerInput) -> Output {
    let (mut scope, server) = read(service, input)?;
    let description = server.to_json(&scope.pool.id);
    let known = scope.resource_server_mut(&server.identifier)?;
    *known = server;
    Ok(json!({ "ResourceServer": description }))
}

pub(super) fn describe(service: &mut Service, input: ServerInput) -> Output {
    let (mut scope, identifier) = named(service, input)?;
    let pool_id = scope.pool.id.clone();
    let server = scope.resource_server_mut(&identifier)?;
    Ok(json!({ "ResourceServer": server.to_json(&pool_id) }))
}

pub(super) fn delete(service: &mut Service, input: ServerInput) -> Output {
    let (mut scope, identifier) = named(service, input)?;
    scope.resource_server_mut(&identifier)?;
    scope.pool.resource_servers.remove(&identifier);
    Ok(json!({}))
}

pub(super) fn list(service: &mut Service, given: Members) -> Output {
    let given = shapes::LIST_RESOURCE_SERVERS.read(given)?;
    let pool = service.named_pool(&given)?.pool;
    let names = ["MaxResults", "NextToken", "ResourceServers"];
    record_page::list(&given, &pool.resource_servers, names, |server| server.to_json(&pool.id))
}

fn named(service: &mut Service, input: ServerInput) -> Result<(Scope<'_>, String), ApiError> {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let identifier = RESOURCE_SERVER_ID.required(input.identifier)?;
    Ok((service.pool(&pool_id)?, identifier))
}

/// The pool, and a server as a request describes it.
fn read(
    service: &mut Service,
    input: ServerInput,
) -> Result<(Scope<'_>, ResourceServer), ApiError> {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let identifier = RESOURCE_SERVER_ID.required(input.identifier)?;
    let name = RESOURCE_SERVER_NAME.required(input.name)?;
    let scopes = input.scopes;
    if scopes.len() > MOST_SCOPES {
        return Err(ApiError::invalid_parameter(format!(
            "A resource server has at most {MOST_SCOPES} scopes."
        )));
    }
    for scope in &scopes {
        SCOPE_NAME.required(scope.scope_name.clone())?;
        SCOPE_DESCRIPTION.required(scope.scope_description.clone())?;
    }
    Ok((service.pool(&pool_id)?, ResourceServer { identifier, name, scopes }))
}

impl Scope<'_> {
    fn resource_server_mut(&mut self, identifier: &str) -> Result<&mut ResourceServer, ApiError> {
        let server = self.pool.resource_servers.get_mut(identifier);
        server.ok_or_else(|| {
            ApiError::resource_not_found(format!("Resource server {identifier} does not exist."))
        })
    }
}
