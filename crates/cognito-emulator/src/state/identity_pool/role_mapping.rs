//! Selection of a role by the claims of a token.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// RoleMapping.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RoleMapping {
    #[serde(rename = "Type")]
    kind: MappingType,
    #[serde(skip_serializing_if = "Option::is_none")]
    ambiguous_role_resolution: Option<Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_configuration: Option<RulesConfiguration>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum MappingType {
    Token,
    Rules,
}

/// The result if the claims select no role.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Resolution {
    AuthenticatedRole,
    Deny,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RulesConfiguration {
    rules: Vec<Rule>,
}

/// MappingRule.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    claim: String,
    match_type: MatchType,
    value: String,
    #[serde(rename = "RoleARN")]
    role_arn: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum MatchType {
    Equals,
    Contains,
    StartsWith,
    NotEqual,
}

/// The role that a mapping selects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice<'a> {
    Role(&'a str),
    /// The authenticated role of the pool.
    Default,
    Denied,
}

/// The maximum number of rules of a mapping. The model has 400, the API reference of
/// SetIdentityPoolRoles 25.
const MOST_RULES: usize = 25;

impl RoleMapping {
    /// Returns the reason why a mapping is invalid, if it is. The service's messages are not known.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let rules = self.rules_configuration.as_ref().map(|configuration| &configuration.rules);
        match (self.kind, rules) {
            _ if self.ambiguous_role_resolution.is_none() => {
                Some("AmbiguousRoleResolution is required.")
            }
            (MappingType::Rules, None) => Some("RulesConfiguration is required for Rules."),
            (_, Some(rules)) if rules.len() > MOST_RULES => {
                Some("RulesConfiguration has more than 25 rules.")
            }
            _ => None,
        }
    }

    /// Returns the role for the claims of a token.
    pub(crate) fn choice<'a>(&'a self, claims: &'a Map<String, Value>) -> Choice<'a> {
        let role = match self.kind {
            MappingType::Token => role_of_token(claims),
            MappingType::Rules => {
                let rules = self.rules_configuration.iter().flat_map(|all| &all.rules);
                let mut matching = rules.filter(|rule| rule.matches(claims));
                matching.next().map(|rule| rule.role_arn.as_str())
            }
        };
        match (role, self.ambiguous_role_resolution) {
            (Some(role), _) => Choice::Role(role),
            (None, Some(Resolution::AuthenticatedRole)) => Choice::Default,
            (None, _) => Choice::Denied,
        }
    }
}

/// Returns the preferred role of a token, or its only one.
fn role_of_token(claims: &Map<String, Value>) -> Option<&str> {
    let preferred = claims.get("cognito:preferred_role").and_then(Value::as_str);
    // PreTokenGeneration can set any claims.
    let preferred = preferred.filter(|role| !role.is_empty());
    let mut roles = roles_of_token(claims);
    let only = roles.next().filter(|_| roles.next().is_none());
    preferred.or(only)
}

/// Returns the roles in a token.
pub(crate) fn roles_of_token(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let roles = claims.get("cognito:roles").and_then(Value::as_array);
    roles.into_iter().flatten().filter_map(Value::as_str).filter(|role| !role.is_empty())
}

impl Rule {
    /// Returns whether the claim matches the rule. A missing claim never matches (API reference), and
    /// null counts as missing.
    fn matches(&self, claims: &Map<String, Value>) -> bool {
        let claim = claims.get(&self.claim).filter(|claim| !claim.is_null());
        let Some(claim) = claim.map(text) else { return false };
        match self.match_type {
            MatchType::Equals => claim == self.value,
            MatchType::NotEqual => claim != self.value,
            MatchType::StartsWith => claim.starts_with(&self.value),
            MatchType::Contains => claim.contains(&self.value),
        }
    }
}

/// Returns the text of a claim. It is a guess that lists are compared as JSON; the console suggests
/// Contains for `cognito:groups`.
fn text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(mapping: Value) -> RoleMapping {
        serde_json::from_value(mapping).unwrap()
    }

    fn rules(rules: &[(&str, &str, &str, &str)], resolution: &str) -> RoleMapping {
        let rule = |(claim, kind, value, role): &(&str, &str, &str, &str)| json!({ "Claim": claim, "MatchType": kind, "Value": value, "RoleARN": role });
        let rules: Vec<Value> = rules.iter().map(rule).collect();
        mapping(json!({
            "Type": "Rules", "AmbiguousRoleResolution": resolution,
            "RulesConfiguration": { "Rules": rules }
        }))
    }

    fn claims(claims: Value) -> Map<String, Value> {
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let mapping = rules(
            &[
                ("custom:plan", "Equals", "paid", "equals"),
                ("custom:plan", "StartsWith", "tri", "starts"),
                ("cognito:groups", "Contains", "staff", "contains"),
                ("email_verified", "Equals", "true", "boolean"),
                ("custom:plan", "NotEqual", "free", "not equal"),
            ],
            "Deny",
        );
        for (given, role) in [
            (json!({ "custom:plan": "paid", "cognito:groups": ["staff"] }), Some("equals")),
            (json!({ "custom:plan": "trial" }), Some("starts")),
            (json!({ "custom:plan": "free", "cognito:groups": ["a", "staff"] }), Some("contains")),
            (json!({ "custom:plan": "free", "email_verified": true }), Some("boolean")),
            (json!({ "custom:plan": "other" }), Some("not equal")),
            (json!({ "custom:plan": "free" }), None),
            (json!({ "custom:plan": null }), None),
            (json!({ "custom:plan": 7 }), Some("not equal")),
            (json!({}), None),
        ] {
            let given = claims(given);
            assert_eq!(mapping.choice(&given), role.map_or(Choice::Denied, Choice::Role));
        }
    }

    #[test]
    fn preferred_or_only_role_of_a_token_is_selected() {
        let mapping = mapping(json!({
            "Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"
        }));
        for (given, choice) in [
            (
                json!({ "cognito:roles": ["a", "b"], "cognito:preferred_role": "b" }),
                Choice::Role("b"),
            ),
            (json!({ "cognito:roles": ["a"] }), Choice::Role("a")),
            (json!({ "cognito:roles": ["a", "b"] }), Choice::Default),
            (json!({ "cognito:roles": ["a"], "cognito:preferred_role": "" }), Choice::Role("a")),
            (
                json!({ "cognito:roles": ["", null, 7], "cognito:preferred_role": 7 }),
                Choice::Default,
            ),
            (json!({ "cognito:roles": "a" }), Choice::Default),
            (json!({}), Choice::Default),
        ] {
            assert_eq!(mapping.choice(&claims(given)), choice);
        }
    }

    #[test]
    fn incomplete_mappings_and_too_many_rules_are_invalid() {
        let rule = ("a", "Equals", "b", "role");
        assert_eq!(rules(&[rule; 25], "Deny").problem(), None);
        assert!(rules(&[rule; 26], "Deny").problem().is_some());
        assert!(mapping(json!({ "Type": "Token" })).problem().is_some());
        let without = json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny" });
        assert!(mapping(without).problem().is_some());
    }
}
