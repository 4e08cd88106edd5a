//! The claims, scopes and groups that PreTokenGeneration changes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The changes that PreTokenGeneration makes to tokens.
///
/// Claims that [the service
/// protects](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html),
/// such as `sub`, `exp`, `identities` and all that begin with `cognito:`, are not changed.
/// Suppressing `cognito:groups` also suppresses the claims about roles.
///
/// ```
/// use cognito_emulator::{PoolSettings, TokenChanges};
///
/// let settings = PoolSettings::default().pre_token_generation(|tokens| {
///     let tenant = tokens.attributes.get("custom:tenant").cloned().unwrap_or_default();
///     Ok(TokenChanges::default()
///         .claim("tenant", tenant) // in both tokens
///         .suppress("email")
///         .add_scope("orders/read")
///         .groups(["admins"]))
/// });
/// # assert!(!format!("{settings:?}").contains("orders"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct TokenChanges {
    pub(super) id: Claims,
    pub(super) access: Claims,
    pub(super) add_scopes: Vec<String>,
    pub(super) suppress_scopes: Vec<String>,
    pub(super) groups: Option<GroupOverride>,
}

/// The changes to the claims of one token.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Claims {
    pub(super) set: Map<String, Value>,
    pub(super) suppress: Vec<String>,
}

impl TokenChanges {
    /// Adds or replaces a claim in both tokens.
    pub fn claim(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.id_claim(name.clone(), value.clone()).access_claim(name, value)
    }

    /// Adds or replaces a claim in the ID token.
    pub fn id_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.id.set.insert(name.into(), value.into());
        self
    }

    /// Adds or replaces a claim in the access token.
    pub fn access_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.access.set.insert(name.into(), value.into());
        self
    }

    /// Removes a claim from both tokens.
    pub fn suppress(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.id.suppress.push(name.clone());
        self.access.suppress.push(name);
        self
    }

    /// Adds a scope to the access token.
    pub fn add_scope(mut self, scope: impl Into<String>) -> Self {
        self.add_scopes.push(scope.into());
        self
    }

    /// Removes a scope from the access token.
    pub fn suppress_scope(mut self, scope: impl Into<String>) -> Self {
        self.suppress_scopes.push(scope.into());
        self
    }

    /// Sets the groups in both tokens, in place of the user's.
    ///
    /// As in the service, groups and roles are replaced together: without a call of
    /// [`roles`](Self::roles) the ID token has no roles.
    pub fn groups<S: Into<String>>(mut self, groups: impl IntoIterator<Item = S>) -> Self {
        let names = groups.into_iter().map(Into::into).collect();
        self.groups.get_or_insert_default().groups_to_override = Some(names);
        self
    }

    /// Sets the roles and the preferred role in the ID token.
    ///
    /// As in the service, groups and roles are replaced together: without a call of
    /// [`groups`](Self::groups) the tokens have no groups.
    pub fn roles<S: Into<String>>(
        mut self,
        roles: impl IntoIterator<Item = S>,
        preferred: Option<String>,
    ) -> Self {
        let groups = self.groups.get_or_insert_default();
        groups.iam_roles_to_override = Some(roles.into_iter().map(Into::into).collect());
        groups.preferred_role = preferred;
        self
    }

    /// Changes the claims of an ID token.
    pub(crate) fn change_id(&self, claims: &mut Map<String, Value>) {
        if let Some(groups) = &self.groups {
            let roles = groups.iam_roles_to_override.as_deref();
            let preferred = groups.preferred_role.as_deref();
            replace(claims, "cognito:groups", list(groups.groups_to_override.as_deref()));
            replace(claims, "cognito:roles", list(roles));
            replace(claims, "cognito:preferred_role", preferred.map(Value::from));
        }
        self.id.change(claims);
    }

    /// Changes the claims of an access token.
    pub(crate) fn change_access(&self, claims: &mut Map<String, Value>) {
        if let Some(groups) = &self.groups {
            replace(claims, "cognito:groups", list(groups.groups_to_override.as_deref()));
        }
        self.access.change(claims);
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        // A scope with whitespace cannot be added (AWS guide, scopesToAdd).
        let added = self.add_scopes.iter().filter(|scope| !scope.contains(char::is_whitespace));
        let added = added.map(String::as_str);
        let mut scopes: Vec<&str> = Vec::new();
        for scope in scope.split(' ').chain(added).filter(|scope| !scope.is_empty()) {
            let suppressed = self.suppress_scopes.iter().any(|other| other == scope);
            if !suppressed && !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let scopes = scopes.join(" ");
        claims.insert("scope".to_owned(), scopes.into());
    }
}

