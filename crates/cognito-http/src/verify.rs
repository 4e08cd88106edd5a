//! A layer that lets only requests with a verified token through.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_tokens::{BoxFuture, TokenKind, Verifier};
use http::header::HeaderName;
use http::request::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::place::Place;
use crate::refusal::Refusal;

/// Verifies the token of each request and puts its claims into the request's extensions, as
/// [`AccessClaims`](cognito_tokens::AccessClaims) or [`IdClaims`](cognito_tokens::IdClaims).
///
/// What must be true of a token is said where the [`Verifier`] is made: its pools, app clients and
/// rules. Requests without a valid token are answered as [`Refusal`] says and do not reach the
/// service.
///
/// ```
/// use cognito_http::VerifyLayer;
/// use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("client-id"));
/// # let verifier = Verifier::offline(rules, KeySet::default()).build();
/// let service = ServiceBuilder::new()
///     .layer(VerifyLayer::access_tokens(verifier))
///     .service_fn(async |_: http::Request<()>| Ok::<_, std::io::Error>(http::Response::new(())));
///
/// let response = service.oneshot(http::Request::new(())).await?;
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.headers()["www-authenticate"], "Bearer");
/// # Ok(())
/// # }
/// ```
///
/// Preflight requests (CORS) have no token: put a layer that answers them outside this one.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifyLayer {
    verifier: Verifier,
    kind: TokenKind,
    place: Place,
}

impl VerifyLayer {
    /// Asks for an access token, which says what its bearer may do.
    pub fn access_tokens(verifier: Verifier) -> Self {
        Self { verifier, kind: TokenKind::Access, place: Place::default() }
    }

    /// Asks for an ID token, which says who somebody is.
    pub fn id_tokens(verifier: Verifier) -> Self {
        Self { verifier, kind: TokenKind::Id, place: Place::default() }
    }

    /// Takes the token from this header, after this prefix; from `Authorization` after `Bearer `
    /// unless set.
    pub fn header(mut self, name: HeaderName, prefix: impl Into<String>) -> Self {
        self.place = Place { header: name, prefix: prefix.into(), ..self.place };
        self
    }

    /// Takes the token from this cookie if the header has none.
    ///
    /// # Security
    ///
    /// Browsers send cookies with requests that other sites cause. Set the cookie with
    /// `SameSite`, `HttpOnly` and `Secure`, and let no GET change anything.
    pub fn or_cookie(mut self, name: impl Into<String>) -> Self {
        self.place.cookie = Some(name.into());
        self
    }

    /// Sets the longest token that is parsed, for every pool; that of the verifier's rules unless
    /// set.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        let verifier = self.verifier.with_rules(|rules| rules.max_token_bytes(bytes));
        Self { verifier, ..self }
    }

    async fn admit(&self, parts: &mut Parts) -> Result<(), Refusal> {
        let token = self.place.token(&parts.headers)?;
        match self.kind {
            TokenKind::Id => {
                let claims = self.verifier.id_token(token).await?;
                parts.extensions.insert(claims);
            }
            _ => {
                let claims = self.verifier.access_token(token).await?;
                parts.extensions.insert(claims);
            }
        }
        Ok(())
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> VerifyService<S> {
        VerifyService { inner, layer: Arc::new(self.clone()) }
    }
}

/// The service that [`VerifyLayer`] makes of another one.
#[derive(Clone, Debug)]
pub struct VerifyService<S> {
    inner: S,
    layer: Arc<VerifyLayer>,
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled is the one that is ready.
        let next = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, next);
        let layer = Arc::clone(&self.layer);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.admit(&mut parts).await {
                Ok(()) => ready.call(Request::from_parts(parts, body)).await,
                Err(refusal) => Ok(refusal.response()),
            }
        })
    }
}
