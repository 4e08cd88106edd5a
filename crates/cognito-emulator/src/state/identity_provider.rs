//! Identity providers: required details, defaults, and attribute mapping.

use std::collections::BTreeMap;

use cognito_tokens::is_loopback;
use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::attributes::Attributes;
use crate::state::members::Members;

/// The type of SAML providers.
pub(crate) const SAML: &str = "SAML";

/// IdentityProviderType.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IdentityProvider {
    pub(crate) provider_name: String,
    pub(crate) provider_type: String,
    pub(crate) provider_details: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_mapping: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idp_identifiers: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) creation_date: f64,
    #[serde(default)]
    pub(crate) last_modified_date: f64,
    #[serde(flatten)]
    other: Members,
}

/// The required details by provider type, and the message for a missing one.
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

/// The default version of Facebook's API.
const FACEBOOK_VERSION: &str = "v17.0";

impl IdentityProvider {
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = &String> {
        self.idp_identifiers.iter().flatten()
    }

    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.provider_details.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the issuer of an OpenID Connect provider on this machine. An https issuer requires
    /// TLS.
    pub(crate) fn local_issuer(&self, has_tls: bool) -> Option<&str> {
        let issuer = self.detail("oidc_issuer").filter(|_| self.provider_type == "OIDC");
        let can_call = |issuer: &str| has_tls || issuer.starts_with("http://");
        issuer.filter(|issuer| is_loopback(issuer) && can_call(issuer))
    }

    /// Returns the mapped attributes for the claims of a user. Missing claims change nothing.
    pub(crate) fn mapped(&self, claims: &BTreeMap<String, String>) -> Attributes {
        let mapping = self.attribute_mapping.iter().flatten();
        // The user name is derived from the subject.
        let mapping = mapping.filter(|(attribute, _)| *attribute != "username");
        let value = |(attribute, claim): (&String, &String)| {
            Some((attribute.clone(), claims.get(claim)?.clone()))
        };
        mapping.filter_map(value).collect()
    }

    /// Rejects a provider without required details, or with the name of another type.
    pub(crate) fn check(&self) -> Result<(), ServiceError> {
        let (name, kind) = (self.provider_name.as_str(), self.provider_type.as_str());
        let detail = |name: &str| self.provider_details.get(name);
        let is_social = !["OIDC", SAML].contains(&kind);
        if is_social && name != kind {
            let message = format!("Provider {name} cannot be of type {kind}.");
            return Err(ServiceError::invalid_parameter(message));
        }
        for (kinds, needed, message) in REQUIRED {
            if kinds.contains(&kind) && needed.iter().any(|name| detail(name).is_none()) {
                return Err(ServiceError::invalid_parameter(message));
            }
        }
        let refused = match (kind, detail("MetadataURL"), detail("MetadataFile")) {
            (SAML, None, None) => {
                "At least one of the MetadataURL or MetadataFile should be provided."
            }
            (SAML, Some(_), Some(_)) => {
                "Only one of the MetadataURL or MetadataFile should be provided."
            }
            ("OIDC", ..) if !detail("oidc_issuer").is_some_and(|url| is_issuer(url)) => {
                "OIDC endpoint must start with https://"
            }
            _ => return Ok(()),
        };
        Err(ServiceError::invalid_parameter(refused))
    }

    /// Adds the service's default details and mapping for a type.
    pub(crate) fn complete(&mut self) {
        // The key is accepted but never returned.
        self.provider_details.remove("private_key");
        let kind = self.provider_type.as_str();
        let version = self.provider_details.get("api_version").cloned();
        for (name, value) in known_details(kind, version.as_deref()) {
            self.provider_details.entry(name.to_owned()).or_insert(value);
        }
        let id = match kind {
            "Facebook" => "id",
            "LoginWithAmazon" => "user_id",
            SAML => return,
            _ => "sub",
        };
        let mapping = || BTreeMap::from([("username".to_owned(), id.to_owned())]);
        self.attribute_mapping.get_or_insert_with(mapping);
    }
}

/// Returns whether a URL can be an issuer. The service requires https; the emulator also accepts
/// http on this machine.
fn is_issuer(url: &str) -> bool {
    url.starts_with("https://") || (url.starts_with("http://") && is_loopback(url))
}

fn known_details(kind: &str, version: Option<&str>) -> Vec<(&'static str, String)> {
    let version = version.unwrap_or(FACEBOOK_VERSION);
    let own = |details: &[(&'static str, &str)]| {
        details.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    match kind {
        "Facebook" => own(&[
            ("api_version", version),
            ("attributes_url", &format!("https://graph.facebook.com/{version}/me?fields=")),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", &format!("https://www.facebook.com/{version}/dialog/oauth")),
            ("token_request_method", "GET"),
            ("token_url", &format!("https://graph.facebook.com/{version}/oauth/access_token")),
        ]),
        "Google" => own(&[
            ("attributes_url", "https://people.googleapis.com/v1/people/me?personFields="),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ]),
        "LoginWithAmazon" => own(&[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ]),
        "OIDC" => own(&[("attributes_url_add_attributes", "false")]),
        "SignInWithApple" => own(&[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ]),
        _ => Vec::new(),
    }
}
