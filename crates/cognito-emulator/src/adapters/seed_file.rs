//! Seed files: pools, app clients, groups, users, identity pools and other resources that are
//! created at the start, in JSON or TOML.

mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::adapters::error::EmulatorError;
use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::dispatch::{seed, seed_as};
use crate::operations::{app_clients, identity_pools, pools};

/// The content of a seed file. Members without a field here are members of the operation that
/// creates the entry.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, expecting = "a map with Pools")]
struct SeedFile {
    pools: Vec<Pool>,
    #[serde(default)]
    identity_pools: Vec<IdentityPool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a map with the members of an identity pool")]
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
#[serde(rename_all = "PascalCase", expecting = "a map with the members of a pool")]
struct Pool {
    id: Option<String>,
    #[serde(default)]
    resource_servers: Vec<Map<String, Value>>,
    #[serde(default)]
    identity_providers: Vec<Map<String, Value>>,
    #[serde(default)]
    clients: Vec<Client>,
    #[serde(default)]
    domains: Vec<Map<String, Value>>,
    #[serde(default)]
    groups: Vec<Map<String, Value>>,
    #[serde(default)]
    users: Vec<User>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a map with the members of an app client")]
struct Client {
    client_id: Option<String>,
    client_secret: Option<String>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[serde(expecting = "a map with Username and further members of a user")]
struct User {
    username: String,
    /// A permanent password.
    password: Option<String>,
    temporary_password: Option<String>,
    #[serde(default = "is_enabled")]
    enabled: bool,
    #[serde(default)]
    attributes: BTreeMap<String, AttributeValue>,
    #[serde(default)]
    groups: Vec<String>,
}

fn is_enabled() -> bool {
    true
}

/// The value of an attribute, which is a string in the API.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string, an integer or a Boolean")]
enum AttributeValue {
    Text(String),
    Flag(bool),
    Number(i64),
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// Creates the content of a seed file with the operations of the API, without triggers.
pub(crate) fn apply(service: &Arc<Service>, text: &str) -> Result<(), EmulatorError> {
    let file: SeedFile = text::parse(text)?;
    file.pools
        .into_iter()
        .enumerate()
        .try_for_each(|(index, pool)| pool.create(service, &format!("Pools[{index}]")))?;
    file.identity_pools
        .into_iter()
        .enumerate()
        .try_for_each(|(index, pool)| pool.create(service, &format!("IdentityPools[{index}]")))
}

impl IdentityPool {
    fn create(mut self, service: &Arc<Service>, entry: &str) -> Result<(), EmulatorError> {
        let id = match self.id {
            None => identity_pools::pools::new_id(service).map_err(rejected(entry))?,
            Some(id) => id.parse().map_err(invalid(entry))?,
        };
        self.members.entry("IdentityPoolName").or_insert_with(|| "local".into());
        self.members.entry("AllowUnauthenticatedIdentities").or_insert_with(|| false.into());
        let Self { members, roles, role_mappings, .. } = self;
        identity_pools::pools::set_up(service, &id, members, roles, role_mappings)
            .map_err(rejected(entry))
    }
}

impl Pool {
    fn create(mut self, service: &Arc<Service>, entry: &str) -> Result<(), EmulatorError> {
        let id = match self.id {
            None => pools::new_id(service).map_err(rejected(entry))?,
            Some(id) => id.parse().map_err(invalid(entry))?,
        };
        let pool_id = id.to_string();
        self.members.entry("PoolName").or_insert_with(|| "local".into());
        pools::set_up(service, id, self.members).map_err(rejected(entry))?;
        let create = |operation: &str, list: &str, entries| {
            create_each(service, operation, &pool_id, &format!("{entry}.{list}"), entries)
        };
        // Created first, because app clients can refer to them.
        create("CreateResourceServer", "ResourceServers", self.resource_servers)?;
        create("CreateIdentityProvider", "IdentityProviders", self.identity_providers)?;
        for (index, client) in self.clients.into_iter().enumerate() {
            let entry = format!("{entry}.Clients[{index}]");
            client.create(service, &pool_id).map_err(rejected(&entry))?;
        }
        create("CreateUserPoolDomain", "Domains", self.domains)?;
        create("CreateGroup", "Groups", self.groups)?;
        for (index, user) in self.users.into_iter().enumerate() {
            let entry = format!("{entry}.Users[{index}] ({})", user.username);
            user.create(service, &pool_id, &entry)?;
        }
        Ok(())
    }
}

/// Creates entries that are requests of an operation, except for the pool id.
fn create_each(
    service: &Arc<Service>,
    operation: &str,
    pool_id: &str,
    list: &str,
    entries: Vec<Map<String, Value>>,
) -> Result<(), EmulatorError> {
    for (index, mut request) in entries.into_iter().enumerate() {
        request.insert("UserPoolId".to_owned(), pool_id.into());
        let created = seed(service, operation, request.into());
        created.map_err(rejected(&format!("{list}[{index}]")))?;
    }
    Ok(())
}

impl Client {
    fn create(mut self, service: &Arc<Service>, pool_id: &str) -> Result<(), ServiceError> {
        self.members.entry("ClientName").or_insert_with(|| "local".into());
        let id = self.client_id.unwrap_or_else(|| app_clients::new_id(service));
        app_clients::set_up(service, pool_id, id, self.client_secret, self.members).map(drop)
    }
}

impl User {
    fn create(
        mut self,
        service: &Arc<Service>,
        pool_id: &str,
        entry: &str,
    ) -> Result<(), EmulatorError> {
        let sub = self.attributes.remove("sub").map(|sub| sub.to_string());
        if let Some(sub) = &sub {
            check_sub(service, pool_id, sub).map_err(invalid(entry))?;
        }
        let caller = Caller::seed().with_sub(sub);
        seed_as(caller, service, "AdminCreateUser", self.request(pool_id))
            .map_err(rejected(entry))?;
        self.set_up(service, pool_id).map_err(rejected(entry))
    }

