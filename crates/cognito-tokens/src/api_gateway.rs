//! Support for Lambda functions with API Gateway: reading verified claims, and a Lambda authorizer.

use std::sync::Arc;

use cognito_types::{Clock, SystemClock};
use serde::Serialize;

use crate::claims::{AccessClaims, IdClaims, TokenClaims};
use crate::error::VerifyError;
use crate::rules::TokenRules;

mod authorizer;
mod event;
mod payload;
mod response;
#[cfg(test)]
mod tests;

pub use authorizer::{AuthorizerError, AuthorizerGrant, LambdaAuthorizer};
pub use event::AuthorizerEvent;
pub use response::AuthorizerResponse;

/// Reads claims that an authorizer of API Gateway verified, and checks them against rules.
///
/// | API and authorizer | place in the event |
/// | --- | --- |
/// | REST, Cognito; HTTP with payload format 1.0, JWT | `requestContext.authorizer.claims` |
/// | HTTP, JWT | `requestContext.authorizer.jwt.claims` |
/// | REST and WebSocket, [`LambdaAuthorizer`] | `requestContext.authorizer.claims` |
/// | HTTP, [`LambdaAuthorizer`] | `requestContext.authorizer.lambda.claims` |
///
/// API Gateway converts every claim to text. Claims with an accessor are converted back.
///
/// ```
/// # mod cognito { pub use cognito_tokens as verify; }
/// use cognito::verify::{ApiGateway, Clients, Required, TokenRules};
/// use serde_json::json;
///
/// let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("web"));
/// let gateway = ApiGateway::new(rules.groups(Required::any_of(["staff"])));
///
/// let event = json!({ "requestContext": { "authorizer": { "jwt": { "claims": {
///     "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E",
///     "sub": "5f2c", "token_use": "access", "client_id": "web", "username": "alice",
///     "cognito:groups": "[staff beta]", "exp": "4102444800",
/// } } } } });
/// let claims = gateway.access_claims(&event)?;
/// assert_eq!(claims.groups(), ["staff", "beta"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// Signatures are not verified again. A principal that may invoke the function directly can send
/// any claims, so allow only API Gateway to invoke it.
///
/// Use it behind proxy integrations only. With a non-proxy integration of a REST API and the default
/// mapping, the event is the body of the request, and its sender can forge the claims.
#[derive(Clone, Debug)]
pub struct ApiGateway {
    rules: TokenRules,
    clock: Arc<dyn Clock>,
}

impl ApiGateway {
    /// Creates a reader that accepts claims by these rules.
    ///
    /// The rules matter: the Cognito authorizer of REST APIs accepts tokens of every app client.
    pub fn new(rules: TokenRules) -> Self {
        Self { rules, clock: Arc::new(SystemClock) }
    }

    /// Sets the clock; the system clock by default.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Returns the claims of the access token of a request.
    ///
    /// `event` is the event of the function or its `requestContext`, as JSON or as the type of
    /// another crate that serializes to it.
    ///
    /// # Errors
    ///
    /// [`VerifyError::NoAuthorizerClaims`] without claims, otherwise the first rule that they
    /// break.
    pub fn access_claims(&self, event: &impl Serialize) -> Result<AccessClaims, VerifyError> {
        self.claims(event)
    }

    /// Returns the claims of the ID token of a request.
    ///
    /// # Errors
    ///
    /// The errors of [`access_claims`](Self::access_claims).
    pub fn id_claims(&self, event: &impl Serialize) -> Result<IdClaims, VerifyError> {
        self.claims(event)
    }

    fn claims<C: TokenClaims>(&self, event: &impl Serialize) -> Result<C, VerifyError> {
        let payload = payload::of(event).ok_or(VerifyError::NoAuthorizerClaims);
        let claims =
            payload.and_then(|payload| self.rules.check_payload(payload, self.clock.now()));
        claims.inspect_err(VerifyError::log)
    }
}