/// Sets a claim, or removes it if the value is `None`.
fn replace(claims: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    claims.remove(name);
    claims.extend(value.map(|value| (name.to_owned(), value)));
}

/// Returns the value of a list claim, or `None` for an empty list.
fn list(names: Option<&[String]>) -> Option<Value> {
    names.filter(|names| !names.is_empty()).map(|names| json!(names))
}

/// Claims that a trigger cannot change (AWS guide, pre token generation, "Claims and scopes
/// reference").
const PROTECTED: [&str; 22] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "scope",
    "sub",
    "token_use",
    "username",
    "version",
];

/// The claim about groups, and the claims about roles, which are suppressed with it.
pub(super) const GROUPS: [&str; 3] = ["cognito:groups", "cognito:roles", "cognito:preferred_role"];

/// Returns whether a trigger may set a claim. Groups and roles are set by the group configuration
/// only, and `dev:` attributes cannot be set.
fn is_settable(name: &str, value: &Value, claims: &Map<String, Value>) -> bool {
    // In access tokens, the only allowed audience is the app client.
    let own_client = name == "aud" && claims.get("client_id") == Some(value);
    let reserved = ["cognito:", "dev:"].iter().any(|prefix| name.starts_with(prefix));
    own_client || !(reserved || PROTECTED.contains(&name))
}

impl Claims {
    fn change(&self, claims: &mut Map<String, Value>) {
        for (name, value) in &self.set {
            if is_settable(name, value, claims) {
                claims.insert(name.clone(), value.clone());
            }
        }
        for name in &self.suppress {
            if name == "cognito:groups" {
                GROUPS.iter().for_each(|name| drop(claims.remove(*name)));
            } else if !PROTECTED.contains(&name.as_str()) && !name.starts_with("cognito:") {
                claims.remove(name);
            }
        }
    }
}

/// The groups and roles that replace the user's.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GroupOverride {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn developer_attributes_are_suppressed_and_never_set() {
        let mut claims = Map::from_iter([("dev:custom:x".to_owned(), json!("old"))]);
        let before = claims.clone();
        TokenChanges::default()
            .id_claim("dev:custom:x", "new")
            .id_claim("dev:custom:y", "new")
            .change_id(&mut claims);
        assert_eq!(claims, before);
        TokenChanges::default().suppress("dev:custom:x").change_id(&mut claims);
        assert!(claims.is_empty());
    }

    #[test]
    fn audience_of_an_access_token_can_only_be_its_client() {
        for (audience, expected) in [("client", json!("client")), ("other", Value::Null)] {
            let mut claims = Map::from_iter([("client_id".to_owned(), json!("client"))]);
            TokenChanges::default().access_claim("aud", audience).change_access(&mut claims);
            assert_eq!(Value::Object(claims)["aud"], expected);
        }
    }

    #[test]
    fn suppressing_the_groups_suppresses_the_roles() {
        let claims: Map<String, Value> =
            GROUPS.iter().map(|name| ((*name).to_owned(), json!(["a"]))).collect();
        let mut id = claims.clone();
        TokenChanges::default().suppress("cognito:groups").change_id(&mut id);
        assert!(id.is_empty());
        let mut id = claims.clone();
        let changes = TokenChanges::default().suppress("cognito:roles");
        changes.id_claim("cognito:groups", json!(["b"])).change_id(&mut id);
        assert_eq!(id, claims, "groups and roles are set by the group configuration only");
    }

    #[test]
    fn a_scope_with_blank_space_is_not_added() {
        let mut claims = Map::from_iter([("scope".to_owned(), json!("one"))]);
        TokenChanges::default().add_scope("two three").add_scope("four").change_access(&mut claims);
        assert_eq!(claims["scope"], "one four");
    }
}
