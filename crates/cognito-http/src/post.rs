//! Requests of an app client to the endpoints of a pool. The requests contain secrets, and the size
//! of responses is limited.

mod about;

use std::error::Error;
use std::time::Duration;

use base64::engine::general_purpose::STANDARD;
use base64::{Engine, encoded_len};
use bytes::Bytes;
use cognito_tokens::{is_loopback, unverified_lifetime};
use cognito_types::{ClientId, ClientSecret, InvalidClientSecret, SecretSource};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

pub(crate) use self::about::{About, TRIGGER};
use crate::header_value;

/// The time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The content type of forms.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The maximum size of a response, in bytes.
///
/// Tokens of the service have up to 128 KiB each; most responses have less than 4 KiB.
const MAX_RESPONSE_BYTES: usize = 512 * 1024;

/// The size of the first buffer of a response, in bytes: most responses fit into it.
const FIRST_RESERVE: usize = 8 * 1024;

/// The scheme of the header that authenticates an app client (RFC 7617).
const BASIC: &[u8] = b"Basic ";

/// The known error codes of the endpoints: RFC 6749, 5.2; RFC 7009, 2.2.1; RFC 8693, 2.2.2; and
/// those of GetClientToken.
const REFUSALS: [&str; 12] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
    "InvalidParameterException",
    "NotAuthorizedException",
    "OperationNotEnabledException",
    "ResourceNotFoundException",
];

const UNSENDABLE: &str = "the client secret cannot be sent in a header";

/// Sends requests of an app client, and reads the secret again if it is refused.
pub(crate) struct Poster {
    http: Client,
    secret: SecretSource,
}

/// The headers and the body of a request.
pub(crate) type Message = (HeaderMap, Bytes);

/// The reason why a request has no result.
pub(crate) enum PostError {
    /// The function that reads the secret failed.
    SecretUnavailable(Box<dyn Error + Send + Sync>),
    /// The secret cannot be valid, or a header cannot hold it.
    InvalidSecret(&'static str),
    /// The endpoint refuses the request, with this error code or for another reason.
    Refused(&'static str, About),
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// The error without the URL, which may contain secrets.
    Transport(reqwest::Error),
    Malformed,
}

/// An error response of an endpoint: of OAuth 2.0, or of the API.
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(rename = "__type")]
    exception: Option<String>,
}

impl Poster {
    /// Creates an HTTP client that follows no redirects, because its requests contain secrets, and
    /// uses no proxy if the URL is plain HTTP or a loopback address.
    pub(crate) fn new(
        http: ClientBuilder,
        url: &Url,
        secret: SecretSource,
    ) -> reqwest::Result<Self> {
        let http = if is_direct(url) { http.no_proxy() } else { http };
        Ok(Self { http: http.redirect(Policy::none()).build()?, secret })
    }

    /// Returns the HTTP client.
    #[cfg(feature = "managed-login")]
    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    /// Sends the request that this function creates, and retries it if another secret may help: a
    /// request whose client is refused has no effect.
    pub(crate) async fn post(
        &self,
        url: &Url,
        write: impl Fn(Option<&ClientSecret>) -> Result<Message, PostError> + Send + Sync,
    ) -> Result<Zeroizing<Vec<u8>>, PostError> {
        let secret = self.secret.get().await.map_err(of_secret)?;
        let outcome = self.send(url, write(secret.as_ref())?).await;
        let is_about_the_secret = matches!(
            outcome,
            Err(PostError::Refused("invalid_client" | "NotAuthorizedException", _))
        );
        let Some(secret) = secret.filter(|_| is_about_the_secret) else {
            return outcome;
        };
        let next = self.secret.instead_of(&secret).await;
        match next.map_err(of_secret)? {
            Some(next) => self.send(url, write(Some(&next))?).await,
            None => outcome,
        }
    }