    /// Returns the request that creates the user.
    fn request(&self, pool_id: &str) -> Value {
        let attribute = |(name, value): (&String, &AttributeValue)| json!({ "Name": name, "Value": value.to_string() });
        let attributes: Vec<Value> = self.attributes.iter().map(attribute).collect();
        json!({
            "UserPoolId": pool_id, "Username": self.username, "UserAttributes": attributes,
            "MessageAction": "SUPPRESS", "TemporaryPassword": self.temporary_password
        })
    }

    /// Applies the settings for which administrators have separate requests.
    fn set_up(self, service: &Arc<Service>, pool_id: &str) -> Result<(), ServiceError> {
        let call = |operation: &str, members: Value| {
            let mut request = json!({ "UserPoolId": pool_id, "Username": self.username });
            if let (Some(request), Value::Object(members)) = (request.as_object_mut(), members) {
                request.extend(members);
            }
            seed(service, operation, request)
        };
        if let Some(password) = self.password {
            call("AdminSetUserPassword", json!({ "Password": password, "Permanent": true }))?;
        }
        for group in self.groups {
            call("AdminAddUserToGroup", json!({ "GroupName": group }))?;
        }
        if self.enabled { Ok(()) } else { call("AdminDisableUser", json!({})) }
    }
}

/// Rejects a `sub` that the service would not issue, or that another user has.
fn check_sub(service: &Service, pool_id: &str, sub: &str) -> Result<(), String> {
    if is_sub(sub) {
        let taken = service.in_pool(pool_id, |step| Ok(step.pool.users.by_sub(sub).is_some()));
        return match taken {
            Ok(true) => Err("another user has the same sub".to_owned()),
            _ => Ok(()),
        };
    }
    Err("the sub must be a UUID in lower case, such as 0e1a7b2c-3d4f-4a5b-8c6d-7e8f90a1b2c3"
        .to_owned())
}

/// Returns whether a text has the format of a `sub` of the service.
pub(crate) fn is_sub(text: &str) -> bool {
    Uuid::parse_str(text).is_ok_and(|uuid| uuid.to_string() == text)
}

fn invalid<E: fmt::Display>(entry: &str) -> impl FnOnce(E) -> EmulatorError {
    let entry = Some(entry.to_owned());
    move |reason| EmulatorError::SeedFile { entry, reason: reason.to_string() }
}

fn rejected(entry: &str) -> impl FnOnce(ServiceError) -> EmulatorError {
    let entry = Some(entry.to_owned());
    move |ServiceError { name, message }| EmulatorError::SeedFile {
        entry,
        reason: format!("{name}: {message}"),
    }
}
