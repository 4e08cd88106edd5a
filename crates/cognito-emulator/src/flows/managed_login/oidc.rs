//! OpenID Connect providers on this machine: their endpoints, and the claims of a user.
//!
//! Providers on other machines are never called.

mod id_token;

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Error as HttpError, Method, Request as HttpRequest, StatusCode};
use form_urlencoded::Serializer;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use self::id_token::Expected;
use crate::flows::http_client::{Loopback, LoopbackError, send_to_loopback};
use crate::flows::managed_login::claims::{ProviderClaims, texts};
use crate::flows::service::Shared;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::state::identity_provider::IdentityProvider;
use crate::state::managed_login::ExternalSignIn;
use crate::state::members::Members;

/// The time limit for each endpoint of a provider.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The maximum length of a provider's error that is returned to the application, in characters.
const MAX_DESCRIPTION: usize = 500;

/// The error of a sign-in at a provider, which is returned to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProviderError {
    pub(crate) code: String,
    pub(crate) description: Option<String>,
}

impl ProviderError {
    pub(crate) fn invalid(description: impl Into<String>) -> Self {
        Self::new("invalid_request", Some(&description.into()))
    }

    /// Creates the error that passes on a provider's error.
    pub(crate) fn new(code: &str, description: Option<&str>) -> Self {
        let short = |text: &str| text.chars().take(MAX_DESCRIPTION).collect::<String>();
        Self { code: short(code), description: description.map(short) }
    }
}

impl From<ServiceError> for ProviderError {
    fn from(error: ServiceError) -> Self {
        Self::invalid(error.message)
    }
}

/// The endpoints of a provider.
pub(crate) struct Endpoints {
    pub(crate) issuer: String,
    authorization: String,
    token: String,
    keys: String,
    user_info: Option<String>,
    loopback: Loopback,
}

/// An endpoint of a provider.
#[derive(Clone, Copy, Debug)]
enum Endpoint {
    Discovery,
    Token,
    Keys,
    UserInfo,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
}

/// Returns the endpoints of a provider: from its details, and otherwise by discovery.
pub(crate) async fn endpoints(
    shared: &Shared,
    provider: &IdentityProvider,
    issuer: &str,
) -> Result<Endpoints, ProviderError> {
    let loopback = Loopback { limit: TIME_LIMIT, tls: shared.loopback_tls.clone() };
    let detail = |name| provider.detail(name).map(str::to_owned);
    let given = (detail("authorize_url"), detail("token_url"), detail("jwks_uri"));
    let (issuer, user_info) = (issuer.to_owned(), detail("attributes_url"));
    if let (Some(authorization), Some(token), Some(keys)) = given.clone() {
        return Ok(Endpoints { issuer, authorization, token, keys, user_info, loopback });
    }
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let request = HttpRequest::get(url).body(String::new());
    let found: Discovery = success(&loopback, Endpoint::Discovery, request).await?;
    if found.issuer != issuer {
        return Err(ProviderError::invalid("The issuer of the discovery document differs"));
    }
    Ok(Endpoints {
        issuer,
        authorization: given.0.unwrap_or(found.authorization_endpoint),
        token: given.1.unwrap_or(found.token_endpoint),
        keys: given.2.unwrap_or(found.jwks_uri),
        user_info: user_info.or(found.userinfo_endpoint),
        loopback,
    })
}

impl Endpoints {
    /// Returns the URL at which the browser requests a code. `prompt` and `login_hint` of the
    /// application are passed on (AWS guide, authorize endpoint).
    pub(crate) fn authorization(
        &self,
        provider: &IdentityProvider,
        sign_in: &ExternalSignIn,
        state: &str,
        parameters: &Parameters,
    ) -> Result<String, ProviderError> {
        let url = Url::parse(&self.authorization).ok();
        let url = url.filter(|url| ["http", "https"].contains(&url.scheme()));
        let mut url = url.ok_or_else(|| ProviderError::invalid("authorize_url is not a URL"))?;
        url.query_pairs_mut().extend_pairs([
            ("client_id", provider.detail("client_id").unwrap_or_default()),
            ("redirect_uri", &sign_in.redirect_uri),
            ("scope", provider.detail("authorize_scopes").unwrap_or_default()),
            ("response_type", "code"),
            ("state", state),
            ("nonce", &sign_in.nonce),
        ]);
        let passed = ["login_hint", "prompt"].into_iter();
        let passed = passed.filter_map(|name| Some((name, parameters.get(name)?)));
        url.query_pairs_mut().extend_pairs(passed);
        Ok(url.into())
    }

