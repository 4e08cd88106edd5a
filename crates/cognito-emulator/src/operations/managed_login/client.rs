//! Authentication of app clients at the OAuth endpoints, and their errors.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::flows::caller::Caller;
use crate::flows::context::Context;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::pool;

/// An error response (RFC 6749, 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OAuthError {
    #[serde(rename = "error")]
    code: &'static str,
    #[serde(rename = "error_description", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// The parameters of a WWW-Authenticate header (RFC 6750, 3).
impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error=\"{}\"", self.code)?;
        match &self.description {
            Some(description) => write!(f, ", error_description=\"{description}\""),
            None => Ok(()),
        }
    }
}

/// A request of a client.
pub(crate) struct ClientRequest<'a> {
    /// The host of the request.
    pub(crate) host: Option<&'a str>,
    pub(crate) form: Parameters,
    pub(crate) login: ClientLogin,
}

/// The credentials in a client's request.
pub(crate) struct ClientLogin {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    /// True if the secret comes from a Basic header. RFC 6749, 2.3.1 requires form encoding there,
    /// which only some clients apply.
    is_basic: bool,
}

impl ClientLogin {
    /// Returns the credentials of a Basic header. The id is decoded like the secret, except that a
    /// plus is kept: ids can contain a plus, but no space.
    pub(crate) fn basic(id: &str, secret: &str) -> Option<Self> {
        let id = form_decoded(&id.replace('+', "%2B"))?;
        Some(Self { id, secret: Some(secret.to_owned()), is_basic: true })
    }

    /// Returns the possible secrets: as sent, and decoded.
    fn secrets(&self) -> impl Iterator<Item = Option<String>> {
        let decoded = self.secret.as_deref().filter(|_| self.is_basic).and_then(form_decoded);
        [self.secret.clone()].into_iter().chain(decoded.map(Some))
    }
}

impl OAuthError {
    pub(crate) const INVALID_CLIENT: Self = Self::new("invalid_client");
    pub(crate) const INVALID_GRANT: Self = Self::new("invalid_grant");
    pub(crate) const INVALID_REQUEST: Self = Self::new("invalid_request");
    pub(crate) const INVALID_SCOPE: Self = Self::new("invalid_scope");
    pub(crate) const INVALID_TARGET: Self = Self::new("invalid_target");
    pub(crate) const INVALID_TOKEN: Self = Self::new("invalid_token");
    /// In OAuth an error of the authorization endpoint only (RFC 6749, 4.1.2.1).
    pub(crate) const SERVER_ERROR: Self = Self::new("server_error");
    /// Not an error of OAuth; the service's error is not documented.
    pub(crate) const TOO_MANY_REQUESTS: Self = Self::new("too_many_requests");
    pub(crate) const UNAUTHORIZED_CLIENT: Self = Self::new("unauthorized_client");
    pub(crate) const UNSUPPORTED_GRANT_TYPE: Self = Self::new("unsupported_grant_type");
    pub(crate) const UNSUPPORTED_TOKEN_TYPE: Self = Self::new("unsupported_token_type");

    const fn new(code: &'static str) -> Self {
        Self { code, description: None }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Adds a description, with a question mark in place of each invalid character.
    pub(crate) fn described(self, description: &str) -> Self {
        // RFC 6749, 5.2: printable ASCII without quotation marks and backslashes.
        let is_allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        let text = |c: char| if is_allowed(&c) { c } else { '?' };
        Self { description: Some(description.chars().map(text).collect()), ..self }
    }

    /// Adds the message of a trigger's error.
    pub(crate) fn because(self, error: &ServiceError) -> Self {
        if error.is_of_trigger() { self.described(&error.message) } else { self }
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    pairs.next().map(|(name, _)| name.into_owned())
}

/// Returns the credentials of a client in the form.
pub(crate) fn login(form: &Parameters) -> Result<ClientLogin, OAuthError> {
    let id = form.get("client_id").ok_or(OAuthError::INVALID_REQUEST)?;
    let secret = form.get("client_secret").map(str::to_owned);
    Ok(ClientLogin { id: id.to_owned(), secret, is_basic: false })
}

/// Authenticates a client for the host of the request. A public client has no secret.
pub(super) fn authenticate(
    service: &Arc<Service>,
    request: &ClientRequest<'_>,
    caller: Caller,
) -> Result<Context, OAuthError> {
    let ClientRequest { host, login, .. } = request;
    let pool = pool::of(service, &login.id, *host).ok_or(OAuthError::INVALID_CLIENT)?;
    let context = Context::new(service, pool, caller);
    let is_proven = context.step(|step| {
        let client = step.pool.client(&login.id)?;
        Ok(login.secrets().any(|secret| client.check_secret(secret.as_deref()).is_ok()))
    });
    is_proven.ok().filter(|is_proven| *is_proven).ok_or(OAuthError::INVALID_CLIENT)?;
    Ok(context)
}
