//! The details that identity providers require, and those that the service adds.

use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::members::{Members, MembersExt};

/// The details that a provider must have, by its type, and what is said where one is missing.
const REQUIRED: [(&[&str], &[&str], &str); 3] = [
    (
        &["Facebook", "Google", "LoginWithAmazon"],
        &["client_id", "client_secret", "authorize_scopes"],
        "clientId, clientSecret and authorizeScopes are all required idp details.",
    ),
    (
        &["SignInWithApple"],
        &["client_id", "private_key", "team_id", "key_id"],
        "clientId, privateKey, teamId, and keyId are all required idp details.",
    ),
    (
        &["OIDC"],
        &["client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"],
        "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp \
         details.",
    ),
];

/// The version of Facebook's API where the provider names none.
const FACEBOOK_VERSION: &str = "v17.0";

/// Refuses a provider that lacks details, or has a name that is another type's.
pub(crate) fn check(provider: &Members) -> Result<(), ServiceError> {
    let (name, kind) = (provider.text("ProviderName"), provider.text("ProviderType"));
    let details = provider.get("ProviderDetails");
    let detail = |name: &str| details.and_then(|details| details.get(name)?.as_str());
    if is_social(kind) && name != kind {
        let message = format!("Provider {name} cannot be of type {kind}.");
        return Err(ServiceError::invalid_parameter(message));
    }
    for (kinds, needed, message) in REQUIRED {
        if kinds.contains(&kind) && needed.iter().any(|name| detail(name).is_none()) {
            return Err(ServiceError::invalid_parameter(message));
        }
    }
    let refused = match (kind, detail("MetadataURL"), detail("MetadataFile")) {
        ("SAML", None, None) => {
            "At least one of the MetadataURL or MetadataFile should be provided."
        }
        ("SAML", Some(_), Some(_)) => {
            "Only one of the MetadataURL or MetadataFile should be provided."
        }
        ("OIDC", ..) if !detail("oidc_issuer").is_some_and(|url| url.starts_with("https://")) => {
            "OIDC endpoint must start with https://"
        }
        _ => return Ok(()),
    };
    Err(ServiceError::invalid_parameter(refused))
}

/// Adds what the service knows of a provider by its type.
pub(crate) fn complete(provider: &mut Members) {
    let kind = provider.text("ProviderType").to_owned();
    if let Some(Value::Object(details)) = provider.get_mut("ProviderDetails") {
        // The key is taken and never shown.
        details.remove("private_key");
        if let Value::Object(known) = known_details(&kind, details.optional_text("api_version")) {
            for (name, value) in known {
                details.entry(name).or_insert(value);
            }
        }
    }
    let id = match kind.as_str() {
        "Facebook" => "id",
        "LoginWithAmazon" => "user_id",
        "SAML" => return,
        _ => "sub",
    };
    provider.entry("AttributeMapping").or_insert_with(|| json!({ "username": id }));
}

fn is_social(kind: &str) -> bool {
    !["OIDC", "SAML"].contains(&kind)
}

fn known_details(kind: &str, version: Option<&str>) -> Value {
    let version = version.unwrap_or(FACEBOOK_VERSION);
    match kind {
        "Facebook" => json!({
            "api_version": version,
            "attributes_url": format!("https://graph.facebook.com/{version}/me?fields="),
            "attributes_url_add_attributes": "true",
            "authorize_url": format!("https://www.facebook.com/{version}/dialog/oauth"),
            "token_request_method": "GET",
            "token_url": format!("https://graph.facebook.com/{version}/oauth/access_token"),
        }),
        "Google" => json!({
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        }),
        "LoginWithAmazon" => json!({
            "attributes_url": "https://api.amazon.com/user/profile",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://www.amazon.com/ap/oa",
            "token_request_method": "POST",
            "token_url": "https://api.amazon.com/auth/o2/token",
        }),
        "OIDC" => json!({ "attributes_url_add_attributes": "false" }),
        "SignInWithApple" => json!({
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://appleid.apple.com/auth/authorize",
            "oidc_issuer": "https://appleid.apple.com",
            "token_request_method": "POST",
            "token_url": "https://appleid.apple.com/auth/token",
        }),
        _ => json!({}),
    }
}