    /// Redeems a code, and returns the claims of the ID token and of userInfo. `now` is in seconds
    /// since 1970, by the test clock.
    pub(crate) async fn claims(
        &self,
        provider: &IdentityProvider,
        sign_in: &ExternalSignIn,
        code: &str,
        now: u64,
    ) -> Result<ProviderClaims, ProviderError> {
        let response = self.tokens(provider, &sign_in.redirect_uri, code).await?;
        let token = |name: &str| response.get(name).and_then(Value::as_str);
        let Some(id_token) = token("id_token") else {
            return Err(ProviderError::invalid("The identity provider returned no id_token"));
        };
        let keys = self.key_set().await?;
        let expected = Expected {
            issuer: &self.issuer,
            client_id: provider.detail("client_id").unwrap_or_default(),
            nonce: &sign_in.nonce,
            now,
        };
        let invalid = |error| ProviderError::invalid(format!("Invalid id_token: {error}"));
        let claims = id_token::verify(id_token, &keys, &expected).map_err(invalid)?;
        let user_info = match self.user_info.as_deref().zip(token("access_token")) {
            Some((url, token)) => {
                let user_info = self.user_info(provider, url, token).await?;
                // Otherwise attributes of another user could be substituted (OpenID Connect Core,
                // 5.3.2).
                if user_info.get("sub") != claims.get("sub") {
                    return Err(ProviderError::invalid("The sub of userInfo differs"));
                }
                user_info
            }
            None => Members::new(),
        };
        Ok(ProviderClaims {
            subject: claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned(),
            token_response: texts(&response),
            id_token: texts(&claims),
            user_info: texts(&user_info),
            ..ProviderClaims::default()
        })
    }

    /// Redeems a code, with the client secret in the form, which is the only method of the service.
    async fn tokens(
        &self,
        provider: &IdentityProvider,
        redirect_uri: &str,
        code: &str,
    ) -> Result<Members, ProviderError> {
        let request = HttpRequest::post(&self.token)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(token_form(provider, redirect_uri, code));
        let (status, body) = call(&self.loopback, Endpoint::Token, request).await?;
        let response: Option<Members> = serde_json::from_slice(&body).ok();
        let text = |name| response.as_ref().and_then(|response| response.get(name)?.as_str());
        let error = text("error");
        if !status.is_success() || error.is_some() {
            let texts = error.into_iter().chain(text("error_description"));
            return Err(rejected_code(provider, status, texts.collect()));
        }
        response.ok_or_else(|| Endpoint::Token.unreadable())
    }

    async fn user_info(
        &self,
        provider: &IdentityProvider,
        url: &str,
        access_token: &str,
    ) -> Result<Members, ProviderError> {
        let method = match provider.detail("attributes_request_method") {
            Some("POST") => Method::POST,
            _ => Method::GET,
        };
        let request = HttpRequest::builder().method(method).uri(url);
        let request = request.header(AUTHORIZATION, format!("Bearer {access_token}"));
        success(&self.loopback, Endpoint::UserInfo, request.body(String::new())).await
    }

    async fn key_set(&self) -> Result<String, ProviderError> {
        let request = HttpRequest::get(&self.keys).body(String::new());
        let document: Members = success(&self.loopback, Endpoint::Keys, request).await?;
        Ok(Value::Object(document).to_string())
    }
}

