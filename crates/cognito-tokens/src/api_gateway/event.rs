//! The event that a Lambda authorizer receives.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

/// The event that API Gateway sends to a Lambda authorizer, of any API and payload format.
///
/// Use it as the parameter of the function's handler. It accepts events of type `TOKEN` and
/// `REQUEST` of REST APIs, events of WebSocket APIs, and events of HTTP APIs with payload format
/// 1.0 or 2.0.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerEvent {
    version: Option<String>,
    method_arn: Option<String>,
    route_arn: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    authorization_token: Option<String>,
    headers: Option<One>,
    multi_value_headers: Option<Many>,
    query_string_parameters: Option<One>,
    multi_value_query_string_parameters: Option<Many>,
}

type One = HashMap<String, Option<String>>;
type Many = HashMap<String, Option<Vec<String>>>;

/// The places of the token in events of type `REQUEST`, of which a request may use one.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) header: String,
    /// The subprotocol before the token.
    pub(super) protocol: Option<String>,
    pub(super) query: Option<String>,
}

impl Default for Places {
    fn default() -> Self {
        Self { header: "Authorization".to_owned(), protocol: None, query: None }
    }
}

/// The error for a place whose value is not exactly one token: the request is refused.
struct InvalidPlace;

impl AuthorizerEvent {
    /// Returns whether a simple response is allowed, which only HTTP APIs with format 2.0 accept.
    pub(super) fn allows_simple_response(&self) -> bool {
        self.version.as_deref() == Some("2.0")
    }

    /// Returns the ARN of the request, `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/…`.
    pub(super) fn arn(&self) -> Option<&str> {
        self.method_arn.as_deref().or(self.route_arn.as_deref())
    }

    /// Returns the only token; `None` if there are none or several.
    pub(super) fn token(&self, places: &Places) -> Option<&str> {
        let token = match self.kind.as_deref() {
            Some("TOKEN") => self.authorization_token.as_deref().map(credentials).transpose(),
            _ => self.token_of_request(places),
        };
        token.ok().flatten()
    }

    /// Returns the token of the only place that has a value.
    ///
    /// A client must not use two places (RFC 6750, 2). API Gateway caches the response for the value
    /// of one of them, so a token of the other could decide on the requests of other users.
    fn token_of_request(&self, places: &Places) -> Result<Option<&str>, InvalidPlace> {
        let in_header = only(self.header(&places.header))?.map(credentials).transpose()?;
        let offered = places.protocol.as_ref().map(|name| self.offered(name)).transpose()?;
        let in_query = places.query.as_ref().map(|name| self.in_query(name)).transpose()?;
        only([in_header, offered.flatten(), in_query.flatten()].into_iter().flatten())
    }

    fn in_query(&self, name: &str) -> Result<Option<&str>, InvalidPlace> {
        let (one, many) =
            (&self.query_string_parameters, &self.multi_value_query_string_parameters);
        let value = only(values(one, many, |found| found == name))?;
        value.map(token).transpose()
    }

    /// Returns the subprotocol that follows `name` in the list of a WebSocket request.
    fn offered(&self, name: &str) -> Result<Option<&str>, InvalidPlace> {
        let offered = self.header("Sec-WebSocket-Protocol");
        let offered = offered.into_iter().flat_map(|value| value.split(',')).map(str::trim);
        let mut offered = offered.filter(|protocol| !protocol.is_empty());
        if !offered.any(|protocol| protocol == name) {
            return Ok(None);
        }
        let token = offered.next().ok_or(InvalidPlace)?;
        let is_twice = offered.any(|protocol| protocol == name);
        if is_twice { Err(InvalidPlace) } else { Ok(Some(token)) }
    }

    fn header(&self, name: &str) -> Vec<&str> {
        let is_named = |found: &str| found.eq_ignore_ascii_case(name);
        values(&self.headers, &self.multi_value_headers, is_named)
    }
}

/// Returns the values of that name; only the last one from events without lists of values.
fn values<'e>(
    one: &'e Option<One>,
    many: &'e Option<Many>,
    is_named: impl Fn(&str) -> bool,
) -> Vec<&'e str> {
    let named = many.iter().flatten().filter(|(found, _)| is_named(found));
    let mut values: Vec<&str> =
        named.filter_map(|(_, values)| values.as_ref()).flatten().map(String::as_str).collect();
    if values.is_empty() {
        let named = one.iter().flatten().filter(|(found, _)| is_named(found));
        values.extend(named.filter_map(|(_, value)| value.as_deref()));
    }
    values
}

/// Returns the only value that is not empty.
fn only<'e>(values: impl IntoIterator<Item = &'e str>) -> Result<Option<&'e str>, InvalidPlace> {
    let mut values = values.into_iter().filter(|value| !value.is_empty());
    let first = values.next();
    if values.next().is_some() { Err(InvalidPlace) } else { Ok(first) }
}

/// Returns the token of a header, with or without its scheme.
fn credentials(value: &str) -> Result<&str, InvalidPlace> {
    let scheme = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("Bearer "));
    token(if scheme.is_some() { value.get(7..).unwrap_or_default().trim() } else { value })
}

/// Returns the value if it is one token.
///
/// Credentials of another scheme, such as `Basic`, contain a space. HTTP APIs join several values of
/// a name with commas.
fn token(value: &str) -> Result<&str, InvalidPlace> {
    let is_token = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == ',');
    if is_token { Ok(value) } else { Err(InvalidPlace) }
}

impl fmt::Debug for AuthorizerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerEvent")
            .field("version", &self.version)
            .field("arn", &self.arn())
            .finish_non_exhaustive()
    }
}