    async fn send(
        &self,
        url: &Url,
        (headers, body): Message,
    ) -> Result<Zeroizing<Vec<u8>>, PostError> {
        let request = self.http.post(url.clone()).timeout(TIMEOUT).headers(headers).body(body);
        let response = request.send().await.map_err(transport)?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let unavailable = PostError::Unavailable { status: status.into(), retry_after };
        if status.is_server_error() || status == 429 {
            return Err(unavailable);
        }
        let body = read_bounded(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let refusal: Refusal = read(&body)?;
        let about = About::described(&refusal.error_description.unwrap_or_default());
        let code = refusal.error.or(refusal.exception).ok_or(PostError::Malformed)?;
        Err(match code.rsplit('#').next().unwrap_or_default() {
            "TooManyRequestsException" => unavailable,
            code => {
                let known = REFUSALS.into_iter().find(|known| *known == code);
                PostError::Refused(known.unwrap_or("for another reason"), about)
            }
        })
    }
}

fn of_secret(error: Box<dyn Error + Send + Sync>) -> PostError {
    match error.downcast_ref::<InvalidClientSecret>() {
        Some(invalid) => PostError::InvalidSecret(invalid.problem()),
        None => PostError::SecretUnavailable(error),
    }
}

/// Returns whether requests to a URL use no proxy.
pub(crate) fn is_direct(url: &Url) -> bool {
    url.scheme() == "http" || is_loopback(url.as_str())
}

/// Creates a form request, with `client_secret_basic` if the client has a secret.
pub(crate) fn form(
    client: &ClientId,
    secret: Option<&ClientSecret>,
    body: Bytes,
) -> Result<Message, PostError> {
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, FORM)]);
    if let Some(secret) = secret {
        let basic = basic(client, secret).ok_or(PostError::InvalidSecret(UNSENDABLE))?;
        headers.insert(AUTHORIZATION, basic);
    }
    Ok((headers, body))
}

/// Encodes a form in a buffer that is wiped when the last clone of the body is dropped.
pub(crate) fn form_body(pairs: &[(&str, &str)]) -> Bytes {
    // The buffer is allocated once: a growing buffer would leave copies of tokens in memory.
    let text = String::with_capacity(max_form_length(pairs));
    Bytes::from_owner(Zeroizing::new(Serializer::new(text).extend_pairs(pairs).finish()))
}

/// Returns the maximum length of a form, with each byte encoded as three.
pub(crate) fn max_form_length(pairs: &[(&str, &str)]) -> usize {
    pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + "=&".len()).sum()
}

/// Deserializes a response. The error contains no part of it, because it may hold a token.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, PostError> {
    serde_json::from_slice(body).map_err(|_| PostError::Malformed)
}

/// Returns the lifetime of a token: the shorter of `expires_in` and the lifetime in its claims.
///
/// The service states equal ones. A longer `expires_in` would keep an expired token in use.
pub(crate) fn lifetime(expires_in: u64, token: &str) -> Duration {
    let stated = Duration::from_secs(expires_in);
    unverified_lifetime(token).map_or(stated, |claimed| stated.min(claimed))
}

/// Returns the header that authenticates an app client (`client_secret_basic`); `None` for a secret
/// that a header cannot contain.
fn basic(client: &ClientId, secret: &ClientSecret) -> Option<HeaderValue> {
    // Each buffer is allocated once and wiped: a growing buffer would leave copies of the secret.
    let pair = Zeroizing::new([client.as_str(), ":", secret.expose_secret()].concat());
    let mut value = Zeroizing::new(vec![0; BASIC.len() + encoded_len(pair.len(), true)?]);
    let (scheme, credentials) = value.split_at_mut(BASIC.len());
    scheme.copy_from_slice(BASIC);
    STANDARD.encode_slice(pair.as_bytes(), credentials).ok()?;
    header_value::secret(value).ok()
}

/// Reads the body of a response up to a limit, into a buffer that is wiped.
async fn read_bounded(mut response: Response) -> Result<Zeroizing<Vec<u8>>, PostError> {
    let mut body = Zeroizing::new(Vec::with_capacity(FIRST_RESERVE));
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if chunk.len() > MAX_RESPONSE_BYTES.saturating_sub(body.len()) {
            return Err(PostError::Malformed);
        }
        append(&mut body, &chunk);
    }
    Ok(body)
}

