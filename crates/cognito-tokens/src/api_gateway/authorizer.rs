//! A Lambda authorizer: verifies the token of a request and writes the response for API Gateway.

use crate::claims::TokenClaims;
use crate::error::{Reason, VerifyError};
use crate::verifier::Verifier;

use super::event::{AuthorizerEvent, Places};
use super::response::{AuthorizerResponse, Verdict};

/// A Lambda authorizer for API Gateway that checks the token of each request.
///
/// Use it for rules that the built-in authorizers of API Gateway do not have, and for WebSocket
/// APIs, which have no built-in authorizer. It accepts `Bearer TOKEN` and the token alone; browser
/// clients of WebSocket APIs need [`or_websocket_protocol`](Self::or_websocket_protocol).
///
/// ```
/// # mod cognito { pub use cognito_tokens::*; pub use cognito_tokens as verify; }
/// use cognito::Verifier;
/// use cognito::verify::{AuthorizerError, AuthorizerEvent, AuthorizerGrant, LambdaAuthorizer};
/// # use cognito_tokens::{Clients, KeySet, TokenRules};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let rules = TokenRules::new(&"eu-west-1_Ab12Cd34E".parse()?, Clients::only("web"));
/// # let verifier = Verifier::offline(rules, KeySet::default()).build();
/// let authorizer = LambdaAuthorizer::new(verifier, AuthorizerGrant::Stage);
/// let event: AuthorizerEvent = serde_json::from_str(r#"{
///     "type": "TOKEN", "authorizationToken": "Bearer no-token",
///     "methodArn": "arn:aws:execute-api:eu-west-1:111122223333:api1/prod/GET/orders"
/// }"#)?;
/// let error = authorizer.authorize(&event).await.unwrap_err();
/// assert_eq!(error.to_string(), "Unauthorized"); // status 401
/// # Ok(())
/// # }
/// ```
///
/// See [Lambda authorizers](https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html).
#[derive(Clone, Debug)]
pub struct LambdaAuthorizer {
    verifier: Verifier,
    grant: AuthorizerGrant,
    places: Places,
    policies: bool,
}

/// The requests that an IAM policy of a [`LambdaAuthorizer`] allows or denies.
///
/// API Gateway caches the policy of a token (for 300 seconds by default) and applies it to later
/// requests with the same token, including those for other methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorizerGrant {
    /// All methods of the stage. Use it if the same rules apply to all of them.
    Stage,
    /// Only the method and path of the request. With a cache, the token is refused for every
    /// other method until the entry expires: turn the cache off or add the path to its key.
    ///
    /// HTTP APIs with payload format 2.0 need [`LambdaAuthorizer::iam_policies`]: API Gateway
    /// applies a cached simple response to all routes.
    Method,
}

/// The reason why a [`LambdaAuthorizer`] has no response.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizerError {
    /// The request has no token, or has more than one.
    ///
    /// API Gateway responds with status 401 to an error with exactly this text, and with 500 to
    /// all others.
    #[error("Unauthorized")]
    NoToken,
    /// The token is invalid. API Gateway responds with status 401.
    #[error("Unauthorized")]
    Rejected(#[source] VerifyError),
    /// The token cannot be checked: the keys are unavailable, or the settings are wrong. API
    /// Gateway responds with status 500.
    #[error("the token cannot be verified")]
    NotVerified(#[source] VerifyError),
    /// The event is not one that API Gateway sends to an authorizer.
    #[error("the event has no {0}; use the function as a Lambda authorizer of API Gateway")]
    InvalidEvent(&'static str),
    /// The grant is [`AuthorizerGrant::Method`], and the response would be a simple response. API
    /// Gateway responds with status 500.
    ///
    /// The cache of an HTTP API reuses a simple response for all routes of the authorizer.
    #[error(
        "a simple response cannot be limited to a method; call iam_policies and turn \
         enableSimpleResponses of the authorizer off"
    )]
    GrantNeedsPolicy,
}

impl LambdaAuthorizer {
    /// Creates an authorizer that allows requests with a token that `verifier` accepts.
    pub fn new(verifier: Verifier, grant: AuthorizerGrant) -> Self {
        Self { verifier, grant, places: Places::default(), policies: false }
    }

