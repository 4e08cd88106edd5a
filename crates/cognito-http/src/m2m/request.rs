//! The two requests for a machine token, and their responses.

use std::time::Duration;

use cognito_types::{AccessToken, ClientSecret, SecretSource};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use super::cache::MachineTokenKey;
use super::error::MachineTokenError;
use crate::post::{FORM, TIMEOUT, Unread, basic, read_bounded, retry_after};

/// The names of the endpoints' errors (RFC 6749, 5.2; the API's GetClientToken).
const REFUSALS: [&str; 11] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "InvalidParameterException",
    "NotAuthorizedException",
    "OperationNotEnabledException",
    "ResourceNotFoundException",
];

/// Requests tokens at an endpoint.
pub(super) struct Requester {
    pub(super) http: Client,
    pub(super) url: Url,
    /// True for the token endpoint of a domain, false for the API.
    pub(super) at_domain: bool,
    pub(super) secret: SecretSource,
}

/// A token that was granted.
pub(super) struct Granted {
    pub(super) token: AccessToken,
    pub(super) lifetime: Duration,
}

impl Requester {
    /// Requests a token, a second time if another secret may help.
    pub(super) async fn request(
        &self,
        key: &MachineTokenKey,
    ) -> Result<Granted, MachineTokenError> {
        let secret = self.secret.get().await.map_err(MachineTokenError::SecretUnavailable)?;
        let secret = secret.ok_or(MachineTokenError::NoSecret)?;
        match self.request_with(key, &secret).await {
            Err(error) if error.is_about_the_secret() => {
                let next = self.secret.instead_of(&secret).await;
                match next.map_err(MachineTokenError::SecretUnavailable)? {
                    Some(next) => self.request_with(key, &next).await,
                    None => Err(error),
                }
            }
            granted => granted,
        }
    }

    async fn request_with(
        &self,
        key: &MachineTokenKey,
        secret: &ClientSecret,
    ) -> Result<Granted, MachineTokenError> {
        let (headers, body) = match self.at_domain {
            true => grant_request(key, secret)?,
            false => get_client_token_request(key, secret),
        };
        let request = self.http.post(self.url.clone()).timeout(TIMEOUT).headers(headers);
        let request = request.body(body);
        let response = request.send().await.map_err(transport)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let unavailable = || MachineTokenError::Unavailable { status: status.into(), retry_after };
        if status.is_server_error() || status == 429 {
            return Err(unavailable());
        }
        let body = read_bounded(response).await.map_err(unread)?;
        if status.is_success() {
            return granted(self.at_domain, &body);
        }
        let refused: Refused = read(&body)?;
        let code = refused.error.or(refused.exception).unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        if code == "TooManyRequestsException" {
            return Err(unavailable());
        }
        let known = REFUSALS.into_iter().find(|known| *known == code);
        Err(MachineTokenError::Refused(known.unwrap_or("for another reason")))
    }
}

/// The client-credentials grant (RFC 6749, 4.4.2).
fn grant_request(
    key: &MachineTokenKey,
    secret: &ClientSecret,
) -> Result<(HeaderMap, String), MachineTokenError> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if !key.scopes.is_empty() {
        form.append_pair("scope", &key.scopes.join(" "));
    }
    if !key.metadata.is_empty() {
        form.append_pair("aws_client_metadata", &json!(key.metadata).to_string());
    }
    let basic = basic(&key.client_id, secret)
        .ok_or(MachineTokenError::Unsupported("the secret cannot be sent"))?;
    let headers = HeaderMap::from_iter([(AUTHORIZATION, basic), (CONTENT_TYPE, FORM)]);
    Ok((headers, form.finish()))
}

fn get_client_token_request(key: &MachineTokenKey, secret: &ClientSecret) -> (HeaderMap, String) {
    let mut input = json!({ "ClientId": key.client_id.as_str(), "Secret": secret.expose_secret() });
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

/// An error response of either endpoint.
#[derive(Deserialize)]
struct Refused {
    error: Option<String>,
    #[serde(rename = "__type")]
    exception: Option<String>,
}

fn granted(at_domain: bool, body: &[u8]) -> Result<Granted, MachineTokenError> {
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

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, MachineTokenError> {
    // The body may hold a token, so the error keeps nothing of it.
    serde_json::from_slice(body).map_err(|_| MachineTokenError::Malformed)
}

fn unread(error: Unread) -> MachineTokenError {
    match error {
        Unread::Lost(error) => transport(error),
        Unread::TooLong => MachineTokenError::Malformed,
    }
}

fn transport(error: reqwest::Error) -> MachineTokenError {
    MachineTokenError::Transport(error.without_url())
}
