//! Pools, app clients, groups, users and identity pools that are there from the start.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::adapters::error::EmulatorError;
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::dispatch::seed;
use crate::operations::{app_clients, identity_pools, pools};

/// What a seed file holds. Members without a field of their own are those of the operation that
/// makes the entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SeedFile {
    pools: Vec<Pool>,
    #[serde(default)]
    identity_pools: Vec<IdentityPool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityPool {
    id: Option<String>,
    #[serde(default)]
    roles: Map<String, Value>,
    #[serde(default)]
    role_mappings: Map<String, Value>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pool {
    id: Option<String>,
    #[serde(default)]
    clients: Vec<Client>,
    #[serde(default)]
    resource_servers: Vec<Map<String, Value>>,
    #[serde(default)]
    groups: Vec<Map<String, Value>>,
    #[serde(default)]
    users: Vec<User>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Client {
    client_id: Option<String>,
    client_secret: Option<String>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct User {
    username: String,
    /// For good, unlike a temporary one.
    password: Option<String>,
    temporary_password: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    groups: Vec<String>,
}

/// Makes all that a seed file holds, by the operations of the API and without triggers.
pub(crate) fn apply(service: &Arc<Service>, json: &str) -> Result<(), EmulatorError> {
    let file: SeedFile = serde_json::from_str(json)
        .map_err(|error| EmulatorError::SeedFile { entry: None, reason: error.to_string() })?;
    file.pools
        .into_iter()
        .enumerate()
        .try_for_each(|(index, pool)| pool.make(service, &format!("Pools[{index}]")))?;
    file.identity_pools.into_iter().enumerate().try_for_each(|(index, pool)| {
        pool.make(service).map_err(refused(&format!("IdentityPools[{index}]")))
    })
}

impl IdentityPool {
    fn make(mut self, service: &Arc<Service>) -> Result<(), ServiceError> {
        let id = self.id.unwrap_or_else(|| identity_pools::pools::new_id(service));
        self.members.entry("IdentityPoolName").or_insert_with(|| "local".into());
        self.members.entry("AllowUnauthenticatedIdentities").or_insert_with(|| false.into());
        let roles = [("Roles", self.roles), ("RoleMappings", self.role_mappings)];
        let roles = roles.map(|(name, members)| (name.to_owned(), members.into()));
        identity_pools::pools::set_up(service, &id, self.members, roles.into_iter().collect())
    }
}

impl Pool {
    fn make(mut self, service: &Arc<Service>, entry: &str) -> Result<(), EmulatorError> {
        let id = match self.id {
            None => pools::new_id(service).map_err(refused(entry))?,
            Some(id) => id.parse().map_err(wrong(entry))?,
        };
        let pool_id = id.to_string();
        self.members.entry("PoolName").or_insert_with(|| "local".into());
        pools::set_up(service, id, self.members).map_err(refused(entry))?;
        // App clients can name the scopes of resource servers.
        make_each(
            service,
            "CreateResourceServer",
            &pool_id,
            entry,
            "ResourceServers",
            self.resource_servers,
        )?;
        for (index, client) in self.clients.into_iter().enumerate() {
            client
                .make(service, &pool_id)
                .map_err(refused(&format!("{entry}.Clients[{index}]")))?;
        }
        make_each(service, "CreateGroup", &pool_id, entry, "Groups", self.groups)?;
        for (index, user) in self.users.into_iter().enumerate() {
            let entry = format!("{entry}.Users[{index}] ({})", user.username);
            user.make(service, &pool_id).map_err(refused(&entry))?;
        }
        Ok(())
    }
}

/// Makes entries that are requests of an operation, but for the id of their pool.
fn make_each(
    service: &Arc<Service>,
    operation: &str,
    pool_id: &str,
    entry: &str,
    list: &str,
    entries: Vec<Map<String, Value>>,
) -> Result<(), EmulatorError> {
    for (index, mut request) in entries.into_iter().enumerate() {
        request.insert("UserPoolId".to_owned(), pool_id.into());
        let made = seed(service, operation, request.into());
        made.map_err(refused(&format!("{entry}.{list}[{index}]")))?;
    }
    Ok(())
}

impl Client {
    fn make(mut self, service: &Arc<Service>, pool_id: &str) -> Result<(), ServiceError> {
        self.members.entry("ClientName").or_insert_with(|| "local".into());
        let id = self.client_id.unwrap_or_else(|| app_clients::new_id(service));
        app_clients::set_up(service, pool_id, id, self.client_secret, self.members).map(drop)
    }
}

impl User {
    fn make(self, service: &Arc<Service>, pool_id: &str) -> Result<(), ServiceError> {
        let attributes: Vec<Value> = self
            .attributes
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        let user = json!({ "UserPoolId": pool_id, "Username": self.username });
        let with = |members: Value| {
            let mut input = user.clone();
            if let (Some(input), Value::Object(members)) = (input.as_object_mut(), members) {
                input.extend(members);
            }
            input
        };
        let input = with(json!({
            "UserAttributes": attributes, "MessageAction": "SUPPRESS",
            "TemporaryPassword": self.temporary_password
        }));
        seed(service, "AdminCreateUser", input)?;
        if let Some(password) = self.password {
            let input = with(json!({ "Password": password, "Permanent": true }));
            seed(service, "AdminSetUserPassword", input)?;
        }
        for group in self.groups {
            seed(service, "AdminAddUserToGroup", with(json!({ "GroupName": group })))?;
        }
        Ok(())
    }
}

fn wrong<E: fmt::Display>(entry: &str) -> impl FnOnce(E) -> EmulatorError {
    let entry = Some(entry.to_owned());
    move |reason| EmulatorError::SeedFile { entry, reason: reason.to_string() }
}

fn refused(entry: &str) -> impl FnOnce(ServiceError) -> EmulatorError {
    let entry = Some(entry.to_owned());
    move |ServiceError { name, message }| EmulatorError::SeedFile {
        entry,
        reason: format!("{name}: {message}"),
    }
}
