//! Resource servers.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::model::{self, ServiceError, shapes};
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::Empty;
use crate::state::pool::Pool;
use crate::state::resource_server::ResourceServer;

/// The quota of resource servers in a pool.
const MOST_SERVERS: usize = 25;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServerResponse {
    resource_server: ResourceServerType,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceServerType {
    user_pool_id: String,
    #[serde(flatten)]
    server: ResourceServer,
}

impl ResourceServerType {
    fn new(pool: &Pool, server: &ResourceServer) -> Self {
        Self { user_pool_id: pool.id.to_string(), server: server.clone() }
    }
}

pub(super) fn create(
    step: &mut Step<'_>,
    server: ResourceServer,
) -> Result<ServerResponse, ServiceError> {
    let servers = &step.pool.resource_servers;
    if servers.contains_key(&server.identifier) {
        // The message is from moto.
        let (identifier, id) = (&server.identifier, &step.pool.id);
        return Err(ServiceError::invalid_parameter(format!(
            "{identifier} already exists in user pool {id}."
        )));
    }
    if servers.len() >= MOST_SERVERS {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST_SERVERS} resource servers."
        )));
    }
    Ok(put(step.pool, server))
}

/// Adds a scope to a resource server, and creates both if they do not exist.
pub(crate) fn add_scope(
    service: &Service,
    pool_id: &str,
    identifier: &str,
    name: &str,
) -> Result<(), ServiceError> {
    let scope = json!({ "ScopeName": name, "ScopeDescription": name });
    let request = json!({
        "UserPoolId": pool_id, "Identifier": identifier, "Name": "local", "Scopes": [scope]
    });
    let request = model::fit_known(&shapes::CREATE_RESOURCE_SERVER_REQUEST, request)?;
    let given: ResourceServer = model::typed(request)?;
    service.in_pool(pool_id, |step| match step.pool.resource_servers.get_mut(identifier) {
        Some(server) => {
            server.add_scopes(given);
            Ok(())
        }
        None => create(step, given).map(drop),
    })
}

/// Replaces name and scopes. Scopes that are missing from the request are deleted.
pub(super) fn update(
    step: &mut Step<'_>,
    server: ResourceServer,
) -> Result<ServerResponse, ServiceError> {
    find(step.pool, &server.identifier)?;
    Ok(put(step.pool, server))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedRequest {
    identifier: String,
}

pub(super) fn describe(
    step: &mut Step<'_>,
    request: NamedRequest,
) -> Result<ServerResponse, ServiceError> {
    let server = find(step.pool, &request.identifier)?;
    Ok(ServerResponse { resource_server: ResourceServerType::new(step.pool, server) })
}

pub(super) fn delete(step: &mut Step<'_>, request: NamedRequest) -> Result<Empty, ServiceError> {
    find(step.pool, &request.identifier)?;
    step.pool.resource_servers.remove(&request.identifier);
    Ok(Empty {})
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    resource_servers: Vec<ResourceServerType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: PageMembers,
) -> Result<ListResponse, ServiceError> {
    let pool = &*step.pool;
    let described = |server: &ResourceServer| ResourceServerType::new(pool, server);
    let (resource_servers, next_token) =
        page::records(request, "ResourceServers", &pool.resource_servers, described)?;
    Ok(ListResponse { resource_servers, next_token })
}

fn find<'a>(pool: &'a Pool, identifier: &str) -> Result<&'a ResourceServer, ServiceError> {
    let found = pool.resource_servers.get(identifier);
    found.ok_or_else(|| ServiceError::resource_server_unknown(identifier))
}

fn put(pool: &mut Pool, server: ResourceServer) -> ServerResponse {
    let resource_server = ResourceServerType::new(pool, &server);
    pool.resource_servers.insert(server.identifier.clone(), server);
    ServerResponse { resource_server }
}
