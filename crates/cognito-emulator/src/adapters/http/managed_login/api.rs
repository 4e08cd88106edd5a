//! The endpoints that applications call: tokens, their revocation, and the attributes of a user.

use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;

use super::super::{insert, media_type, plain, with_type};
use super::{FORM, host};
use crate::flows::caller::TriggerLimit;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::client::{self, ClientLogin, ClientRequest, OAuthError};
use crate::operations::managed_login::token::grant;
use crate::operations::managed_login::{revoke, user_info};

/// The media type of the service's responses, without a space.
const JSON: &str = "application/json;charset=UTF-8";

/// Responds to a request for tokens (RFC 6749, 3.2).
pub(super) async fn token(
    service: &Arc<Service>,
    request: &Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Response<String> {
    let granted = match read(request) {
        Ok(request) => grant(service, &request, trigger_limit).await,
        Err(error) => Err(error),
    };
    match granted {
        Ok(granted) => json_response(StatusCode::OK, &granted),
        Err(error) if error == OAuthError::TOO_MANY_REQUESTS => {
            json_response(StatusCode::TOO_MANY_REQUESTS, &error)
        }
        Err(error) if error == OAuthError::SERVER_ERROR => {
            json_response(StatusCode::INTERNAL_SERVER_ERROR, &error)
        }
        Err(error) => json_response(StatusCode::BAD_REQUEST, &error),
    }
}

/// Responds to the revocation of a token. The response of a success has no body.
pub(super) fn revoke(service: &Arc<Service>, request: &Request<Vec<u8>>) -> Response<String> {
    let revoked = read(request).and_then(|request| revoke::revoke(service, &request));
    match revoked {
        Ok(()) => plain(StatusCode::OK, ""),
        Err(error) if error == OAuthError::INVALID_CLIENT => {
            json_response(StatusCode::UNAUTHORIZED, &error)
        }
        Err(error) => json_response(StatusCode::BAD_REQUEST, &error),
    }
}

/// Responds with the attributes of a user.
pub(super) fn user_info(service: &Service, request: &Request<Vec<u8>>) -> Response<String> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.split_once(' '));
    let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
    match user_info::user_info(service, host(request), token.map(|(_, token)| token.trim())) {
        Ok(attributes) => json_response(StatusCode::OK, &attributes),
        Err(error) => {
            let status = match error.code() {
                "invalid_token" => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            let mut response = json_response(status, &error);
            // Without the scheme of RFC 6750, 3 (AWS guide, userInfo endpoint).
            insert(response.headers_mut(), "www-authenticate", &error.to_string());
            response
        }
    }
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response<String> {
    let mut response = with_type(plain(status, json!(body).to_string()), JSON);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the form and the credentials of the client.
fn read(request: &Request<Vec<u8>>) -> Result<ClientRequest<'_>, OAuthError> {
    if media_type(request.headers()) != FORM {
        return Err(OAuthError::INVALID_REQUEST);
    }
    let form = Parameters::parse(request.body()).ok_or(OAuthError::INVALID_REQUEST)?;
    let login = match request.headers().get(AUTHORIZATION) {
        None => client::login(&form)?,
        // A client must use a single authentication method (RFC 6749, 2.3).
        Some(_) if form.get("client_secret").is_some() => return Err(OAuthError::INVALID_REQUEST),
        Some(value) => {
            let login = basic(value).ok_or(OAuthError::INVALID_CLIENT)?;
            let same = form.get("client_id").is_none_or(|id| id == login.id);
            if same { login } else { return Err(OAuthError::INVALID_REQUEST) }
        }
    };
    Ok(ClientRequest { host: host(request), form, login })
}

fn basic(value: &HeaderValue) -> Option<ClientLogin> {
    let (scheme, pair) = value.to_str().ok()?.split_once(' ')?;
    let pair =
        STANDARD.decode(pair.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("Basic"))?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    ClientLogin::basic(id, secret)
}
