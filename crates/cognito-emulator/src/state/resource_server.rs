//! A resource server of a pool: an API, and the scopes that it knows.

use cognito_types::UserPoolId;
use serde::Deserialize;
use serde_json::{Value, json};

/// A resource server.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ResourceServer {
    pub(crate) identifier: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) scopes: Vec<ResourceScope>,
}

/// ResourceServerScopeType.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ResourceScope {
    pub(crate) scope_name: String,
    pub(crate) scope_description: String,
}

impl ResourceServer {
    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.scope_name == name)
    }

    /// ResourceServerType.
    pub(crate) fn to_json(&self, pool_id: &UserPoolId) -> Value {
        let scope = |scope: &ResourceScope| {
            json!({
                "ScopeName": scope.scope_name, "ScopeDescription": scope.scope_description
            })
        };
        let mut server = json!({
            "UserPoolId": pool_id.as_str(), "Identifier": self.identifier, "Name": self.name
        });
        if let (Some(server), false) = (server.as_object_mut(), self.scopes.is_empty()) {
            server.insert("Scopes".to_owned(), self.scopes.iter().map(scope).collect());
        }
        server
    }
}
