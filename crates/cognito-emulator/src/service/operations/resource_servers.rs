//! Resource servers.

use serde::Deserialize;
use serde_json::json;

use super::Output;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::members::Members;
use crate::service::record_page;
use crate::service::resource_server::ResourceServer;
use crate::service::scope::Scope;

/// The quota of resource servers in a pool.
const MOST_SERVERS: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServerRequest {
    user_pool_id: String,
    #[serde(flatten)]
    server: ResourceServer,
}

pub(super) fn create(service: &mut Service, request: ServerRequest) -> Output {
    let ServerRequest { user_pool_id, server } = request;
    let scope = service.pool(&user_pool_id)?;
    let servers = &mut scope.pool.resource_servers;
    if servers.contains_key(&server.identifier) {
        // The words are moto's.
        let (identifier, id) = (&server.identifier, &scope.pool.id);
        return Err(ServiceError::invalid_parameter(format!(
            "{identifier} already exists in user pool {id}."
        )));
    }
    if servers.len() >= MOST_SERVERS {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST_SERVERS} resource servers."
        )));
    }
    let description = server.to_json(&scope.pool.id);
    scope.pool.resource_servers.insert(server.identifier.clone(), server);
    Ok(json!({ "ResourceServer": description }))
}

/// Replaces name and scopes. Scopes that are not sent are deleted.
pub(super) fn update(service: &mut Service, request: ServerRequest) -> Output {
    let ServerRequest { user_pool_id, server } = request;
    let mut scope = service.pool(&user_pool_id)?;
    let description = server.to_json(&scope.pool.id);
    let known = scope.resource_server_mut(&server.identifier)?;
    *known = server;
    Ok(json!({ "ResourceServer": description }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedRequest {
    user_pool_id: String,
    identifier: String,
}

pub(super) fn describe(service: &mut Service, request: NamedRequest) -> Output {
    let mut scope = service.pool(&request.user_pool_id)?;
    let pool_id = scope.pool.id.clone();
    let server = scope.resource_server_mut(&request.identifier)?;
    Ok(json!({ "ResourceServer": server.to_json(&pool_id) }))
}

pub(super) fn delete(service: &mut Service, request: NamedRequest) -> Output {
    let mut scope = service.pool(&request.user_pool_id)?;
    scope.resource_server_mut(&request.identifier)?;
    scope.pool.resource_servers.remove(&request.identifier);
    Ok(json!({}))
}

pub(super) fn list(service: &mut Service, given: Members) -> Output {
    let pool = service.named_pool(&given)?.pool;
    let names = ["MaxResults", "NextToken", "ResourceServers"];
    record_page::list(&given, &pool.resource_servers, names, |server| server.to_json(&pool.id))
}

impl Scope<'_> {
    fn resource_server_mut(
        &mut self,
        identifier: &str,
    ) -> Result<&mut ResourceServer, ServiceError> {
        let server = self.pool.resource_servers.get_mut(identifier);
        server.ok_or_else(|| {
            ServiceError::resource_not_found(format!(
                "Resource server {identifier} does not exist."
            ))
        })
    }
}
