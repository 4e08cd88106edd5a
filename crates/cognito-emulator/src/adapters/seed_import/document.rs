//! The documents of an import, recognized by their content.

use serde_json::{Deserializer, Map, Value, json};

use crate::adapters::seed_import::ImportError;

/// A part of a file that describes one resource.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) file: String,
    pub(super) kind: Kind,
    /// None if the output does not name its pool.
    pub(super) pool_id: Option<String>,
    pub(super) content: Value,
}

/// The kind of a document: the output of a command, or a file of cognito-local.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// describe-user-pool
    Pool,
    /// get-user-pool-mfa-config
    Mfa,
    /// describe-user-pool-client
    Client,
    /// describe-resource-server, list-resource-servers
    ResourceServer,
    /// describe-identity-provider
    Provider,
    /// describe-user-pool-domain
    Domain,
    /// list-groups
    Group,
    /// list-users
    Users,
    /// A pool of cognito-local, named by its id.
    LocalPool,
    /// An app client of cognito-local.
    LocalClient,
}

/// The member by which each kind is recognized, and the place of its parts. Pools of cognito-local
/// also have Users and Groups, so that they come first.
const KINDS: [(&str, Kind, Parts); 11] = [
    ("Options", Kind::LocalPool, Parts::Document),
    ("Clients", Kind::LocalClient, Parts::Entries),
    ("UserPool", Kind::Pool, Parts::Member),
    ("UserPoolClient", Kind::Client, Parts::Member),
    ("ResourceServer", Kind::ResourceServer, Parts::Member),
    ("ResourceServers", Kind::ResourceServer, Parts::Entries),
    ("IdentityProvider", Kind::Provider, Parts::Member),
    ("DomainDescription", Kind::Domain, Parts::Member),
    ("Groups", Kind::Group, Parts::Entries),
    ("Users", Kind::Users, Parts::Document),
    ("MfaConfiguration", Kind::Mfa, Parts::Document),
];

/// Members of a list page that is not the last one. The AWS CLI fetches all pages by default.
const PAGE_TOKENS: [&str; 2] = ["NextToken", "PaginationToken"];

impl Kind {
    /// Returns the member by which a document of the kind is recognized.
    fn member(self) -> &'static str {
        let known = KINDS.iter().find(|(_, kind, _)| *kind == self);
        known.map(|(member, ..)| *member).unwrap_or_default()
    }
}

/// The place of the parts in a document.
#[derive(Clone, Copy)]
enum Parts {
    /// The document is the part.
    Document,
    /// The member is the part.
    Member,
    /// Each entry of the member, a list or a map, is a part.
    Entries,
}

/// Parses the documents of a file.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Part>, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ImportError::Empty { file: file.to_owned() });
    }
    let mut parts = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        let document =
            document.map_err(|source| ImportError::Json { file: file.to_owned(), source })?;
        let (kind, found) = parts_of(&document).ok_or_else(|| unknown(file, &document))?;
        if PAGE_TOKENS.iter().any(|token| document.get(token).is_some_and(Value::is_string)) {
            return Err(ImportError::Page { file: file.to_owned() });
        }
        if let Some(member) = found.iter().find_map(|content| lost_member(kind, content)) {
            return Err(ImportError::Member { file: file.to_owned(), member });
        }
        let part = |content: &Value| Part {
            file: file.to_owned(),
            kind,
            pool_id: pool_id(kind, content),
            content: content.clone(),
        };
        parts.extend(found.into_iter().map(part));
    }
    // DescribeUserPoolDomain returns an empty object for a domain that does not exist.
    parts.retain(|part| part.kind != Kind::Domain || part.content != json!({}));
    Ok(parts)
}

fn parts_of(document: &Value) -> Option<(Kind, Vec<&Value>)> {
    let (member, kind, place) = KINDS.iter().find(|(member, ..)| document.get(member).is_some())?;
    let parts = match (place, document.get(member)?) {
        (Parts::Document, _) => vec![document],
        (Parts::Member, part) => vec![part],
        (Parts::Entries, Value::Array(list)) => list.iter().collect(),
        (Parts::Entries, Value::Object(map)) => map.values().collect(),
        (Parts::Entries, _) => return None,
    };
    Some((*kind, parts))
}

/// Returns a member with an unexpected type, which an import would lose. Members that become
/// members of a request are validated with the seed file.
fn lost_member(kind: Kind, content: &Value) -> Option<&'static str> {
    let Some(members) = content.as_object() else { return Some(kind.member()) };
    if members.is_empty() && kind != Kind::Domain {
        return Some(kind.member());
    }
    let differs = |name: &str, is_type: fn(&Value) -> bool| {
        members.get(name).is_some_and(|value| !value.is_null() && !is_type(value))
    };
    match kind {
        Kind::Pool if differs("SchemaAttributes", Value::is_array) => Some("SchemaAttributes"),
        Kind::Mfa if differs("SmsMfaConfiguration", Value::is_object) => {
            Some("SmsMfaConfiguration")
        }
        Kind::LocalPool if differs("Options", Value::is_object) => Some("Options"),
        Kind::LocalPool if differs("Groups", Value::is_object) => Some("Groups"),
        Kind::LocalPool if differs("Users", Value::is_object) => Some("Users"),
        Kind::Users if !members.get("Users").is_some_and(Value::is_array) => Some("Users"),
        Kind::LocalPool | Kind::Users => lost_member_of_users(members),
        _ => None,
    }
}

fn lost_member_of_users(members: &Map<String, Value>) -> Option<&'static str> {
    let users: Vec<&Value> = match members.get("Users") {
        Some(Value::Array(users)) => users.iter().collect(),
        Some(Value::Object(users)) => users.values().collect(),
        _ => Vec::new(),
    };
    let is_named = |user: &&Value| user.get("Username").is_some_and(Value::is_string);
    let has_list = |user: &&Value| user.get("Attributes").is_none_or(Value::is_array);
    if !users.iter().all(is_named) {
        return Some("Users[].Username");
    }
    (!users.iter().all(has_list)).then_some("Users[].Attributes")
}

fn unknown(file: &str, document: &Value) -> ImportError {
    let members = document.as_object().into_iter().flat_map(|members| members.keys());
    let members: Vec<&str> = members.map(String::as_str).collect();
    ImportError::Unknown { file: file.to_owned(), members: members.join(", ") }
}

fn pool_id(kind: Kind, part: &Value) -> Option<String> {
    let id = match kind {
        Kind::Pool => part.get("Id"),
        Kind::LocalPool => part.pointer("/Options/Id"),
        _ => part.get("UserPoolId"),
    };
    id.and_then(Value::as_str).map(str::to_owned)
}
