//! The URLs of redirects with the results of an authorization request.

use form_urlencoded::Serializer;

use crate::model::ServiceError;
use crate::state::managed_login::{AuthorizationRequest, ResponseType};

/// The destination of the results of an authorization request.
pub(crate) struct Target<'a> {
    /// One of the client's CallbackURLs.
    pub(crate) redirect_uri: &'a str,
    pub(crate) response_type: ResponseType,
    pub(crate) state: Option<&'a str>,
}

/// An error of an authorization request that is returned to the application (RFC 6749, 4.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorizationError {
    InvalidRequest,
    InvalidScope,
    LoginRequired,
    UnauthorizedClient,
}

impl<'a> Target<'a> {
    pub(crate) fn of(request: &'a AuthorizationRequest) -> Self {
        Self {
            redirect_uri: &request.redirect_uri,
            response_type: request.response_type,
            state: request.state.as_deref(),
        }
    }

    /// Returns the redirect URI with parameters: in the query for a code, in the fragment for
    /// tokens. The registered URI is not changed, byte for byte.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let encoded = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let uri = self.redirect_uri;
        let separator = match self.response_type {
            ResponseType::Token => "#",
            ResponseType::Code if !uri.contains('?') => "?",
            ResponseType::Code if uri.ends_with(['?', '&']) => "",
            ResponseType::Code => "&",
        };
        format!("{uri}{separator}{encoded}")
    }

    pub(crate) fn error(&self, error: AuthorizationError) -> String {
        match error {
            AuthorizationError::InvalidRequest => self.described("invalid_request", None),
            // The guide has `error=invalid_scope`. In captures of 2023 to 2026 it is the
            // description of another error, in this order.
            AuthorizationError::InvalidScope => {
                self.described("invalid_request", Some("invalid_scope"))
            }
            AuthorizationError::LoginRequired => self.described("login_required", None),
            AuthorizationError::UnauthorizedClient => self.described("unauthorized_client", None),
        }
    }

    /// Returns the redirect URI with the reason why a sign-in was rejected. The service adds a
    /// space after the message of a trigger.
    pub(crate) fn rejection(&self, error: &ServiceError) -> String {
        let space = if error.is_of_trigger() { " " } else { "" };
        self.described("invalid_request", Some(&format!("{}{space}", error.message)))
    }

    /// Returns the redirect URI with an error, such as one of an identity provider.
    pub(crate) fn described(&self, code: &str, description: Option<&str>) -> String {
        let description = description.map(|text| ("error_description", text));
        let state = self.state.map(|state| ("state", state));
        let error = ("error", code);
        let parameters: Vec<_> = match description {
            Some(_) => description.into_iter().chain(state).chain([error]).collect(),
            None => [error].into_iter().chain(state).collect(),
        };
        self.with(&parameters)
    }
}

/// Returns the URL of the error page, for requests with an unverified redirect URI.
pub(crate) fn error_page(error: &str, client_id: Option<&str>) -> String {
    let client_id = client_id.map(|id| ("client_id", id));
    let parameters = [("error", error)].into_iter().chain(client_id);
    let encoded = Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/error?{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_follow_those_of_the_registered_address() {
        let with = |redirect_uri, response_type| {
            Target { redirect_uri, response_type, state: None }.with(&[("code", "a b")])
        };
        let code = ResponseType::Code;
        assert_eq!(with("https://a.example", code), "https://a.example?code=a+b");
        assert_eq!(with("https://a.example/?t=1", code), "https://a.example/?t=1&code=a+b");
        assert_eq!(with("https://a.example/?", code), "https://a.example/?code=a+b");
        assert_eq!(with("app:/in?t=1", ResponseType::Token), "app:/in?t=1#code=a+b");
    }
}
