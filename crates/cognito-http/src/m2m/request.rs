//! The two requests for a machine token, and their responses.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cognito_types::{AccessToken, ClientSecret};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::cache::MachineTokenKey;
use crate::post::{Message, PostError, Poster, form, form_body, lifetime, read};

/// Requests tokens at an endpoint.
pub(super) struct Requester {
    pub(super) poster: Poster,
    pub(super) url: Url,
    /// True for the token endpoint of a domain, false for the API.
    pub(super) at_domain: bool,
}

/// A token from the endpoint.
pub(super) struct Granted {
    pub(super) token: AccessToken,
    pub(super) lifetime: Duration,
}

impl Requester {
    pub(super) async fn request(&self, key: &MachineTokenKey) -> Result<Granted, PostError> {
        let write = |secret: Option<&ClientSecret>| match self.at_domain {
            true => form(&key.client_id, secret, grant_form(key)),
            false => get_client_token(key, secret),
        };
        granted(self.at_domain, &self.poster.post(&self.url, write).await?)
    }
}

/// Returns the client-credentials grant (RFC 6749, 4.4.2).
fn grant_form(key: &MachineTokenKey) -> Bytes {
    let (scopes, metadata) = (key.scopes.join(" "), json!(key.metadata).to_string());
    let mut pairs = vec![("grant_type", "client_credentials")];
    if !key.scopes.is_empty() {
        pairs.push(("scope", &scopes));
    }
    if !key.metadata.is_empty() {
        pairs.push(("aws_client_metadata", &metadata));
    }
    form_body(&pairs)
}

/// The input of GetClientToken.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetClientTokenRequest<'a> {
    client_id: &'a str,
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scopes: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    client_metadata: &'a BTreeMap<String, String>,
}

impl GetClientTokenRequest<'_> {
    /// Serializes the request into a buffer that is wiped when the last clone of the body is
    /// dropped.
    fn body(&self) -> serde_json::Result<Bytes> {
        // The buffer is allocated once: a growing buffer would leave copies of the secret in
        // memory.
        let mut body = Zeroizing::new(Vec::with_capacity(self.max_length()?));
        serde_json::to_writer(&mut *body, self)?;
        Ok(Bytes::from_owner(body))
    }

    /// Returns the maximum length of the body, with each byte of the secret escaped as six bytes.
    fn max_length(&self) -> serde_json::Result<usize> {
        let without_secret = serde_json::to_vec(&Self { secret: None, ..*self })?;
        Ok(without_secret.len() + 6 * self.secret.map_or(0, str::len))
    }
}

fn get_client_token(
    key: &MachineTokenKey,
    secret: Option<&ClientSecret>,
) -> Result<Message, PostError> {
    const TARGET: &str = "AWSCognitoIdentityProviderService.GetClientToken";
    let request = GetClientTokenRequest {
        client_id: key.client_id.as_str(),
        secret: secret.map(ClientSecret::expose_secret),
        scopes: &key.scopes,
        client_metadata: &key.metadata,
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert("x-amz-target", HeaderValue::from_static(TARGET));
    // Serializing text never fails.
    Ok((headers, request.body().map_err(|_| PostError::Malformed)?))
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
    let lifetime = lifetime(seconds, &token);
    Ok(Granted { token: token.into(), lifetime })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;

    #[test]
    fn token_expires_with_its_claims_at_the_latest() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iat":1000,"exp":1300}"#);
        let token = format!("e30.{payload}.c2ln");
        for seconds in [300, 86_400, u64::MAX] {
            let of_domain = json!({ "access_token": token, "expires_in": seconds });
            let result = json!({ "AccessToken": token, "ExpiresIn": seconds });
            let of_api = json!({ "ClientAuthenticationResult": result });
            for (at_domain, body) in [(true, of_domain), (false, of_api)] {
                let granted = granted(at_domain, body.to_string().as_bytes()).ok().unwrap();
                assert_eq!(granted.lifetime, Duration::from_secs(300), "{body}");
            }
        }
    }

    #[test]
    fn the_buffer_of_a_request_is_never_reallocated() {
        let metadata = BTreeMap::from([("tenant".to_owned(), "\u{1f600}".to_owned())]);
        for secret in [None, Some(""), Some("secret"), Some("\u{1}\u{1f}\"\\\u{1f600}")] {
            let request = GetClientTokenRequest {
                client_id: "client-id",
                secret,
                scopes: &["orders/read".to_owned()],
                client_metadata: &metadata,
            };
            let body = request.body().unwrap();
            assert!(body.len() <= request.max_length().unwrap(), "{secret:?}");
            let sent: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(sent["Secret"].as_str(), secret);
        }
    }
}
