//! A layer that verifies the token of each request.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_tokens::{Verifier, VerifyError};
use cognito_types::{AccessToken, BoxFuture, IdToken, SecurityToken, TokenKind};
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, ORIGIN};
use http::request::Parts;
use http::{Extensions, HeaderValue, Method, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::refusal::Refusal;
use crate::token_places::Places;
use crate::websocket::{Offered, TokenProtocol};

/// A layer that verifies the token of each request and inserts its claims into the request's
/// extensions, as [`AccessClaims`](cognito_tokens::AccessClaims) or
/// [`IdClaims`](cognito_tokens::IdClaims), and the token as [`SecurityToken`], for an exchange.
///
/// The [`Verifier`] defines the rules for tokens: pools, app clients and more. A request without a
/// valid token gets the response of [`Refusal`] and does not reach the service.
///
/// ```
/// # mod cognito { pub use cognito_tokens::*; pub use cognito_http as http; pub use cognito_tokens as verify; }
/// use cognito::http::VerifyLayer;
/// use cognito::Verifier;
/// use cognito::verify::{Clients, KeySet, TokenRules};
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
/// The token is read from the header. If it has none, the subprotocol, the cookie, the query and
/// the function are tried in this order, if they are enabled. A request with tokens in two of header,
/// subprotocol and query is refused with status 400 (RFC 6750, 2); cookies beside a header or a
/// subprotocol are ignored, because browsers always send them.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifyLayer {
    verifier: Verifier,
    kind: TokenKind,
    places: Places,
    is_optional: bool,
    passes_preflight: bool,
}

/// The maximum number of tokens of a request whose signatures are verified.
const MOST_SIGNATURES: usize = 8;

/// The extension of a request that was allowed without a token.
#[derive(Clone, Copy, Debug)]
struct Anonymous;

impl VerifyLayer {
    /// Creates a layer that requires an access token, which grants access.
    pub fn access_tokens(verifier: Verifier) -> Self {
        Self::new(verifier, TokenKind::Access)
    }

    /// Creates a layer that requires an ID token, which identifies the user.
    pub fn id_tokens(verifier: Verifier) -> Self {
        Self::new(verifier, TokenKind::Id)
    }

    fn new(verifier: Verifier, kind: TokenKind) -> Self {
        let places = Places::default();
        Self { verifier, kind, places, is_optional: false, passes_preflight: false }
    }

    /// Sets the header and the prefix of the token; by default `Authorization` with `Bearer `.
    pub fn header(mut self, name: HeaderName, prefix: impl Into<String>) -> Self {
        self.places = Places { header: name, prefix: prefix.into(), ..self.places };
        self
    }

    /// Also accepts the token without its prefix, like AppSync and API Gateway.
    pub fn optional_prefix(mut self) -> Self {
        self.places.prefix_is_optional = true;
        self
    }

    /// Reads the token from this cookie if the header has none.
    ///
    /// A browser can send several cookies with the name, such as a stale one of another path: the
    /// first valid one counts. At most 64 signed JWTs are parsed, and at most eight signatures are
    /// verified. Tokens of another issuer, app client or use, and expired ones, are refused without a
    /// verification of their signature.
    ///
    /// # Security
    ///
    /// Browsers send cookies with requests that other sites cause. Set the cookie with `SameSite`,
    /// `HttpOnly` and `Secure`, and make sure that GET requests change nothing. A sibling domain cannot
    /// set a cookie whose name starts with `__Host-`.
    pub fn or_cookie(mut self, name: impl Into<String>) -> Self {
        self.places.cookie = Some(name.into());
        self
    }

    /// Reads the token of a WebSocket request from the subprotocols, if the header has none. It is
    /// the one after this protocol, as in the browser's `new WebSocket(url, ["bearer", token])`.
    ///
    /// The service gets the request without the token. If its response selects no subprotocol, this
    /// one is selected, because browsers close the connection otherwise.
    ///
    /// ```
    /// # mod cognito { pub use cognito_http as http; }
    /// use cognito::http::VerifyLayer;
    /// use http::HeaderValue;
    ///
    /// # use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};
    /// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("client-id"));
    /// # let verifier = Verifier::offline(rules, KeySet::default()).build();
    /// let layer = VerifyLayer::access_tokens(verifier)
    ///     .or_websocket_protocol(HeaderValue::from_static("bearer"));
    /// # drop(layer);
    /// # Ok::<(), cognito_types::InvalidUserPoolId>(())
    /// ```
    ///
    /// # Security
    ///
    /// Layers outside of this one see the token in `Sec-WebSocket-Protocol` and do not treat it as
    /// a secret: do not log that header. A connection stays open after its token expires, so close
    /// it then.
    pub fn or_websocket_protocol(mut self, protocol: HeaderValue) -> Self {
        self.places.protocol = Some(TokenProtocol(protocol));
        self
    }

