//! PreTokenGeneration, in its versions 1 to 3.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Closure, Trigger, Triggers, Version};
use crate::flows::triggers::token_changes::{Claims, GroupOverride, TokenChanges};
use crate::state::attempt::TokenOccasion;

/// The event of PreTokenGeneration: tokens to be issued.
///
/// See [PreTokenGeneration](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokensToIssue {
    /// The user's name; `ClientCredentials` for machine-to-machine tokens.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// The occasion.
    pub occasion: TokenOccasion,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The roles of the groups.
    pub roles: Vec<String>,
    /// The role of the group with the highest precedence.
    pub preferred_role: Option<String>,
    /// The scopes of the access token.
    pub scopes: Vec<String>,
    /// ClientMetadata of the request or the last challenge response; empty without a challenge,
    /// because the service does not pass it then.
    pub client_metadata: BTreeMap<String, String>,
}

/// Changes tokens before they are signed.
pub(crate) struct PreTokenGeneration;

impl Trigger for PreTokenGeneration {
    type Event = TokensToIssue;
    type Response = TokenChanges;

    const NAME: &'static str = "PreTokenGeneration";

    fn closure(triggers: &Triggers) -> Option<&Closure<TokensToIssue, TokenChanges>> {
        triggers.pre_token_generation.as_ref()
    }

