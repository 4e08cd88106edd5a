//! Requests to the endpoints of a pool, which carry secrets, and their bounded responses.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_tokens::is_loopback;
use cognito_types::{ClientId, ClientSecret};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use url::Url;

/// The time limit of a request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The content type of forms.
pub(crate) const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The longest response that is read, in bytes.
///
/// The longest tokens of the service have 128 KiB each; most responses have under 4 KiB.
const MAX_RESPONSE_BYTES: usize = 512 * 1024;

/// The reason why the body of a response cannot be read.
pub(crate) enum Unread {
    Lost(reqwest::Error),
    TooLong,
}

/// Creates a client that follows no redirect, because its requests carry secrets, and uses no proxy
/// for plain HTTP or for this machine.
pub(crate) fn http_client(builder: ClientBuilder, url: &Url) -> reqwest::Result<Client> {
    let is_direct = url.scheme() == "http" || is_loopback(url.as_str());
    let builder = if is_direct { builder.no_proxy() } else { builder };
    builder.redirect(Policy::none()).build()
}

/// Returns the header that authenticates an app client (`client_secret_basic`); none for a secret
/// that a header cannot hold.
pub(crate) fn basic(client: &ClientId, secret: &ClientSecret) -> Option<HeaderValue> {
    let pair = STANDARD.encode(format!("{client}:{}", secret.expose_secret()));
    let mut basic = HeaderValue::try_from(format!("Basic {pair}")).ok()?;
    basic.set_sensitive(true);
    Some(basic)
}

/// Reads the body of a response up to a limit.
pub(crate) async fn read_bounded(mut response: Response) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Lost)? {
        if chunk.len() > MAX_RESPONSE_BYTES.saturating_sub(body.len()) {
            return Err(Unread::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns the pause that a server asks for in seconds; a date is left to the caller's own pause.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
