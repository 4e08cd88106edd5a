//! Refused requests, and the responses to them.

use std::sync::Arc;

use cognito_tokens::{CustomClaimsError, FAILURE_BACK_OFF, Required, VerifyError};
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

/// The reason why a request was refused.
///
/// The response is that of [RFC 6750, 3](https://www.rfc-editor.org/rfc/rfc6750#section-3). Its
/// extensions contain the reason, which an outer layer can log. It contains no part of the token.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request has no token: status 401.
    #[error("the request has no token")]
    NoToken,
    /// The request has two tokens, or a malformed one: status 400.
    #[error("the request has two tokens or an incomplete one")]
    InvalidRequest,
    /// The token was rejected, or could not be verified: the status of its
    /// [reason](VerifyError::reason).
    #[error(transparent)]
    Token(VerifyError),
    /// The token is valid, but its claims do not parse as the type that the handler requires:
    /// status 403.
    #[error(transparent)]
    CustomClaims(Arc<CustomClaimsError>),
    /// The token is valid, but a rule of the route does not accept it: status 403.
    #[error("the token does not allow this request")]
    NotAllowed,
    /// No layer has verified a token of this kind, which is a defect of the service: status 500.
    #[error("no layer has verified a token of this kind; add a VerifyLayer for it")]
    NotVerified,
}

impl Refusal {
    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::Token(error) => StatusCode::from_u16(error.reason().http_status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Self::CustomClaims(_) | Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotVerified => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Creates the response: a status, `WWW-Authenticate` or `Retry-After`, and no body.
    pub fn response<B: Default>(self) -> Response<B> {
        let status = self.status().as_u16();
        tracing::debug!(status, refusal = %self, "a request was refused");
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge().and_then(|text| text.try_into().ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from(FAILURE_BACK_OFF.as_secs().max(1)));
        }
        response.extensions_mut().insert(self);
        response
    }

    /// Returns the value of `WWW-Authenticate`; `None` if another token would not help.
    fn challenge(&self) -> Option<String> {
        let (error, more) = match (self, self.status()) {
            // Without a token there is no error to report: RFC 6750, 3.1.
            (Self::NoToken, _) => return Some("Bearer".to_owned()),
            (_, StatusCode::BAD_REQUEST) => ("invalid_request", String::new()),
            // RFC 9470, 3: the client needs a new sign-in, not a new token.
            (Self::Token(VerifyError::SignInTooOld { max_age, .. }), _) => {
                ("insufficient_user_authentication", format!(", max_age={}", max_age.as_secs()))
            }
            (_, StatusCode::UNAUTHORIZED) => ("invalid_token", String::new()),
            (Self::Token(VerifyError::MissingScope { expected }), _) => {
                ("insufficient_scope", format!(", scope=\"{}\"", quotable(&names(expected))))
            }
            (_, StatusCode::FORBIDDEN) => ("insufficient_scope", String::new()),
            _ => return None,
        };
        let description = quotable(&self.to_string());
        Some(format!("Bearer error=\"{error}\", error_description=\"{description}\"{more}"))
    }
}

fn names(required: &Required) -> String {
    match required {
        Required::AnyOf(names) | Required::AllOf(names) => names.join(" "),
        _ => String::new(),
    }
}

/// Removes characters that RFC 6750 does not allow between quotes.
fn quotable(text: &str) -> String {
    let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self::Token(error)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn response(refusal: Refusal) -> (u16, Option<String>, Option<String>) {
        let response: Response<()> = refusal.response();
        assert!(response.extensions().get::<Refusal>().is_some());
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        (response.status().as_u16(), header(WWW_AUTHENTICATE), header(RETRY_AFTER))
    }

    #[test]
    fn responses_are_those_of_rfc_6750() {
        let invalid = r#"Bearer error="invalid_token", error_description="#;
        let insufficient = r#"Bearer error="insufficient_scope", error_description="#;
        let scope = VerifyError::MissingScope { expected: Required::any_of(["a/r", "a\"/w"]) };
        let group = VerifyError::MissingGroup { expected: Required::all_of(["admins"]) };
        for (refusal, status, challenge) in [
            (Refusal::NoToken, 401, Some("Bearer".to_owned())),
            (
                Refusal::InvalidRequest,
                400,
                Some(
                    "Bearer error=\"invalid_request\", error_description=\"the request has two \
                      tokens or an incomplete one\""
                        .to_owned(),
                ),
            ),
            (
                VerifyError::WrongSignature.into(),
                401,
                Some(format!("{invalid}\"the token's signature is wrong\"")),
            ),
            (
                scope.into(),
                403,
                Some(format!(
                    "{insufficient}\"the token lacks a scope: any of a/r, a /w must be granted\", \
                     scope=\"a/r a /w\""
                )),
            ),
            (
                group.into(),
                403,
                Some(format!("{insufficient}\"the user must be a member of all of admins\"")),
            ),
            (
                Refusal::NotAllowed,
                403,
                Some(format!("{insufficient}\"the token does not allow this request\"")),
            ),
            (VerifyError::Misconfigured("client").into(), 500, None),
            (Refusal::NotVerified, 500, None),
        ] {
            assert_eq!(response(refusal.clone()), (status, challenge, None), "{refusal}");
        }
    }

    #[test]
    fn a_sign_in_that_is_too_old_gets_the_challenge_of_rfc_9470() {
        let (max_age, signed_in_at) = (Duration::from_secs(300), SystemTime::UNIX_EPOCH);
        let refusal = VerifyError::SignInTooOld { max_age, signed_in_at }.into();
        let (status, challenge, _) = response(refusal);
        assert_eq!(status, 401);
        let challenge = challenge.unwrap();
        assert!(challenge.contains(r#"error="insufficient_user_authentication""#), "{challenge}");
        assert!(challenge.ends_with(", max_age=300"), "{challenge}");
    }

    #[test]
    fn unavailable_keys_get_status_503_without_a_challenge() {
        let (status, challenge, retry) = response(VerifyError::KeysNotFetched.into());
        assert_eq!((status, challenge), (503, None));
        assert_eq!(retry, Some(FAILURE_BACK_OFF.as_secs().max(1).to_string()));
    }
}