    /// Reads the token from this header instead of `Authorization`, for events of type `REQUEST`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.places.header = name.into();
        self
    }

    /// Also reads the token of a WebSocket request from `Sec-WebSocket-Protocol`. The token is the
    /// subprotocol after `protocol`.
    ///
    /// Browsers can set no other header: `new WebSocket(url, ["bearer", token])`. The
    /// integration of `$connect` has to respond with the header `Sec-WebSocket-Protocol: bearer`,
    /// or browsers close the connection.
    #[must_use]
    pub fn or_websocket_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.places.protocol = Some(protocol.into());
        self
    }

    /// Also reads the token from this query parameter.
    ///
    /// URLs end up in logs and browser histories, so use only short-lived tokens there. A request
    /// with values in two of these places is refused, because API Gateway caches the response for
    /// one of them.
    #[must_use]
    pub fn or_query(mut self, name: impl Into<String>) -> Self {
        self.places.query = Some(name.into());
        self
    }

    /// Responds with an IAM policy to events of payload format 2.0 too, for HTTP APIs without
    /// `enableSimpleResponses`.
    #[must_use]
    pub fn iam_policies(self) -> Self {
        Self { policies: true, ..self }
    }

    /// Authorizes a request by its access token.
    ///
    /// If a token is valid but not sufficient, such as one without a required scope, the response
    /// denies the request, and the client receives status 403.
    ///
    /// # Errors
    ///
    /// [`AuthorizerError`]. The function must return an error with the same text.
    pub async fn authorize(
        &self,
        event: &AuthorizerEvent,
    ) -> Result<AuthorizerResponse, AuthorizerError> {
        let token = self.token(event)?;
        self.respond(event, self.verifier.access_token(token).await)
    }

    /// Authorizes a request by its ID token.
    ///
    /// # Errors
    ///
    /// The errors of [`authorize`](Self::authorize).
    pub async fn authorize_id_token(
        &self,
        event: &AuthorizerEvent,
    ) -> Result<AuthorizerResponse, AuthorizerError> {
        let token = self.token(event)?;
        self.respond(event, self.verifier.id_token(token).await)
    }

    fn token<'e>(&self, event: &'e AuthorizerEvent) -> Result<&'e str, AuthorizerError> {
        if self.grant == AuthorizerGrant::Method && self.is_simple(event) {
            return Err(AuthorizerError::GrantNeedsPolicy);
        }
        event.token(&self.places).ok_or(AuthorizerError::NoToken)
    }

    fn is_simple(&self, event: &AuthorizerEvent) -> bool {
        event.allows_simple_response() && !self.policies
    }

    fn respond<C: TokenClaims>(
        &self,
        event: &AuthorizerEvent,
        result: Result<C, VerifyError>,
    ) -> Result<AuthorizerResponse, AuthorizerError> {
        let verdict = verdict(result)?;
        if self.is_simple(event) {
            return Ok(AuthorizerResponse::simple(verdict));
        }
        let arn = event.arn().ok_or(AuthorizerError::InvalidEvent("methodArn"))?;
        if self.grant == AuthorizerGrant::Method {
            // The client chooses the path: `*` in it would match other resources.
            let is_pattern = arn.contains(['*', '?']) || arn.contains("${");
            let verdict = if is_pattern { Verdict::Deny } else { verdict };
            return Ok(AuthorizerResponse::policy(verdict, arn.to_owned()));
        }
        let stage = stage(arn).ok_or(AuthorizerError::InvalidEvent("stage in methodArn"))?;
        Ok(AuthorizerResponse::policy(verdict, stage))
    }
}

fn verdict<C: TokenClaims>(result: Result<C, VerifyError>) -> Result<Verdict, AuthorizerError> {
    match result {
        Ok(claims) => {
            let verified = claims.verified();
            let principal = verified.ids().subject.to_owned();
            Ok(Verdict::Allow { principal, payload: verified.payload.clone() })
        }
        Err(error) => match error.reason() {
            Reason::BadToken => Err(AuthorizerError::Rejected(error)),
            Reason::NotAllowed => Ok(Verdict::Deny),
            _ => Err(AuthorizerError::NotVerified(error)),
        },
    }
}

/// Returns a pattern for all resources of the stage in `arn:…:API/STAGE/METHOD/PATH`.
fn stage(arn: &str) -> Option<String> {
    let mut parts = arn.split('/');
    let (api, stage) = (parts.next()?, parts.next()?);
    let is_of_api = api.starts_with("arn:") && !stage.is_empty() && !stage.contains(['*', '?']);
    is_of_api.then(|| format!("{api}/{stage}/*"))
}
