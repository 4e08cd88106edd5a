//! PreTokenGeneration, in its versions 1 to 3.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Closure, Trigger, Triggers, Version};

/// Tokens that are about to be issued, as PreTokenGeneration sees them.
///
/// See [PreTokenGeneration](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokensToIssue {
    /// Who gets them.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// Why they are issued.
    pub occasion: TokenOccasion,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The roles of the groups.
    pub roles: Vec<String>,
    /// The role of the group that counts most.
    pub preferred_role: Option<String>,
    /// The scopes of the access token.
    pub scopes: Vec<String>,
    /// ClientMetadata of the request or the last answer; empty if there was no challenge, as the
    /// service does not hand it on then.
    pub client_metadata: BTreeMap<String, String>,
}

/// Why tokens are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenOccasion {
    /// A sign-in.
    Authentication,
    /// A sign-in in which a temporary password was replaced.
    NewPasswordChallenge,
    /// A sign-in that a device's password ended.
    AuthenticateDevice,
    /// A renewal.
    RefreshTokens,
}

/// What PreTokenGeneration changes.
///
/// Claims by which tokens are verified, such as `sub` and `exp`, stay as they are.
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
    id: Claims,
    access: Claims,
    add_scopes: Vec<String>,
    suppress_scopes: Vec<String>,
    groups: Option<Vec<String>>,
    roles: Option<Vec<String>>,
    preferred_role: Option<String>,
}

/// What changes in one token.
#[derive(Clone, Debug, Default, PartialEq)]
struct Claims {
    set: Map<String, Value>,
    suppress: Vec<String>,
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

    /// Leaves a claim out of both tokens.
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

    /// Leaves a scope out of the access token.
    pub fn suppress_scope(mut self, scope: impl Into<String>) -> Self {
        self.suppress_scopes.push(scope.into());
        self
    }

    /// Says which groups the tokens name, whatever groups the user is in.
    pub fn groups<S: Into<String>>(self, groups: impl IntoIterator<Item = S>) -> Self {
        Self { groups: Some(groups.into_iter().map(Into::into).collect()), ..self }
    }

    /// Says which roles the ID token names, and which it prefers.
    pub fn roles<S: Into<String>>(
        self,
        roles: impl IntoIterator<Item = S>,
        preferred: Option<String>,
    ) -> Self {
        let roles = roles.into_iter().map(Into::into).collect();
        Self { roles: Some(roles), preferred_role: preferred, ..self }
    }

    /// Changes the claims of an ID token.
    pub(crate) fn change_id(&self, claims: &mut Map<String, Value>) {
        self.override_groups(claims);
        let preferred = self.preferred_role.iter().map(|role| role.as_str().into()).next();
        override_claim(claims, "cognito:roles", self.roles.as_ref().map(|roles| json!(roles)));
        override_claim(claims, "cognito:preferred_role", preferred);
        self.id.change(claims);
    }

    /// Changes the claims of an access token.
    pub(crate) fn change_access(&self, claims: &mut Map<String, Value>) {
        self.override_groups(claims);
        self.access.change(claims);
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let added = self.add_scopes.iter().map(String::as_str);
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

    /// No groups at all are no claim.
    fn override_groups(&self, claims: &mut Map<String, Value>) {
        match self.groups.as_deref() {
            Some([]) => drop(claims.remove("cognito:groups")),
            groups => override_claim(claims, "cognito:groups", groups.map(|names| json!(names))),
        }
    }
}

fn override_claim(claims: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    claims.extend(value.map(|value| (name.to_owned(), value)));
}

/// Claims that no trigger changes.
const PROTECTED: [&str; 19] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "client_id",
    "cognito:username",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "scope",
    "sub",
    "token_use",
    "username",
];

impl Claims {
    fn change(&self, claims: &mut Map<String, Value>) {
        let free = |name: &str| !PROTECTED.contains(&name);
        let set = self.set.iter().filter(|(name, _)| free(name));
        claims.extend(set.map(|(name, value)| (name.clone(), value.clone())));
        self.suppress.iter().filter(|name| free(name)).for_each(|name| drop(claims.remove(name)));
    }
}

/// Changes tokens before they are signed.
pub(crate) struct PreTokenGeneration;

impl Trigger for PreTokenGeneration {
    type Event = TokensToIssue;
    type Answer = TokenChanges;

    const NAME: &'static str = "PreTokenGeneration";

    fn closure(triggers: &Triggers) -> Option<&Closure<TokensToIssue, TokenChanges>> {
        triggers.pre_token_generation.as_ref()
    }

    fn source(event: &TokensToIssue) -> String {
        format!("TokenGeneration_{:?}", event.occasion)
    }

