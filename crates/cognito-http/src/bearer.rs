//! Middleware for reqwest that adds tokens to outgoing requests.

mod client;

use std::fmt;

use async_trait::async_trait;
use cognito_types::{TokenError, TokenRequest, TokenSource};
use http::header::HeaderName;
use http::{Extensions, Method, StatusCode};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next};
use url::Url;

pub use self::client::HeaderAuth;
use self::client::{Followed, Redirects, watch_redirects};
use crate::origins::Origins;
use crate::outgoing::Outgoing;
use crate::www_authenticate::is_curable;

/// Middleware for [`reqwest_middleware`] that adds a token of a [`TokenSource`] to requests to the
/// listed origins, and to no others.
///
/// * A request that already has the header, or the extension [`NoToken`](crate::NoToken), is sent
///   unchanged.
/// * A request with a [`TokenRequest`] as its extension gets that token, for example with other
///   scopes; a request with [`TokenFrom`](crate::TokenFrom) gets a token of that source.
/// * On status 401 the token is rejected, and the request is retried once if the source returns
///   another token and the body can be cloned. It is not retried if the response shows that a new
///   token would not help: an `error` other than `invalid_token` in `WWW-Authenticate`, or a
///   response after a redirect that may have acted already.
/// * Redirects to another origin do not carry the token: reqwest drops `Authorization`.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use std::time::{Duration, SystemTime};
/// use cognito::http::{BearerAuth, CachedTokens, Origins};
/// # use cognito_types::TokenSet;
///
/// # let fetch = async |_| {
/// #     Ok(TokenSet::new("token", SystemTime::now(), Duration::from_secs(3600)))
/// # };
/// let source = CachedTokens::new(fetch); // or a session, or a machine client
/// let auth = BearerAuth::new(source, Origins::only(["https://api.example.com"])?);
/// let http = auth.client(reqwest::Client::builder())?.build();
/// # drop(http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It can be added to any other client too (`ClientBuilder::new(client).with(auth)`), with
/// three limits: see [`client`](Self::client).
///
/// If the source fails, the request fails; [`token_error`] returns the error of the source.
#[must_use]
pub struct BearerAuth {
    token: Outgoing,
    /// True if this type built the client, so that it uses no proxy for plain HTTP.
    own_client: bool,
}

impl BearerAuth {
    /// Sends access tokens of the source to these origins, in `Authorization` with the prefix
    /// `Bearer `.
    pub fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self { token: Outgoing::new(source, origins), own_client: false }
    }

    /// Sends access tokens to these origins, from the source that each request names with the
    /// extension [`TokenFrom`](crate::TokenFrom). A request with neither that nor
    /// [`NoToken`](crate::NoToken) fails.
    pub fn per_request(origins: Origins) -> Self {
        Self { token: Outgoing::per_request(origins), own_client: false }
    }

    /// Sets the token to send, such as an ID token or a token with scopes. A request can override
    /// it with a [`TokenRequest`] as its extension.
    pub fn token(self, request: TokenRequest) -> Self {
        Self { token: Outgoing { token: request, ..self.token }, ..self }
    }

    /// Sets the prefix, which is `Bearer ` by default; it can be empty.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { token: Outgoing { prefix: prefix.into(), ..self.token }, ..self }
    }

    /// Sends the token in a header other than `Authorization`.
    ///
    /// reqwest keeps such a header on redirects to any origin. The result can therefore only be
    /// used with its own client, which does not follow redirects to other origins: see
    /// [`HeaderAuth::client`].
    pub fn header(self, name: HeaderName) -> HeaderAuth {
        HeaderAuth::new(Self { token: Outgoing { header: name, ..self.token }, ..self })
    }

    /// Creates a client with this middleware from the settings of reqwest.
    ///
    /// Only this client has three properties. A request that is not idempotent, such as a POST, is
    /// never retried after a redirect; with another client, a redirect back to the same URL cannot
    /// be detected. A status 401 after redirects over another origin, where reqwest dropped the
    /// token, does not reject it; with another client it does. And requests to plain HTTP origins use
    /// no proxy, which would see the token; with another client they fail if the environment names a
    /// proxy for them. The redirect policy of `builder` is replaced by the default policy of reqwest.
    ///
    /// # Errors
    ///
    /// The errors of [`reqwest::ClientBuilder::build`].
    pub fn client(self, builder: reqwest::ClientBuilder) -> reqwest::Result<ClientBuilder> {
        client::with_auth(self, builder, Redirects::Anywhere)
    }
}

#[async_trait]
impl Middleware for BearerAuth {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let bearer = &self.token;
        if !bearer.is_for(request.url(), request.headers(), extensions) {
            return next.run(request, extensions).await;
        }
        if !self.own_client {
            client::require_no_proxy(request.url()).map_err(Error::middleware)?;
        }
        let source = bearer.source_of(extensions);
        let token = source.token().await.map_err(Error::middleware)?;
        let (sent, again) = (Sent::new(&request), request.try_clone());
        bearer.put(&source, &token, request.headers_mut()).map_err(Error::middleware)?;
        let (response, followed) = watch_redirects(next.clone().run(request, extensions)).await;
        let response = response?;
        if !sent.is_rejected_by(&response, followed) {
            return Ok(response);
        }
        tracing::debug!(kind = ?source.kind(), "the server rejected the token");
        match (source.another(&token).await.map_err(Error::middleware)?, again) {
            (Some(token), Some(mut again)) => {
                bearer.put(&source, &token, again.headers_mut()).map_err(Error::middleware)?;
                next.run(again, extensions).await
            }
            _ => Ok(response),
        }
    }
}

impl fmt::Debug for BearerAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth").field("token", &self.token).finish_non_exhaustive()
    }
}

/// The parts of a request that are compared with its response.
struct Sent {
    url: Url,
    method: Method,
}

impl Sent {
    fn new(request: &Request) -> Self {
        let mut url = request.url().clone();
        url.set_fragment(None); // It is not sent.
        Self { url, method: request.method().clone() }
    }

    /// Returns whether the response rejects the token and another token may help.
    ///
    /// reqwest follows redirects inside the middleware, so the response may come from another
    /// server, which did not get the token, or may follow a request that has already acted.
    fn is_rejected_by(&self, response: &Response, followed: Followed) -> bool {
        let redirected = followed.any || *response.url() != self.url;
        let same_origin = !followed.away && response.url().origin() == self.url.origin();
        response.status() == StatusCode::UNAUTHORIZED
            && same_origin
            && (!redirected || self.method.is_safe())
            && is_curable(response.headers())
    }
}

/// Returns the [`TokenError`] that made a request fail, if any.
///
/// After an error of kind [`Ended`](cognito_types::TokenErrorKind::Ended) the user must sign in
/// again.
pub fn token_error(error: &Error) -> Option<&TokenError> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}
