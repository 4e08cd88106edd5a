//! Building a pool of a seed file from the parts that describe it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::adapters::seed_import::document::{Kind, Part};
use crate::adapters::seed_import::pool_settings::known_members;
use crate::adapters::seed_import::{pool_settings, users};
use crate::model::{Shape, shapes};

/// A pool of a seed file. Entries are stored by name, so that a later description replaces an
/// earlier one.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PoolEntry {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) members: Map<String, Value>,
    #[serde(skip_serializing_if = "Named::is_empty", serialize_with = "values")]
    resource_servers: Named,
    #[serde(skip_serializing_if = "Named::is_empty", serialize_with = "values")]
    identity_providers: Named,
    /// In the order of the files, because tests use the first one by default.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "ordered_values")]
    clients: Ordered,
    #[serde(skip_serializing_if = "Named::is_empty", serialize_with = "values")]
    pub(super) domains: Named,
    /// The custom domain in DescribeUserPool; only DescribeUserPoolDomain has its settings.
    #[serde(skip)]
    pub(super) custom_domain: Option<String>,
    #[serde(skip_serializing_if = "Named::is_empty", serialize_with = "values")]
    groups: Named,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "ordered_values")]
    pub(super) users: Ordered,
}

type Named = BTreeMap<String, Map<String, Value>>;

fn values<S: serde::Serializer>(entries: &Named, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.values())
}

/// Entries with their names in the imported files.
type Ordered = Vec<(String, Map<String, Value>)>;

fn ordered_values<S: serde::Serializer>(
    entries: &Ordered,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(entries.iter().map(|(_, entry)| entry))
}

/// Adds an entry, or replaces an earlier one with the same name.
pub(super) fn replace_or_push(entries: &mut Ordered, name: &str, entry: Map<String, Value>) {
    match entries.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = entry,
        None => entries.push((name.to_owned(), entry)),
    }
}

/// Members of descriptions that no request has, and that need no warning. `members` is a member of
/// groups in cognito-local.
const DESCRIBED_ONLY: [&str; 9] = [
    "AWSAccountId",
    "ClientType",
    "CloudFrontDistribution",
    "CreationDate",
    "LastModifiedDate",
    "S3Bucket",
    "Status",
    "Version",
    "members",
];

/// Details of a SAML provider that the service derives.
const DERIVED_DETAILS: [&str; 3] =
    ["ActiveEncryptionCertificate", "SLORedirectBindingURI", "SSORedirectBindingURI"];

/// Flows of app clients of cognito-local, which does not store flows and allows all of them.
const LOCAL_FLOWS: [&str; 4] = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
];

impl PoolEntry {
    pub(super) fn new(
        id: String,
        parts: Vec<Part>,
        password: Option<&str>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let mut pool = Self { id, ..Self::default() };
        if !parts.iter().any(|part| matches!(part.kind, Kind::Pool | Kind::LocalPool)) {
            let hint = "no file describes the pool itself; it has the default settings";
            warnings.push(format!("{}: {hint}", pool.id));
        }
        if has_factors(&parts) && !parts.iter().any(|part| part.kind == Kind::Mfa) {
            let hint = "the pool has MFA factors that no file describes: add the output of \
                        get-user-pool-mfa-config";
            warnings.push(format!("{}: {hint}", pool.id));
        }
        // The names of users depend on the settings of the pool.
        let (users, settings): (Vec<Part>, Vec<Part>) =
            parts.into_iter().partition(|part| part.kind == Kind::Users);
        for part in settings {
            pool.add(part, warnings);
        }
        for part in users {
            users::add(&mut pool, &part.content, password, warnings);
        }
        pool.complete(warnings);
        pool
    }

    fn add(&mut self, part: Part, warnings: &mut Vec<String>) {
        let Part { kind, content, .. } = part;
        match kind {
            Kind::Pool => pool_settings::add(self, content, warnings),
            Kind::Mfa => pool_settings::add_mfa(self, content, warnings),
            Kind::LocalPool => self.add_local(&content, warnings),
            Kind::Client => self.add_client(content, warnings),
            Kind::LocalClient => {
                let mut content = content;
                if let Some(client) = content.as_object_mut() {
                    client.entry("ExplicitAuthFlows").or_insert_with(|| json!(LOCAL_FLOWS));
                }
                self.add_client(content, warnings);
            }
            Kind::Provider => self.add_provider(content, warnings),
            Kind::ResourceServer | Kind::Domain | Kind::Group => {
                self.add_named(kind, content, warnings);
            }
            Kind::Users => {}
        }
    }

    fn add_named(&mut self, kind: Kind, content: Value, warnings: &mut Vec<String>) {
        let (name, shape) = match kind {
            Kind::Domain => ("Domain", &shapes::CREATE_USER_POOL_DOMAIN_REQUEST),
            Kind::Group => ("GroupName", &shapes::CREATE_GROUP_REQUEST),
            _ => ("Identifier", &shapes::CREATE_RESOURCE_SERVER_REQUEST),
        };
        let (name, mut entry) = self.entry(name, shape, content, warnings);
        // The description of a prefix domain has an empty CustomDomainConfig.
        if entry.get("CustomDomainConfig").is_some_and(|config| *config == json!({})) {
            entry.remove("CustomDomainConfig");
        }
        let entries = match kind {
            Kind::Domain => &mut self.domains,
            Kind::Group => &mut self.groups,
            _ => &mut self.resource_servers,
        };
        entries.insert(name, entry);
    }

