//! Extractors: the claims of the verified token as arguments of handlers.

use std::sync::Arc;

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use cognito_tokens::{AccessClaims, CustomClaimsError, IdClaims};
use http::Extensions;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// The claims of the access token that [`VerifyLayer`](crate::VerifyLayer) has verified.
///
/// ```
/// use cognito_http::{VerifiedAccess, VerifyLayer};
/// # use cognito_tokens::{Clients, KeySet, TokenRules, Verifier};
/// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("client-id"));
/// # let verifier = Verifier::offline(rules, KeySet::default()).build();
/// use axum::{Router, routing::get};
///
/// async fn me(VerifiedAccess(claims): VerifiedAccess) -> String {
///     claims.subject().to_owned()
/// }
///
/// let app: Router =
///     Router::new().route("/me", get(me)).layer(VerifyLayer::access_tokens(verifier));
/// # Ok::<(), cognito_tokens::InvalidUserPoolId>(())
/// ```
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct VerifiedAccess(pub AccessClaims);

/// The claims of the ID token that [`VerifyLayer`](crate::VerifyLayer) has verified.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct VerifiedId(pub IdClaims);

/// All claims of the verified token, read as a type of yours: those of the access token, or else
/// of the ID token.
///
/// ```
/// use cognito_http::CustomClaims;
///
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     #[serde(rename = "custom:tenant")]
///     tenant: String,
/// }
///
/// async fn tenant(CustomClaims(claims): CustomClaims<Tenant>) -> String {
///     claims.tenant
/// }
/// # let _app: axum::Router = axum::Router::new().route("/", axum::routing::get(tenant));
/// ```
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct CustomClaims<T>(pub T);

impl<S: Sync> FromRequestParts<S> for VerifiedAccess {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        verified(&parts.extensions).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for VerifiedId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        verified(&parts.extensions).map(Self)
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for CustomClaims<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let claims = match verified::<AccessClaims>(&parts.extensions) {
            Ok(claims) => claims.extra(),
            Err(_) => verified::<IdClaims>(&parts.extensions)?.extra(),
        };
        let refused = |error: CustomClaimsError| Refusal::CustomClaims(Arc::new(error));
        claims.map(Self).map_err(refused)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.response()
    }
}

fn verified<C: Clone + Send + Sync + 'static>(extensions: &Extensions) -> Result<C, Refusal> {
    extensions.get::<C>().cloned().ok_or(Refusal::NotVerified)
}
