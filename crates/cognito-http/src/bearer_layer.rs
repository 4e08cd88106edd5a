//! A tower layer that adds tokens to outgoing requests.

use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_types::{BoxFuture, TokenError, TokenErrorKind, TokenRequest, TokenSource};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use crate::origins::Origins;
use crate::outgoing::Outgoing;
use crate::www_authenticate::is_curable;

/// A layer for tower clients, such as those of hyper-util and tonic, that adds a token of a
/// [`TokenSource`] to requests to the listed origins, and to no others.
///
/// * A request that already has `Authorization`, or the extension [`NoToken`](crate::NoToken), is
///   sent unchanged.
/// * A request with a [`TokenRequest`] as its extension gets that token; a request with
///   [`TokenFrom`](crate::TokenFrom) gets a token of that source.
/// * When the server rejects the token (status 401, or `grpc-status` 16), the next request gets
///   another token. With [`retry`](Self::retry) the rejected request is retried. Neither happens if
///   the response shows that a new token would not help, with an `error` other than `invalid_token`
///   in `WWW-Authenticate`.
/// * If the source fails, the request fails: the service's error is the [`TokenError`].
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use std::time::{Duration, SystemTime};
/// use cognito::http::{BearerLayer, CachedTokens, Origins};
/// use tower::{ServiceBuilder, ServiceExt};
/// # use cognito_types::TokenSet;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let fetch = async |_| {
/// #     Ok(TokenSet::new("token", SystemTime::now(), Duration::from_secs(3600)))
/// # };
/// let source = CachedTokens::new(fetch); // or a session, or a machine client
/// let client = ServiceBuilder::new()
///     .layer(BearerLayer::new(source, Origins::only(["https://api.example.com"])?).retry())
///     .service_fn(async |request: http::Request<()>| {
///         assert_eq!(request.headers()["authorization"], "Bearer token");
///         Ok::<_, std::io::Error>(http::Response::new(()))
///     });
/// client.oneshot(http::Request::get("https://api.example.com/orders").body(())?).await?;
/// # Ok(())
/// # }
/// ```
///
/// The origin of a request is that of its URI, so set the URI of a tonic client with `with_origin`;
/// a request without one fails. Put a layer that follows redirects outside of this layer, so that
/// each request is compared with the origins.
#[derive(Debug)]
#[must_use]
pub struct BearerLayer<const RETRY: bool = false>(Arc<Outgoing>);

/// The service that [`BearerLayer`] creates.
#[derive(Debug)]
pub struct BearerService<S, const RETRY: bool = false> {
    inner: S,
    token: Arc<Outgoing>,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl BearerLayer {
    /// Sends access tokens of the source to these origins.
    pub fn new(source: impl TokenSource, origins: Origins) -> Self {
        Self(Arc::new(Outgoing::new(source, origins)))
    }

    /// Sends access tokens to these origins, from the source that each request names with the
    /// extension [`TokenFrom`](crate::TokenFrom). A request with neither that nor
    /// [`NoToken`](crate::NoToken) fails.
    pub fn per_request(origins: Origins) -> Self {
        Self(Arc::new(Outgoing::per_request(origins)))
    }

    /// Sets the token to send, such as an ID token or a token with scopes. A request can override
    /// it with a [`TokenRequest`] as its extension.
    pub fn token(self, request: TokenRequest) -> Self {
        Self(Arc::new(Outgoing { token: request, ..Arc::unwrap_or_clone(self.0) }))
    }

    /// Retries a request when its token is rejected and the source has another one.
    ///
    /// It requires bodies that can be cloned, such as `Full<Bytes>`, because each request is cloned
    /// before it is sent. Bodies of tonic cannot be cloned.
    pub fn retry(self) -> BearerLayer<true> {
        BearerLayer(self.0)
    }
}

impl<const RETRY: bool> Clone for BearerLayer<RETRY> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S, const RETRY: bool> Layer<S> for BearerLayer<RETRY> {
    type Service = BearerService<S, RETRY>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerService { inner, token: Arc::clone(&self.0) }
    }
}