    /// Returns an entry with the members that the request has, and its name.
    fn entry(
        &self,
        name: &str,
        shape: &Shape,
        content: Value,
        warnings: &mut Vec<String>,
    ) -> (String, Map<String, Value>) {
        let named = content.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let owner = format!("{}: {named}", self.id);
        let members = known_members(shape, content, &DESCRIBED_ONLY, &owner, warnings);
        (named, members)
    }

    fn add_client(&mut self, content: Value, warnings: &mut Vec<String>) {
        let id = content.get("ClientId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut content = content;
        if let Some(members) = content.as_object_mut() {
            members.remove("ClientId");
            if members.remove("AnalyticsConfiguration").is_some() {
                let hint = "AnalyticsConfiguration is left out: the emulator sends no events";
                warnings.push(format!("{}: app client {id}: {hint}", self.id));
            }
        }
        let shape = &shapes::CREATE_USER_POOL_CLIENT_REQUEST;
        let (_, mut client) = self.entry("ClientName", shape, content, warnings);
        client.insert("ClientId".to_owned(), id.clone().into());
        replace_or_push(&mut self.clients, &id, client);
    }

    fn add_provider(&mut self, content: Value, warnings: &mut Vec<String>) {
        let shape = &shapes::CREATE_IDENTITY_PROVIDER_REQUEST;
        let (name, mut provider) = self.entry("ProviderName", shape, content, warnings);
        if let Some(Value::Object(details)) = provider.get_mut("ProviderDetails") {
            DERIVED_DETAILS.iter().for_each(|detail| drop(details.remove(*detail)));
        }
        self.identity_providers.insert(name, provider);
    }

    /// Adds a pool of cognito-local with its groups and users.
    fn add_local(&mut self, content: &Value, warnings: &mut Vec<String>) {
        let options = content.get("Options").cloned().unwrap_or_default();
        pool_settings::add(self, options, warnings);
        pool_settings::allow_simple_passwords(self);
        let groups = content.get("Groups").and_then(Value::as_object);
        for group in groups.into_iter().flat_map(Map::values) {
            self.add_named(Kind::Group, group.clone(), warnings);
        }
        users::add_local(self, content, warnings);
    }

    /// Adds missing resource servers that app clients name, and removes references to providers
    /// that no file describes.
    fn complete(&mut self, warnings: &mut Vec<String>) {
        let mut scopes = BTreeSet::new();
        for (id, client) in &mut self.clients {
            if let Some(Value::Array(named)) = client.get_mut("SupportedIdentityProviders") {
                named.retain(|name| {
                    let name = name.as_str().unwrap_or_default();
                    let is_known = name == "COGNITO" || self.identity_providers.contains_key(name);
                    if !is_known {
                        let hint = format!("the provider {name} is left out: no file describes it");
                        warnings.push(format!("{}: app client {id}: {hint}", self.id));
                    }
                    is_known
                });
            }
            let named = client.get("AllowedOAuthScopes").and_then(Value::as_array);
            let named = named.into_iter().flatten().filter_map(Value::as_str);
            scopes.extend(named.filter_map(|scope| scope.rsplit_once('/')).map(owned));
        }
        for (server, scope) in scopes {
            self.add_scope(&server, &scope, warnings);
        }
        let missing =
            self.custom_domain.iter().filter(|domain| !self.domains.contains_key(*domain));
        warnings.extend(missing.map(|domain| {
            let hint = "is left out: add the output of describe-user-pool-domain";
            format!("{}: the custom domain {domain} {hint}", self.id)
        }));
    }

    fn add_scope(&mut self, server: &str, scope: &str, warnings: &mut Vec<String>) {
        let entry = self.resource_servers.entry(server.to_owned()).or_insert_with(|| {
            let hint = "is created, with the scopes that app clients use: no file describes it";
            warnings.push(format!("{}: the resource server {server} {hint}", self.id));
            let server = json!({ "Identifier": server, "Name": "imported", "Scopes": [] });
            server.as_object().cloned().unwrap_or_default()
        });
        let Some(Value::Array(scopes)) = entry.get_mut("Scopes") else { return };
        if !scopes.iter().any(|known| known.get("ScopeName").is_some_and(|name| name == scope)) {
            scopes.push(json!({ "ScopeName": scope, "ScopeDescription": scope }));
        }
    }
}

/// Returns whether the pool has MFA on, but no file with its factors, which DescribeUserPool does
/// not contain.
fn has_factors(parts: &[Part]) -> bool {
    let mut described = parts.iter().filter(|part| part.kind == Kind::Pool);
    let mfa = |part: &Part| part.content.get("MfaConfiguration").cloned().unwrap_or_default();
    described.any(|part| !matches!(mfa(part).as_str(), None | Some("OFF")))
}

fn owned((server, scope): (&str, &str)) -> (String, String) {
    (server.to_owned(), scope.to_owned())
}