/// Appends data, and wipes a buffer that was too small: `Vec` would leave tokens in it.
fn append(body: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    let needed = body.len().saturating_add(data.len());
    if needed > body.capacity() {
        let capacity = needed.max(body.capacity().saturating_mul(2));
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(body);
        *body = larger;
    }
    body.extend_from_slice(data);
}

/// Returns the pause that a server asks for in seconds; dates are ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn transport(error: reqwest::Error) -> PostError {
    PostError::Transport(error.without_url())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    #[cfg(target_os = "linux")]
    use crate::memory::Planted;

    #[test]
    fn lifetime_is_the_shorter_of_expires_in_and_the_claims() {
        let token = |payload: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        let of_5_minutes = token(r#"{"iat":1000,"exp":1300}"#);
        for (expires_in, seconds) in [(300, 300), (60, 60), (86_400, 300), (u64::MAX, 300), (0, 0)]
        {
            assert_eq!(lifetime(expires_in, &of_5_minutes), Duration::from_secs(seconds));
        }
        for unknown in ["opaque", &token("{}"), &token(r#"{"iat":1300,"exp":1000}"#)] {
            assert_eq!(lifetime(86_400, unknown), Duration::from_secs(86_400), "{unknown}");
        }
    }

    #[test]
    fn headers_with_a_secret_are_not_for_logs() {
        let secret = ClientSecret::from("secret");
        let (headers, _) = form(&"client".into(), Some(&secret), Bytes::new()).ok().unwrap();
        assert!(headers[AUTHORIZATION].is_sensitive());
        assert_eq!(format!("{:?}", headers[AUTHORIZATION]), "Sensitive");
    }

    #[test]
    fn requests_over_plain_http_or_to_loopback_use_no_proxy() {
        for (url, expected) in [
            ("http://auth.internal/oauth2/token", true),
            ("http://10.0.0.5:8080/", true),
            ("http://127.0.0.1:4701/", true),
            ("https://localhost/", true),
            ("https://[::1]:8443/", true),
            ("https://auth.example.com/", false),
            ("https://10.0.0.5/", false),
        ] {
            assert_eq!(is_direct(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn the_header_of_a_client_is_that_of_rfc_7617() {
        let header = basic(&"Aladdin".into(), &"open sesame".into()).unwrap();
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn headers_of_a_client_leave_no_copy_of_its_secret() {
        let planted = Planted::new();
        let secret = ClientSecret::from(&**planted.text());
        let header = basic(&"client".into(), &secret).unwrap();
        let encoded = Planted::of(header.as_bytes());
        assert!(planted.is_in_memory() && encoded.is_in_memory());
        drop((secret, header));
        assert!(!planted.is_in_memory() && !encoded.is_in_memory());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_response_leaves_no_copy_of_its_tokens() {
        let planted = Planted::new();
        // Most of several buffers have another one behind them, so that they cannot grow in place.
        let mut bodies: Vec<_> =
            (0..8).map(|_| Zeroizing::new(Vec::with_capacity(FIRST_RESERVE))).collect();
        for body in &mut bodies {
            let start = body.as_ptr();
            append(body, planted.text().as_bytes());
            assert_eq!(body.as_ptr(), start, "a buffer with room is kept");
        }
        for body in &mut bodies {
            append(body, &vec![b' '; 3 * FIRST_RESERVE]);
            assert_eq!(body.len(), planted.text().len() + 3 * FIRST_RESERVE);
        }
        assert!(planted.is_in_memory());
        drop(bodies);
        assert!(!planted.is_in_memory());
    }

    #[test]
    fn the_buffer_of_a_form_is_never_reallocated() {
        let pairs = [("grant_type", "x"), ("\u{e9}\0", "&=\u{1f600}"), ("", "a b")];
        let body = form_body(&pairs);
        assert!(body.len() <= max_form_length(&pairs));
        assert_eq!(body, "grant_type=x&%C3%A9%00=%26%3D%F0%9F%98%80&=a+b");
        let worst = [("\0", "\u{1f600}")];
        assert_eq!(form_body(&worst).len() + "&".len(), max_form_length(&worst));
    }
}
