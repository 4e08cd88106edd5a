//! Extractors for axum: the claims of the verified token as arguments of handlers.

use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use cognito_tokens::{AccessClaims, CustomClaimsError, IdClaims};
use cognito_types::SecurityToken;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;
use crate::verify::verified;

/// The claims of the access token that [`VerifyLayer`](crate::VerifyLayer) verified.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::{VerifiedAccess, VerifyLayer};
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
/// # Ok::<(), cognito_types::InvalidUserPoolId>(())
/// ```
///
/// `Option<VerifiedAccess>` is `None` for a request without a token that [`VerifyLayer::optional`]
/// allowed.
///
/// [`VerifyLayer::optional`]: crate::VerifyLayer::optional
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct VerifiedAccess(pub AccessClaims);

/// The claims of the ID token that [`VerifyLayer`](crate::VerifyLayer) verified.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct VerifiedId(pub IdClaims);

/// The access or ID token that [`VerifyLayer`](crate::VerifyLayer) verified, to exchange it for a
/// token of another service.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // To be taken apart in the arguments of handlers.
pub struct VerifiedToken(pub SecurityToken);

/// All claims of the verified token, deserialized as your own type: those of the access token, or
/// otherwise of the ID token.
///
/// ```
/// # mod cognito { pub use cognito_http as http; }
/// use cognito::http::CustomClaims;
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
        verified(&parts.extensions).cloned().map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for VerifiedId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        verified(&parts.extensions).cloned().map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for VerifiedToken {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        verified(&parts.extensions).cloned().map(Self)
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

impl<S: Sync> OptionalFromRequestParts<S> for VerifiedAccess {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for VerifiedToken {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for VerifiedId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

impl<S: Sync, T: DeserializeOwned> OptionalFromRequestParts<S> for CustomClaims<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        optional(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

/// Returns `None` for an anonymous caller; a request that no layer has checked is refused.
fn optional<C>(verified: Result<C, Refusal>) -> Result<Option<C>, Refusal> {
    match verified {
        Err(Refusal::NoToken) => Ok(None),
        verified => verified.map(Some),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.response()
    }
}