    /// Returns false for machine-to-machine tokens, except in version 3.
    fn wants(event: &TokensToIssue, version: Version) -> bool {
        event.occasion != TokenOccasion::ClientCredentials || version == Version::V3
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

    /// Removes the changes of other versions, which have no effect in the service, and replaces a
    /// group configuration that is null by an empty one, which suppresses the groups; they are kept
    /// only if the member is missing (AWS guide, groupOverrideDetails).
    fn normalize(response: &mut Value, version: Version) {
        let ignored = match version {
            Version::V1 => "claimsAndScopeOverrideDetails",
            Version::V2 | Version::V3 => "claimsOverrideDetails",
        };
        if let Some(response) = response.as_object_mut() {
            response.remove(ignored);
        }
        for details in ["claimsOverrideDetails", "claimsAndScopeOverrideDetails"] {
            let groups =
                response.get_mut(details).and_then(|it| it.get_mut("groupOverrideDetails"));
            if let Some(groups @ Value::Null) = groups {
                *groups = json!({});
            }
        }
    }

    /// Parses the changes; version 1 changes only the ID token.
    fn read(response: Value) -> Option<TokenChanges> {
        let response: Response = serde_json::from_value(response).ok()?;
        let details = response.claims_and_scope_override_details.members;
        let access = details.access_token_generation;
        let (id, groups) = match response.claims_override_details {
            Some(first) => (first.claims, first.group_override_details),
            None => (details.id_token_generation.members, details.group_override_details),
        };
        Some(TokenChanges {
            id: id.into(),
            access: access.claims.into(),
            add_scopes: access.scopes_to_add,
            suppress_scopes: access.scopes_to_suppress,
            groups: groups.map(|groups| groups.members),
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    claims_override_details: Option<ClaimsOverride>,
    claims_and_scope_override_details: Object<ClaimsAndScopes>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimsOverride {
    #[serde(flatten)]
    claims: ClaimChanges,
    group_override_details: Option<Object<GroupOverride>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimsAndScopes {
    id_token_generation: Object<ClaimChanges>,
    access_token_generation: AccessToken,
    group_override_details: Option<Object<GroupOverride>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessToken {
    #[serde(flatten)]
    claims: ClaimChanges,
    scopes_to_add: Vec<String>,
    scopes_to_suppress: Vec<String>,
}

/// Members of an object. Without it, serde would also read a list of their values.
#[derive(Default, Deserialize)]
struct Object<T> {
    #[serde(flatten)]
    members: T,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClaimChanges {
    claims_to_add_or_override: Map<String, Value>,
    claims_to_suppress: Vec<String>,
}

impl From<ClaimChanges> for Claims {
    fn from(changes: ClaimChanges) -> Self {
        Self { set: changes.claims_to_add_or_override, suppress: changes.claims_to_suppress }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token_changes::GROUPS;
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
    fn protected_claims_stay_in_every_version_and_in_both_tokens() {
        const NAMES: &str = "acr amr at_hash aud auth_time azp client_id cognito:username cognito:user_status device_key event_id \
                             exp iat identities iss jti nbf nonce origin_jti scope sub token_use username version";
        let protected: Vec<_> = NAMES.split(' ').collect();
        let unchanged: Map<String, Value> =
            protected.iter().map(|name| ((*name).to_owned(), json!("old"))).collect();
        let set: Map<String, Value> =
            protected.iter().map(|name| ((*name).to_owned(), json!("new"))).collect();
        for change in
            [json!({ "claimsToAddOrOverride": set }), json!({ "claimsToSuppress": protected })]
        {
            let both = json!({ "idTokenGeneration": change, "accessTokenGeneration": change });
            for response in [
                json!({ "claimsOverrideDetails": change }),
                json!({ "claimsAndScopeOverrideDetails": both }),
            ] {
                let changes = PreTokenGeneration::read(response).unwrap();
                let (mut id, mut access) = (unchanged.clone(), unchanged.clone());
                changes.change_id(&mut id);
                changes.change_access(&mut access);
                assert_eq!(id, unchanged);
                assert_eq!(access, unchanged);
            }
        }
    }

    #[test]
    fn an_empty_or_null_group_configuration_suppresses_the_groups() {
        for (details, kept) in [
            (json!({}), true),
            (json!({ "groupOverrideDetails": {} }), false),
            (json!({ "groupOverrideDetails": null }), false),
        ] {
            for (version, name) in [
                (Version::V1, "claimsOverrideDetails"),
                (Version::V2, "claimsAndScopeOverrideDetails"),
            ] {
                let mut response = json!({ (name): details });
                PreTokenGeneration::normalize(&mut response, version);
                let changes = PreTokenGeneration::read(response).unwrap();
                let mut id: Map<String, Value> =
                    GROUPS.iter().map(|name| ((*name).to_owned(), json!(["a"]))).collect();
                let mut access = Map::from_iter([("cognito:groups".to_owned(), json!(["a"]))]);
                changes.change_id(&mut id);
                changes.change_access(&mut access);
                assert_eq!(
                    (id.len(), access.contains_key("cognito:groups")),
                    match kept {
                        true => (3, true),
                        false => (0, false),
                    }
                );
            }
        }
    }

    #[test]
    fn only_version_3_is_called_for_machine_tokens() {
        let of = |occasion| TokensToIssue {
            username: String::new(),
            client_id: String::new(),
            occasion,
            attributes: BTreeMap::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            preferred_role: None,
            scopes: Vec::new(),
            client_metadata: BTreeMap::new(),
        };
        let (program, user) = (TokenOccasion::ClientCredentials, TokenOccasion::Authentication);
        for (version, called) in [(Version::V1, false), (Version::V2, false), (Version::V3, true)] {
            assert_eq!(PreTokenGeneration::wants(&of(program), version), called);
            assert!(PreTokenGeneration::wants(&of(user), version));
        }
    }

    #[test]
    fn empty_response_changes_nothing_and_invalid_one_is_rejected() {
        assert_eq!(PreTokenGeneration::read(json!({})), Some(TokenChanges::default()));
        assert!(PreTokenGeneration::read(json!({ "claimsOverrideDetails": 1 })).is_none());
    }

    #[test]
    fn list_is_rejected_in_place_of_an_object() {
        const FIRST: &str = "claimsOverrideDetails";
        const SECOND: &str = "claimsAndScopeOverrideDetails";
        let claims = json!([{ "plan": "gold" }]);
        let groups = json!({ "groupOverrideDetails": [["staff"]] });
        for response in [
            json!({ (FIRST): [{ "claimsToAddOrOverride": { "plan": "gold" } }] }),
            json!({ (FIRST): groups }),
            json!({ (SECOND): [{ "claimsToAddOrOverride": { "plan": "gold" } }] }),
            json!({ (SECOND): { "idTokenGeneration": claims } }),
            json!({ (SECOND): { "accessTokenGeneration": claims } }),
            json!({ (SECOND): groups }),
        ] {
            assert_eq!(PreTokenGeneration::read(response.clone()), None, "{response}");
        }
    }
}
