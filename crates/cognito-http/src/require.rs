//! Layers with rules for single routes, beyond a valid token.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use cognito_tokens::{AccessClaims, IdClaims, Required, VerifyError};
use cognito_types::{BoxFuture, ClientId};
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::refusal::Refusal;
use crate::verify::verified;

/// Requires this scope of the access token.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::{VerifyLayer, require_client, require_group, require_scope};
/// # use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};
/// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("client-id"));
/// # let verifier = Verifier::offline(rules, KeySet::default()).build();
/// use axum::{Router, routing::get, routing::post};
///
/// let read = require_scope("orders/read").or(require_group("admins"));
/// let write = require_scope("orders/write").and(require_client("web"));
/// let api: Router = Router::new()
///     .route("/orders", get(async || "all orders").layer(read))
///     .route("/orders", post(async || "created").layer(write))
///     .route("/health", get(async || "well"))
///     .layer(VerifyLayer::access_tokens(verifier));
/// # Ok::<(), cognito_types::InvalidUserPoolId>(())
/// ```
///
/// Without a [`VerifyLayer`](crate::VerifyLayer) outside of it, every request is refused.
pub fn require_scope(scope: impl Into<String>) -> RequireLayer {
    require_scopes(Required::all_of([scope]))
}

/// Requires any or all of some scopes, like [`require_scope`].
pub fn require_scopes(required: Required) -> RequireLayer {
    RequireLayer::new(Rule::Scopes(required))
}

/// Requires that the user is in this group, by the access or ID token.
pub fn require_group(group: impl Into<String>) -> RequireLayer {
    require_groups(Required::all_of([group]))
}

/// Requires any or all of some groups, like [`require_group`].
pub fn require_groups(required: Required) -> RequireLayer {
    RequireLayer::new(Rule::Groups(required))
}

/// Requires that the token was issued to this app client.
///
/// It restricts the app clients that the verifier accepts, for single routes.
pub fn require_client(client: impl Into<ClientId>) -> RequireLayer {
    require_clients([client])
}

/// Requires that the token was issued to one of these app clients.
pub fn require_clients<C: Into<ClientId>>(clients: impl IntoIterator<Item = C>) -> RequireLayer {
    RequireLayer::new(Rule::Clients(clients.into_iter().map(Into::into).collect()))
}

/// Requires that this function accepts the claims of the access token.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::require;
///
/// let people = require(|claims| !claims.is_machine());
/// let signed_in_lately = require(|claims| {
///     let age = claims.auth_time().and_then(|time| time.elapsed().ok());
///     age.is_some_and(|age| age.as_secs() < 300)
/// });
/// # drop((people, signed_in_lately));
/// ```
pub fn require(allow: impl Fn(&AccessClaims) -> bool + Send + Sync + 'static) -> RequireLayer {
    RequireLayer::new(Rule::Access(Box::new(allow)))
}

/// Requires that this function accepts the claims of the ID token, like [`require`] for access
/// tokens.
pub fn require_id(allow: impl Fn(&IdClaims) -> bool + Send + Sync + 'static) -> RequireLayer {
    RequireLayer::new(Rule::Id(Box::new(allow)))
}

/// A layer that refuses requests whose verified token is not sufficient, with status 403.
#[derive(Clone)]
#[must_use]
pub struct RequireLayer(Arc<Rule>);

enum Rule {
    Scopes(Required),
    Groups(Required),
    Clients(Vec<ClientId>),
    Access(Box<dyn Fn(&AccessClaims) -> bool + Send + Sync>),
    Id(Box<dyn Fn(&IdClaims) -> bool + Send + Sync>),
    Both([RequireLayer; 2]),
    Either([RequireLayer; 2]),
}

impl RequireLayer {
    fn new(rule: Rule) -> Self {
        Self(Arc::new(rule))
    }

    /// Requires this rule and another one.
    pub fn and(self, other: Self) -> Self {
        Self::new(Rule::Both([self, other]))
    }

    /// Requires this rule or another one.
    ///
    /// A request that meets neither gets the response of the first.
    pub fn or(self, other: Self) -> Self {
        Self::new(Rule::Either([self, other]))
    }

    fn check(&self, extensions: &Extensions) -> Result<(), Refusal> {
        match &*self.0 {
            Rule::Scopes(required) => {
                let claims = verified::<AccessClaims>(extensions)?;
                let met = required.is_met(|scope| claims.has_scope(scope));
                let missing = || VerifyError::MissingScope { expected: required.clone() };
                met.then_some(()).ok_or_else(|| missing().into())
            }
            Rule::Groups(required) => {
                let groups = any(extensions, AccessClaims::groups, IdClaims::groups)?;
                let met = required.is_met(|group| groups.iter().any(|member| member == group));
                let missing = || VerifyError::MissingGroup { expected: required.clone() };
                met.then_some(()).ok_or_else(|| missing().into())
            }
            Rule::Clients(clients) => {
                let client = any(extensions, AccessClaims::client_id, IdClaims::audience)?;
                allowed(clients.contains(client))
            }
            Rule::Access(allow) => allowed(allow(verified(extensions)?)),
            Rule::Id(allow) => allowed(allow(verified(extensions)?)),
            Rule::Both([one, other]) => {
                one.check(extensions).and_then(|()| other.check(extensions))
            }
            Rule::Either([one, other]) => one.check(extensions).or_else(|first| {
                let second = other.check(extensions);
                // A rule about the other kind of token does not apply to this one.
                let says_nothing = matches!(first, Refusal::NotVerified);
                second.map_err(|second| if says_nothing { second } else { first })
            }),
        }
    }
}

/// Returns a property of the verified access token, or otherwise of the ID token.
fn any<'e, T>(
    extensions: &'e Extensions,
    of_access: impl Fn(&'e AccessClaims) -> T,
    of_id: impl Fn(&'e IdClaims) -> T,
) -> Result<T, Refusal> {
    let access = verified::<AccessClaims>(extensions).map(of_access);
    access.or_else(|_| verified::<IdClaims>(extensions).map(of_id))
}

fn allowed(allowed: bool) -> Result<(), Refusal> {
    if allowed { Ok(()) } else { Err(Refusal::NotAllowed) }
}

impl fmt::Debug for RequireLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Rule::Scopes(required) => write!(f, "scopes: {required}"),
            Rule::Groups(required) => write!(f, "groups: {required}"),
            Rule::Clients(clients) => write!(f, "clients: {clients:?}"),
            Rule::Access(_) | Rule::Id(_) => f.write_str("a function"),
            Rule::Both([one, other]) => write!(f, "({one:?} and {other:?})"),
            Rule::Either([one, other]) => write!(f, "({one:?} or {other:?})"),
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { inner, rule: self.clone() }
    }
}

/// The service that [`RequireLayer`] creates.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    inner: S,
    rule: RequireLayer,
}

impl<S, B, R> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<R>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.rule.check(request.extensions()) {
            Ok(()) => Box::pin(self.inner.call(request)),
            Err(refusal) => Box::pin(async move { Ok(refusal.response()) }),
        }
    }
}
