//! The pools with their app clients, for tests that do not know their ids.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::{Empty, Rejection, read};
use crate::adapters::host::Host;
use crate::adapters::pool_summary::{self, ClientSummary, PoolSummary};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pool {
    id: String,
    name: String,
    issuer: String,
    jwks_uri: String,
    clients: Vec<Client>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Client {
    client_id: String,
    client_name: String,
    client_secret: Option<String>,
}

pub(super) fn list(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    let pools: Vec<Pool> = pool_summary::list(&host.service).into_iter().map(Pool::from).collect();
    serde_json::to_value(pools).map_err(Rejection::bad_request)
}

impl From<PoolSummary> for Pool {
    fn from(pool: PoolSummary) -> Self {
        Self {
            id: pool.id.to_string(),
            name: pool.name,
            issuer: pool.issuer,
            jwks_uri: pool.jwks_uri,
            clients: pool.clients.into_iter().map(Client::from).collect(),
        }
    }
}

impl From<ClientSummary> for Client {
    fn from(client: ClientSummary) -> Self {
        Self {
            client_id: client.id.to_string(),
            client_name: client.name,
            client_secret: client.secret.map(|secret| secret.expose_secret().to_owned()),
        }
    }
}
