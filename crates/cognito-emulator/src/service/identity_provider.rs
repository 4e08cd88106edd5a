//! What the service knows of identity providers: what they must say, and what it adds.

use serde_json::{Value, json};

use super::error::ApiError;
use super::shape::{Members, Request};

/// The details that a provider must have, by its type.
const REQUIRED: [(&str, &[&str]); 5] = [
    ("Facebook", SOCIAL),
    ("Google", SOCIAL),
    ("LoginWithAmazon", SOCIAL),
    ("OIDC", &["client_id", "attributes_request_method", "oidc_issuer", "authorize_scopes"]),
    ("SignInWithApple", &["client_id", "team_id", "key_id", "private_key", "authorize_scopes"]),
];
const SOCIAL: &[&str] = &["client_id", "client_secret", "authorize_scopes"];

/// The version of Facebook's API where the provider names none.
const FACEBOOK_VERSION: &str = "v17.0";

/// Refuses a provider that lacks details, or has a name that is not its own.
pub(crate) fn check(provider: &Members) -> Result<(), ApiError> {
    let (name, kind) = (provider.text("ProviderName"), provider.text("ProviderType"));
    let details = provider.get("ProviderDetails");
    let has = |detail: &str| details.is_some_and(|details| details.get(detail).is_some());
    if kind == "SAML" && has("MetadataURL") == has("MetadataFile") {
        return Err(ApiError::invalid_parameter(
            "Exactly one of MetadataURL and MetadataFile is required for SAML.",
        ));
    }
    let required = REQUIRED.iter().find(|(other, _)| *other == kind);
    let mut required = required.into_iter().flat_map(|(_, details)| details.iter());
    if let Some(missing) = required.find(|detail| !has(detail)) {
        return Err(ApiError::invalid_parameter(format!("{missing} is required for {kind}.")));
    }
    if is_social(kind) && name != kind {
        return Err(ApiError::invalid_parameter(format!(
            "The name of a provider of type {kind} is {kind}."
        )));
    }
    Ok(())
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