    /// Reads the token from this query parameter if the header has none, for example for downloads
    /// and event streams, for which browsers cannot set headers.
    ///
    /// # Security
    ///
    /// URLs are stored in logs, histories and `Referer` headers ([RFC 6750,
    /// 5.3](https://www.rfc-editor.org/rfc/rfc6750#section-5.3)). Accept only tokens with a short
    /// lifetime there.
    pub fn or_query(mut self, name: impl Into<String>) -> Self {
        self.places.query = Some(name.into());
        self
    }

    /// Reads the token with this function if no other place has one.
    pub fn or_token_from(
        mut self,
        find: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.places.function = Some(Arc::new(find));
        self
    }

    /// Sets the maximum size of tokens, for every pool; by default that of the verifier's rules.
    pub fn max_token_bytes(self, bytes: usize) -> Self {
        let verifier = self.verifier.with_rules(|rules| rules.max_token_bytes(bytes));
        Self { verifier, ..self }
    }

    /// Also allows requests without a token, for services with anonymous callers.
    ///
    /// Handlers take `Option<VerifiedAccess>` or `Option<VerifiedId>`. An invalid token is still
    /// refused. Handlers that take the claims without `Option`, and routes with a
    /// [`RequireLayer`](crate::RequireLayer), still refuse anonymous callers with status 401.
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// Allows CORS preflight requests, which never have a token: `OPTIONS` with `Origin` and
    /// `Access-Control-Request-Method`.
    ///
    /// Use it if the CORS layer is inside of this one. A CORS layer outside of it responds to them
    /// first.
    pub fn allow_preflight(self) -> Self {
        Self { passes_preflight: true, ..self }
    }

    async fn admit(&self, parts: &mut Parts, offered: Option<&Offered>) -> Result<(), Refusal> {
        if self.passes_preflight && is_preflight(parts) {
            parts.extensions.insert(Anonymous);
            return Ok(());
        }
        match self.verified(parts, offered).await {
            Ok(claims) => parts.extensions.extend(claims),
            Err(Refusal::NoToken) if self.is_optional => {
                parts.extensions.insert(Anonymous);
            }
            Err(refusal) => return Err(refusal),
        }
        Ok(())
    }

    /// Returns the claims of the first valid token.
    async fn verified(
        &self,
        parts: &Parts,
        offered: Option<&Offered>,
    ) -> Result<Extensions, Refusal> {
        let (mut worst, mut signatures) = (Refusal::NoToken, 0);
        for token in self.places.tokens(parts, offered)? {
            let error = match self.verify(&token).await {
                Ok(claims) => return Ok(claims),
                Err(error) => error,
            };
            signatures += usize::from(!is_without_signature(&error));
            // The error of a token that cannot be verified now, or is not sufficient, takes
            // precedence over that of an expired one.
            let next = Refusal::from(error);
            if matches!(worst, Refusal::NoToken) || next.status() > worst.status() {
                worst = next;
            }
            if signatures == MOST_SIGNATURES {
                break;
            }
        }
        Err(worst)
    }

    async fn verify(&self, token: &str) -> Result<Extensions, VerifyError> {
        let mut verified = Extensions::new();
        match self.kind {
            TokenKind::Id => {
                verified.insert(self.verifier.id_token(token).await?);
                verified.insert(SecurityToken::from(IdToken::from(token)));
            }
            _ => {
                verified.insert(self.verifier.access_token(token).await?);
                verified.insert(SecurityToken::from(AccessToken::from(token)));
            }
        }
        Ok(verified)
    }
}

/// Returns whether a token was refused before its signature was verified.
fn is_without_signature(error: &VerifyError) -> bool {
    matches!(
        error,
        VerifyError::TooLong { .. }
            | VerifyError::Malformed(_)
            | VerifyError::UnsupportedHeader(_)
            | VerifyError::WrongIssuer
            | VerifyError::WrongTokenUse { .. }
            | VerifyError::WrongClient
            | VerifyError::Expired { .. }
            | VerifyError::NotYetValid { .. }
    )
}

/// Returns the claims that a layer verified, or the refusal of a request without them.
pub(crate) fn verified<C: Clone + Send + Sync + 'static>(
    extensions: &Extensions,
) -> Result<&C, Refusal> {
    let is_anonymous = extensions.get::<Anonymous>().is_some();
    let refusal = if is_anonymous { Refusal::NoToken } else { Refusal::NotVerified };
    extensions.get::<C>().ok_or(refusal)
}

fn is_preflight(parts: &Parts) -> bool {
    let has = |name| parts.headers.contains_key(name);
    parts.method == Method::OPTIONS && has(ORIGIN) && has(ACCESS_CONTROL_REQUEST_METHOD)
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> VerifyService<S> {
        VerifyService { inner, layer: Arc::new(self.clone()) }
    }
}

/// The service that [`VerifyLayer`] creates.
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
        // Move the polled service into the future, because only that one is ready.
        let next = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, next);
        let layer = Arc::clone(&self.layer);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let offered = layer.places.take_offered(&mut parts);
            if let Err(refusal) = layer.admit(&mut parts, offered.as_ref()).await {
                return Ok(refusal.response());
            }
            let mut response = ready.call(Request::from_parts(parts, body)).await?;
            if let Some(offered) = offered {
                offered.select(&mut response);
            }
            Ok(response)
        })
    }
}
