//! The event that a Lambda authorizer gets.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

/// The event that API Gateway sends to a Lambda authorizer, of any API and payload format.
///
/// It is what the function's handler takes: an event of type `TOKEN` or `REQUEST` of a REST API,
/// one of a WebSocket API, or one of an HTTP API with payload format 1.0 or 2.0.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerEvent {
    version: Option<String>,
    method_arn: Option<String>,
    route_arn: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    authorization_token: Option<String>,
    headers: Option<HashMap<String, Option<String>>>,
    multi_value_headers: Option<HashMap<String, Option<Vec<String>>>>,
}

impl AuthorizerEvent {
    /// Returns whether the response may be a simple one, as HTTP APIs with format 2.0 accept it.
    pub(super) fn allows_simple_response(&self) -> bool {
        self.version.as_deref() == Some("2.0")
    }

    /// The resource of the request, as `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/…`.
    pub(super) fn arn(&self) -> Option<&str> {
        self.method_arn.as_deref().or(self.route_arn.as_deref())
    }

    /// Returns the token of the request; none without one or with two.
    pub(super) fn token(&self, header: &str) -> Option<&str> {
        let value = match self.kind.as_deref() {
            Some("TOKEN") => self.authorization_token.as_deref()?,
            _ => self.header(header)?,
        };
        let scheme = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("Bearer "));
        let token = if scheme.is_some() { value.get(7..)?.trim() } else { value };
        // Another scheme, such as `Basic`, has a space before its value.
        Some(token).filter(|token| !token.is_empty() && !token.contains(char::is_whitespace))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let is_named = |found: &str| found.eq_ignore_ascii_case(name);
        let many = self.multi_value_headers.iter().flatten();
        let many = many.filter(|(found, _)| is_named(found));
        let mut values: Vec<&str> =
            many.filter_map(|(_, values)| values.as_ref()).flatten().map(String::as_str).collect();
        if values.is_empty() {
            let single = self.headers.iter().flatten().filter(|(found, _)| is_named(found));
            values.extend(single.filter_map(|(_, value)| value.as_deref()));
        }
        match *values {
            [value] => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for AuthorizerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerEvent")
            .field("version", &self.version)
            .field("arn", &self.arn())
            .finish_non_exhaustive()
    }
}
