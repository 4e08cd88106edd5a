//! Middleware that puts tokens on outgoing requests.

mod client;
mod rejected;

use std::fmt;

use async_trait::async_trait;
use cognito_types::{TokenError, TokenRequest, TokenSource};
use http::Extensions;
use http::header::HeaderName;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next};

pub use self::client::HeaderAuth;
use self::client::{Redirects, watch_redirects};
use self::rejected::Sent;
use crate::origins::Origins;
use crate::outgoing::Outgoing;

/// Middleware for [`reqwest_middleware`] that puts a token of any [`TokenSource`] on requests to
/// the origins that are named, and on no others.
///
/// * A request that has the header already is left alone, and so is one with the extension
///   [`NoToken`](crate::NoToken).
/// * A request with a [`TokenRequest`] as its extension gets that token, such as one of other
///   scopes, and one with [`TokenFrom`](crate::TokenFrom) a token of that source.
/// * On status 401 the token is rejected, and the request is retried once if the source returns
///   another token and the body can be sent again. It is not if the response shows that a new token
///   would not help: another `error` than `invalid_token` in `WWW-Authenticate`, or a response to a
///   redirect that may have acted already.
/// * Redirects to another origin do not carry the token: reqwest drops `Authorization` there.
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
/// It is middleware of any other client too (`ClientBuilder::new(client).with(auth)`), with two
/// limits: see [`client`](Self::client).
///
/// An error of the source fails the request; [`token_error`] finds it.
#[must_use]
pub struct BearerAuth {
    token: Outgoing,
    /// True if the client was built here, so that it uses no proxy for plain HTTP.
    own_client: bool,
}

impl BearerAuth {
    /// Sends the access tokens of the source to these origins, in `Authorization` after `Bearer `.
    pub fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self { token: Outgoing::new(source, origins), own_client: false }
    }

    /// Sends access tokens to these origins, each of the source that the request names by the
    /// extension [`TokenFrom`](crate::TokenFrom). A request with neither that nor
    /// [`NoToken`](crate::NoToken) fails.
    pub fn per_request(origins: Origins) -> Self {
        Self { token: Outgoing::per_request(origins), own_client: false }
    }

    /// Sends this token, an ID token or one of scopes, unless the request has a [`TokenRequest`] as
    /// its extension.
    pub fn token(self, want: TokenRequest) -> Self {
        Self { token: Outgoing { want, ..self.token }, ..self }
    }

    /// Sends another prefix than `Bearer `, such as none.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { token: Outgoing { prefix: prefix.into(), ..self.token }, ..self }
    }

    /// Sends the token in another header than `Authorization`.
    ///
    /// reqwest keeps such a header on redirects to any origin, so this is middleware only of a
    /// client that follows none to another origin: the one that [`HeaderAuth::client`] creates.
    pub fn header(self, name: HeaderName) -> HeaderAuth {
        HeaderAuth::new(Self { token: Outgoing { header: name, ..self.token }, ..self })
    }

    /// Creates a client with this middleware from reqwest's settings.
    ///
    /// Two things are true of this client alone. A request that is not safe to repeat, such as a
    /// POST, is never retried after a redirect; another client hides a redirect that leads back to
    /// the same address. And if an origin is plain HTTP, its requests use no proxy, which would
    /// see the token; on another client they fail when the environment names a proxy for them.
    /// The redirect policy of `builder` is replaced by reqwest's default one.
    ///
    /// # Errors
    ///
    /// Those of [`reqwest::ClientBuilder::build`].
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
        let want = bearer.wanted(extensions);
        let token = want.token().await.map_err(Error::middleware)?;
        let (sent, again) = (Sent::new(&request), request.try_clone());
        bearer.put(&token, request.headers_mut()).map_err(Error::middleware)?;
        let (response, redirected) = watch_redirects(next.clone().run(request, extensions)).await;
        let response = response?;
        if !sent.is_rejected_by(&response, redirected) {
            return Ok(response);
        }
        tracing::debug!(kind = ?want.kind(), "the server rejected the token");
        match (want.another(&token).await.map_err(Error::middleware)?, again) {
            (Some(token), Some(mut again)) => {
                bearer.put(&token, again.headers_mut()).map_err(Error::middleware)?;
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

/// Returns the [`TokenError`] that failed a request, if it was one.
///
/// An error of the kind [`Ended`](cognito_types::TokenErrorKind::Ended) requires that the user signs
/// in again.
pub fn token_error(error: &Error) -> Option<&TokenError> {
    match error {
        Error::Middleware(error) => error.downcast_ref(),
        Error::Reqwest(_) => None,
    }
}
