//! The two requests for a machine token, and their responses.

use std::time::Duration;

use cognito_types::{AccessToken, ClientSecret};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use super::cache::MachineTokenKey;
use crate::post::{Message, PostError, Poster, form, read};

/// Requests tokens at an endpoint.
pub(super) struct Requester {
    pub(super) poster: Poster,
    pub(super) url: Url,
    /// True for the token endpoint of a domain, false for the API.
    pub(super) at_domain: bool,
}

/// A token that was granted.
pub(super) struct Granted {
    pub(super) token: AccessToken,
    pub(super) lifetime: Duration,
}

impl Requester {
    pub(super) async fn request(&self, key: &MachineTokenKey) -> Result<Granted, PostError> {
        let write = |secret: Option<&ClientSecret>| match self.at_domain {
            true => form(&key.client_id, secret, grant_form(key)),
            false => Ok(get_client_token_request(key, secret)),
        };
        granted(self.at_domain, &self.poster.post(&self.url, write).await?)
    }
}

/// The client-credentials grant (RFC 6749, 4.4.2).
fn grant_form(key: &MachineTokenKey) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !key.scopes.is_empty() {
        form.append_pair("scope", &key.scopes.join(" "));
    }
    if !key.metadata.is_empty() {
        form.append_pair("aws_client_metadata", &json!(key.metadata).to_string());
    }
    form.finish()
}

fn get_client_token_request(key: &MachineTokenKey, secret: Option<&ClientSecret>) -> Message {
    let secret = secret.map(ClientSecret::expose_secret);
    let mut input = json!({ "ClientId": key.client_id.as_str(), "Secret": secret });
    if let Some(members) = input.as_object_mut() {
        if !key.scopes.is_empty() {
            members.insert("Scopes".to_owned(), json!(key.scopes));
        }
        if !key.metadata.is_empty() {
            members.insert("ClientMetadata".to_owned(), json!(key.metadata));
        }
    }
    const TARGET: &str = "AWSCognitoIdentityProviderService.GetClientToken";
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert("x-amz-target", HeaderValue::from_static(TARGET));
    (headers, input.to_string())
}

/// A response of the domain's endpoint (RFC 6749, 5.1).
#[derive(Deserialize)]
struct GrantResponse {
    access_token: String,
    expires_in: u64,
}

/// A response to GetClientToken.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetClientTokenResponse {
    client_authentication_result: ClientAuthenticationResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClientAuthenticationResult {
    access_token: String,
    expires_in: u64,
}

fn granted(at_domain: bool, body: &[u8]) -> Result<Granted, PostError> {
    let (token, seconds) = match at_domain {
        true => {
            let GrantResponse { access_token, expires_in } = read(body)?;
            (access_token, expires_in)
        }
        false => {
            let response: GetClientTokenResponse = read(body)?;
            let result = response.client_authentication_result;
            (result.access_token, result.expires_in)
        }
    };
    Ok(Granted { token: token.into(), lifetime: Duration::from_secs(seconds) })
}