impl<S: Clone, const RETRY: bool> Clone for BearerService<S, RETRY> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), token: Arc::clone(&self.token) }
    }
}

macro_rules! service {
    ($retry:literal, $again:expr $(, $clone:ident)?) => {
        impl<S, B, R> Service<Request<B>> for BearerService<S, $retry>
        where
            S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
            S::Future: Send,
            S::Error: Into<BoxError>,
            B: Send + $($clone +)? 'static,
            R: Send + 'static,
        {
            type Response = Response<R>;
            type Error = BoxError;
            type Future = BoxFuture<'static, Result<Response<R>, BoxError>>;

            fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
                self.inner.poll_ready(context).map_err(Into::into)
            }

            fn call(&mut self, request: Request<B>) -> Self::Future {
                // Move the polled service into the future, because only that one is ready.
                let next = self.inner.clone();
                let ready = mem::replace(&mut self.inner, next);
                Box::pin(send(Arc::clone(&self.token), ready, request, $again))
            }
        }
    };
}

service!(false, |_| None);
service!(true, |request| Some(request.clone()), Clone);

async fn send<S, B, R>(
    bearer: Arc<Outgoing>,
    mut service: S,
    mut request: Request<B>,
    copy: fn(&Request<B>) -> Option<Request<B>>,
) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send,
    R: Send,
{
    if !is_for(&bearer, &request)? {
        return service.call(request).await.map_err(Into::into);
    }
    let source = bearer.source_of(request.extensions());
    let token = source.token().await?;
    let again = copy(&request);
    bearer.put(&source, &token, request.headers_mut())?;
    let response = service.call(request).await.map_err(Into::into)?;
    if !rejects_token(response.status(), response.headers()) {
        return Ok(response);
    }
    tracing::debug!(kind = ?source.kind(), "the server rejected the token");
    let Some(mut again) = again else {
        source.reject(&token);
        return Ok(response);
    };
    let Some(token) = source.another(&token).await? else {
        return Ok(response);
    };
    bearer.put(&source, &token, again.headers_mut())?;
    poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
    service.call(again).await.map_err(Into::into)
}

fn is_for<B>(bearer: &Outgoing, request: &Request<B>) -> Result<bool, TokenError> {
    if !bearer.needs_token(request.headers(), request.extensions()) {
        return Ok(false);
    }
    let url = url_of(request.uri()).ok_or_else(|| {
        let advice = "the request has no origin, so it is unknown whether it may have a token; name \
                      it in the URI, as `with_origin` of clients of tonic does";
        TokenError::new(TokenErrorKind::Configuration, advice)
    })?;
    Ok(bearer.origins.allow(&url))
}

fn url_of(uri: &Uri) -> Option<Url> {
    uri.authority()?;
    Url::parse(&uri.to_string()).ok()
}

/// Returns whether the token was rejected and another one may help.
fn rejects_token(status: StatusCode, headers: &HeaderMap) -> bool {
    match status {
        StatusCode::UNAUTHORIZED => is_curable(headers),
        // UNAUTHENTICATED, in a response without messages.
        StatusCode::OK => headers.get("grpc-status").is_some_and(|status| status == "16"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_of_http_and_grpc_are_recognized() {
        let grpc = |code: &'static str| {
            HeaderMap::from_iter([("grpc-status".parse().unwrap(), code.parse().unwrap())])
        };
        assert!(rejects_token(StatusCode::UNAUTHORIZED, &HeaderMap::new()));
        assert!(rejects_token(StatusCode::OK, &grpc("16")));
        for (status, headers) in [
            (StatusCode::OK, HeaderMap::new()),
            (StatusCode::OK, grpc("7")),
            (StatusCode::FORBIDDEN, grpc("16")),
        ] {
            assert!(!rejects_token(status, &headers), "{status}");
        }
    }
}
