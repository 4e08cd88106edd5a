//! The two requests for a machine token, and their answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_tokens::{AccessToken, BoxFuture, ClientSecret, PlainHttpHosts};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use super::cache::MachineTokenKey;
use super::error::MachineTokenError;

/// Time for the whole of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes; those of the service have under 4 KiB.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What the endpoints call their refusals (RFC 6749, 5.2; the API's GetClientToken).
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

/// Asks an endpoint for tokens.
pub(super) struct Requester {
    pub(super) http: Client,
    pub(super) url: Url,
    pub(super) endpoint: Endpoint,
    pub(super) secret: Secret,
}

/// Who is asked.
#[derive(Clone, Debug)]
pub(super) enum Endpoint {
    /// The pool's domain.
    Domain(String),
    /// The service's API.
    Service(String),
}

/// Where the secret of the app client comes from.
#[derive(Clone)]
pub(super) enum Secret {
    /// It is always the same.
    Fixed(ClientSecret),
    /// The application is asked each time.
    Callback(Arc<Ask>),
}

type Ask = dyn Fn() -> BoxFuture<'static, ClientSecret> + Send + Sync;

/// A token that was granted.
pub(super) struct Granted {
    pub(super) token: AccessToken,
    pub(super) lifetime: Duration,
}

/// A client that follows no redirect: its requests carry secrets.
pub(super) fn http_client() -> reqwest::Result<Client> {
    Client::builder().redirect(Policy::none()).timeout(TIMEOUT).build()
}

impl Endpoint {
    pub(super) fn url(&self) -> Result<Url, MachineTokenError> {
        let (Self::Domain(text) | Self::Service(text)) = self;
        let mut url = Url::parse(text).map_err(|_| MachineTokenError::InvalidEndpoint)?;
        if !PlainHttpHosts::default().allow(url.as_str()) {
            return Err(MachineTokenError::InvalidEndpoint);
        }
        if let Self::Domain(_) = self {
            let path = format!("{}/oauth2/token", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        Ok(url)
    }
}

impl Requester {
    /// Asks for a token, twice if another secret may help.
    pub(super) async fn request(
        &self,
        key: &MachineTokenKey,
    ) -> Result<Granted, MachineTokenError> {
        let granted = self.request_with(key, self.secret.get().await).await;
        match (granted, &self.secret) {
            (Err(error), Secret::Callback(ask)) if error.is_about_the_secret() => {
                self.request_with(key, ask().await).await
            }
            (granted, _) => granted,
        }
    }

    async fn request_with(
        &self,
        key: &MachineTokenKey,
        secret: ClientSecret,
    ) -> Result<Granted, MachineTokenError> {
        let (headers, body) = match self.endpoint {
            Endpoint::Domain(_) => grant_request(key, &secret)?,
            Endpoint::Service(_) => get_client_token_request(key, &secret),
        };
        let request = self.http.post(self.url.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(transport)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let unavailable = || MachineTokenError::Unavailable { status: status.into(), retry_after };
        if status.is_server_error() || status == 429 {
            return Err(unavailable());
        }
        let body = read_bounded(response).await?;
        if status.is_success() {
            return granted(&self.endpoint, &body);
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
    if let Some(resource) = &key.resource {
        form.append_pair("resource", resource);
    }
    if !key.metadata.is_empty() {
        form.append_pair("aws_client_metadata", &json!(key.metadata).to_string());
    }
    let pair = STANDARD.encode(format!("{}:{}", key.client_id, secret.expose_secret()));
    let mut basic = HeaderValue::try_from(format!("Basic {pair}"))
        .map_err(|_| MachineTokenError::Unsupported("the secret cannot be sent"))?;
    basic.set_sensitive(true);
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = HeaderMap::from_iter([(AUTHORIZATION, basic), (CONTENT_TYPE, content_type)]);
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

/// An answer of the domain's endpoint (RFC 6749, 5.1).
#[derive(Deserialize)]
struct GrantAnswer {
    access_token: String,
    expires_in: u64,
}

/// An answer to GetClientToken.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetClientTokenAnswer {
    client_authentication_result: ClientAuthenticationResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ClientAuthenticationResult {
    access_token: String,
    expires_in: u64,
}

/// A refusal of either endpoint.
#[derive(Deserialize)]
struct Refused {
    error: Option<String>,
    #[serde(rename = "__type")]
    exception: Option<String>,
}

fn granted(endpoint: &Endpoint, body: &[u8]) -> Result<Granted, MachineTokenError> {
    let (token, seconds) = match endpoint {
        Endpoint::Domain(_) => {
            let GrantAnswer { access_token, expires_in } = read(body)?;
            (access_token, expires_in)
        }
        Endpoint::Service(_) => {
            let answer: GetClientTokenAnswer = read(body)?;
            let result = answer.client_authentication_result;
            (result.access_token, result.expires_in)
        }
    };
    Ok(Granted { token: token.into(), lifetime: Duration::from_secs(seconds) })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, MachineTokenError> {
    // What cannot be read may hold a token, so nothing of it is kept.
    serde_json::from_slice(body).map_err(|_| MachineTokenError::Malformed)
}

async fn read_bounded(mut response: Response) -> Result<Vec<u8>, MachineTokenError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if chunk.len() > MAX_ANSWER_BYTES.saturating_sub(body.len()) {
            return Err(MachineTokenError::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn transport(error: reqwest::Error) -> MachineTokenError {
    MachineTokenError::Transport(error.without_url())
}

/// In seconds; a date is left to the caller's own pause.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

impl Secret {
    async fn get(&self) -> ClientSecret {
        match self {
            Self::Fixed(secret) => secret.clone(),
            Self::Callback(ask) => ask().await,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Callback(_) => "Callback",
        })
    }
}