    fn username(event: &TokensToIssue) -> &str {
        &event.username
    }

    fn request(event: &TokensToIssue, version: Version) -> Value {
        let mut request = json!({
            "userAttributes": event.attributes,
            "groupConfiguration": {
                "groupsToOverride": event.groups,
                "iamRolesToOverride": event.roles,
                "preferredRole": event.preferred_role,
            },
            "clientMetadata": event.client_metadata,
        });
        if let (Some(request), true) = (request.as_object_mut(), version != Version::V1) {
            request.insert("scopes".to_owned(), json!(event.scopes));
        }
        request
    }

    fn response(version: Version) -> Value {
        match version {
            Version::V1 => json!({ "claimsOverrideDetails": null }),
            Version::V2 | Version::V3 => json!({ "claimsAndScopeOverrideDetails": null }),
        }
    }

    /// Version 1 changes the ID token alone.
    fn read(response: Value) -> Option<TokenChanges> {
        let response: Response = serde_json::from_value(response).ok()?;
        let details = response.claims_and_scope_override_details;
        let access = details.access_token_generation;
        let (id, groups) = match response.claims_override_details {
            Some(first) => (first.claims, first.group_override_details),
            None => (details.id_token_generation, details.group_override_details),
        };
        let groups = groups.unwrap_or_default();
        Some(TokenChanges {
            id: id.into(),
            access: access.claims.into(),
            add_scopes: access.scopes_to_add,
            suppress_scopes: access.scopes_to_suppress,
            groups: groups.groups_to_override,
            roles: groups.iam_roles_to_override,
            preferred_role: groups.preferred_role,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    claims_override_details: Option<ClaimsOverride>,
    claims_and_scope_override_details: ClaimsAndScopes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimsOverride {
    #[serde(flatten)]
    claims: ClaimChanges,
    group_override_details: Option<GroupOverride>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimsAndScopes {
    id_token_generation: ClaimChanges,
    access_token_generation: AccessToken,
    group_override_details: Option<GroupOverride>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessToken {
    #[serde(flatten)]
    claims: ClaimChanges,
    scopes_to_add: Vec<String>,
    scopes_to_suppress: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimChanges {
    claims_to_add_or_override: Map<String, Value>,
    claims_to_suppress: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupOverride {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

impl From<ClaimChanges> for Claims {
    fn from(changes: ClaimChanges) -> Self {
        Self { set: changes.claims_to_add_or_override, suppress: changes.claims_to_suppress }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(response: Value) -> (Value, Value) {
        let claims = json!({ "sub": "1", "email": "a@b.io", "scope": "one two" });
        let Value::Object(mut id) = claims else { return Default::default() };
        let mut access = id.clone();
        if let Some(changes) = PreTokenGeneration::read(response) {
            changes.change_id(&mut id);
            changes.change_access(&mut access);
        }
        (id.into(), access.into())
    }

    #[test]
    fn version_1_changes_the_id_token_and_the_groups_of_both() {
        let (id, access) = changed(json!({ "claimsOverrideDetails": {
            "claimsToAddOrOverride": { "plan": "gold", "sub": "2" }, "claimsToSuppress": ["email"],
            "groupOverrideDetails": {
                "groupsToOverride": ["g"], "iamRolesToOverride": ["r"], "preferredRole": "r"
            }
        } }));
        let expected = json!({
            "sub": "1", "scope": "one two", "plan": "gold", "cognito:groups": ["g"],
            "cognito:roles": ["r"], "cognito:preferred_role": "r"
        });
        assert_eq!(id, expected);
        let expected = json!({
            "sub": "1", "email": "a@b.io", "scope": "one two", "cognito:groups": ["g"]
        });
        assert_eq!(access, expected);
    }

    #[test]
    fn version_2_changes_both_tokens() {
        let (id, access) = changed(json!({ "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": { "claimsToAddOrOverride": { "seats": 3 } },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "list": [1] }, "claimsToSuppress": ["email"],
                "scopesToAdd": ["three"], "scopesToSuppress": ["one"]
            }
        } }));
        let before = json!({ "sub": "1", "email": "a@b.io", "scope": "one two", "seats": 3 });
        assert_eq!(id, before);
        assert_eq!(access, json!({ "sub": "1", "scope": "two three", "list": [1] }));
    }

    #[test]
    fn an_empty_response_changes_nothing_and_nonsense_is_none() {
        assert_eq!(PreTokenGeneration::read(json!({})), Some(TokenChanges::default()));
        assert!(PreTokenGeneration::read(json!({ "claimsOverrideDetails": 1 })).is_none());
    }
}
