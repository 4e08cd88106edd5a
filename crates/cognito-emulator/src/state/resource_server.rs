//! A resource server of a pool: an API, and the scopes that it defines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A resource server, with the members of ResourceServerType except for the pool.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ResourceServer {
    pub(crate) identifier: String,
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<ResourceScope>,
}

impl ResourceServer {
    /// Adds missing scopes from another resource server.
    pub(crate) fn add_scopes(&mut self, other: Self) {
        for scope in other.scopes {
            if self.scopes.iter().all(|present| present.scope_name != scope.scope_name) {
                self.scopes.push(scope);
            }
        }
    }
}

/// ResourceServerScopeType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceScope {
    scope_name: String,
    scope_description: String,
}

/// Returns whether one of the resource servers has the scope.
pub(crate) fn has_scope(servers: &BTreeMap<String, ResourceServer>, scope: &str) -> bool {
    let parts = scope.rsplit_once('/');
    parts.is_some_and(|(server, name)| {
        let server = servers.get(server);
        server.is_some_and(|server| server.scopes.iter().any(|scope| scope.scope_name == name))
    })
}
