//! Layers that ask for more than a valid token.

use std::task::{Context, Poll};

use cognito_tokens::{AccessClaims, BoxFuture, IdClaims, Required, VerifyError};
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::refusal::Refusal;

/// Asks for this scope of the access token that was verified further out.
///
/// ```
/// use cognito_http::{VerifyLayer, require_scope};
/// # use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};
/// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("client-id"));
/// # let verifier = Verifier::offline(rules, KeySet::default()).build();
/// use axum::{Router, routing::get, routing::post};
///
/// let api: Router = Router::new()
///     .route("/orders", post(async || "made").layer(require_scope("orders/write")))
///     .route("/orders/1", get(async || "one order"))
///     .layer(VerifyLayer::access_tokens(verifier));
/// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
/// ```
///
/// Without a [`VerifyLayer`](crate::VerifyLayer) outside of it every request is refused.
pub fn require_scope(scope: impl Into<String>) -> RequireLayer {
    require_scopes(Required::all_of([scope]))
}

/// Asks for any or all of some scopes, as [`require_scope`] does for one.
pub fn require_scopes(required: Required) -> RequireLayer {
    RequireLayer(Demand::Scopes(required))
}

/// Asks that the user be in this group, by the access or ID token that was verified further out.
pub fn require_group(group: impl Into<String>) -> RequireLayer {
    require_groups(Required::all_of([group]))
}

/// Asks for any or all of some groups, as [`require_group`] does for one.
pub fn require_groups(required: Required) -> RequireLayer {
    RequireLayer(Demand::Groups(required))
}

/// A layer that refuses requests whose verified token is not enough, with status 403.
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLayer(Demand);

#[derive(Clone, Debug)]
enum Demand {
    Scopes(Required),
    Groups(Required),
}

impl Demand {
    fn check(&self, extensions: &Extensions) -> Result<(), Refusal> {
        let (access, id) = (extensions.get::<AccessClaims>(), extensions.get::<IdClaims>());
        match self {
            Self::Scopes(required) => {
                let claims = access.ok_or(Refusal::NotVerified)?;
                let met = required.is_met(|scope| claims.has_scope(scope));
                let missing = || VerifyError::MissingScope { expected: required.clone() };
                if met { Ok(()) } else { Err(missing().into()) }
            }
            Self::Groups(required) => {
                let groups = access.map(AccessClaims::groups).or_else(|| id.map(IdClaims::groups));
                let groups = groups.ok_or(Refusal::NotVerified)?;
                let met = required.is_met(|group| groups.iter().any(|member| member == group));
                let missing = || VerifyError::MissingGroup { expected: required.clone() };
                if met { Ok(()) } else { Err(missing().into()) }
            }
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { inner, demand: self.0.clone() }
    }
}

/// The service that [`RequireLayer`] makes of another one.
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    inner: S,
    demand: Demand,
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
        match self.demand.check(request.extensions()) {
            Ok(()) => Box::pin(self.inner.call(request)),
            Err(refusal) => Box::pin(async move { Ok(refusal.response()) }),
        }
    }
}
