//! Resource servers.

use crate::flows::step::Step;
use serde::Deserialize;
use serde_json::json;

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::record_page;
use crate::state::members::Members;
use crate::state::resource_server::ResourceServer;

/// The quota of resource servers in a pool.
const MOST_SERVERS: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServerRequest {
    #[serde(flatten)]
    server: ResourceServer,
}

pub(super) fn create(step: &mut Step<'_>, request: ServerRequest) -> Output {
    let ServerRequest { server } = request;
    let servers = &mut step.pool.resource_servers;
    if servers.contains_key(&server.identifier) {
        // The words are moto's.
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
    let description = server.to_json(&step.pool.id);
    step.pool.resource_servers.insert(server.identifier.clone(), server);
    Ok(json!({ "ResourceServer": description }))
}

/// Replaces name and scopes. Scopes that are not sent are deleted.
pub(super) fn update(step: &mut Step<'_>, request: ServerRequest) -> Output {
    let ServerRequest { server } = request;
    let description = server.to_json(&step.pool.id);
    let known = step.resource_server_mut(&server.identifier)?;
    *known = server;
    Ok(json!({ "ResourceServer": description }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedRequest {
    identifier: String,
}

pub(super) fn describe(step: &mut Step<'_>, request: NamedRequest) -> Output {
    let pool_id = step.pool.id.clone();
    let server = step.resource_server_mut(&request.identifier)?;
    Ok(json!({ "ResourceServer": server.to_json(&pool_id) }))
}

pub(super) fn delete(step: &mut Step<'_>, request: NamedRequest) -> Output {
    step.resource_server_mut(&request.identifier)?;
    step.pool.resource_servers.remove(&request.identifier);
    Ok(json!({}))
}

pub(super) fn list(step: &mut Step<'_>, given: Members) -> Output {
    let pool = &mut *step.pool;
    let names = ["MaxResults", "NextToken", "ResourceServers"];
    record_page::list(&given, &pool.resource_servers, names, |server| server.to_json(&pool.id))
}

impl Step<'_> {
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