impl Endpoint {
    /// Returns the timeout errors of the guide. The one for discovery is a guess, because the
    /// service runs the discovery when a provider is created.
    fn timed_out(self) -> ProviderError {
        ProviderError::invalid(match self {
            Self::Discovery => "Timeout in calling the discovery document",
            Self::Token => "Timeout occurred in calling IdP token endpoint",
            Self::Keys => "Timeout in calling jwks uri",
            Self::UserInfo => "Read timed out",
        })
    }

    /// Returns the error for an invalid response of this endpoint; the messages are not measured.
    fn unreadable(self) -> ProviderError {
        ProviderError::invalid(match self {
            Self::Discovery => "Unable to contact well-known endpoint",
            Self::Token => "Exception processing authorization code",
            Self::Keys => "The key set of the identity provider cannot be read",
            Self::UserInfo => "The userInfo of the identity provider cannot be read",
        })
    }
}

fn token_form(provider: &IdentityProvider, redirect_uri: &str, code: &str) -> String {
    let secret = provider.detail("client_secret").map(|secret| ("client_secret", secret));
    let members = [
        ("grant_type", "authorization_code"),
        ("client_id", provider.detail("client_id").unwrap_or_default()),
        ("redirect_uri", redirect_uri),
        ("code", code),
    ];
    Serializer::new(String::new()).extend_pairs(members.into_iter().chain(secret)).finish()
}

/// Returns the error for a code that the token endpoint rejects, with the provider's error if the
/// response has one (AWS guide: authorize endpoint; managed login and federation error responses).
fn rejected_code(
    provider: &IdentityProvider,
    status: StatusCode,
    texts: Vec<&str>,
) -> ProviderError {
    let texts = if texts.is_empty() { "error getting token".to_owned() } else { texts.join(" ") };
    let name = &provider.provider_name;
    ProviderError::invalid(format!("{name} Error - {} {texts}", status.as_u16()))
}

/// Calls an endpoint, and returns the JSON of a successful response.
async fn success<T: DeserializeOwned>(
    loopback: &Loopback,
    endpoint: Endpoint,
    request: Result<HttpRequest<String>, HttpError>,
) -> Result<T, ProviderError> {
    let (status, body) = call(loopback, endpoint, request).await?;
    let document = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
    document.ok_or_else(|| endpoint.unreadable())
}

/// Calls an endpoint, and returns the status and the body of its response.
async fn call(
    loopback: &Loopback,
    endpoint: Endpoint,
    request: Result<HttpRequest<String>, HttpError>,
) -> Result<(StatusCode, Bytes), ProviderError> {
    const NOT_LOOPBACK: &str = "An endpoint of the identity provider is not on a loopback address, \
                                or needs TLS without --tls";
    const TLS: &str = "TLS to the identity provider failed: its certificate must be of the \
                       emulator's authority";
    let Ok(request) = request else { return Err(ProviderError::invalid(NOT_LOOPBACK)) };
    send_to_loopback(loopback.clone(), request).await.map_err(|error| match error {
        LoopbackError::NotLoopback => ProviderError::invalid(NOT_LOOPBACK),
        LoopbackError::Tls => ProviderError::invalid(TLS),
        LoopbackError::TimedOut => endpoint.timed_out(),
        LoopbackError::TooLong => endpoint.unreadable(),
        LoopbackError::Failed => ProviderError::invalid("Connection reset"),
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn each_endpoint_that_hangs_has_its_own_error() {
        // The system accepts the connection, and the request is never read.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let loopback = Loopback { limit: Duration::from_millis(50), tls: None };
        for (endpoint, description) in [
            (Endpoint::Discovery, "Timeout in calling the discovery document"),
            (Endpoint::Token, "Timeout occurred in calling IdP token endpoint"),
            (Endpoint::Keys, "Timeout in calling jwks uri"),
            (Endpoint::UserInfo, "Read timed out"),
        ] {
            let request = HttpRequest::get(&url).body(String::new());
            let called = pollster::block_on(call(&loopback, endpoint, request));
            assert_eq!(called, Err(ProviderError::invalid(description)));
        }
    }
}
