//! The token endpoint over HTTP.

use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use axum::http::{Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::{media_type, plain, with_type};
use super::FORM;
use crate::flows::caller::TriggerLimit;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::form;
use crate::operations::managed_login::token::{self, ClientLogin, OAuthError, grant};

/// The media type of the service's responses, without a space.
const JSON: &str = "application/json;charset=UTF-8";

/// Responds to a request for tokens (RFC 6749, 3.2).
pub(super) async fn respond(
    service: &Arc<Service>,
    request: &Request<Vec<u8>>,
    trigger_limit: TriggerLimit,
) -> Response<String> {
    let granted = match read(request) {
        Ok((form, login)) => grant(service, &form, login, trigger_limit).await,
        Err(error) => Err(error),
    };
    let (status, body) = match granted {
        Ok(granted) => (StatusCode::OK, json!(granted)),
        Err(error) if error == OAuthError::TOO_MANY_REQUESTS => {
            (StatusCode::TOO_MANY_REQUESTS, json!(error))
        }
        Err(error) => (StatusCode::BAD_REQUEST, json!(error)),
    };
    let mut response = with_type(plain(status, body.to_string()), JSON);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the form and the credentials of the client.
fn read(request: &Request<Vec<u8>>) -> Result<(Parameters, ClientLogin), OAuthError> {
    if media_type(request.headers()) != FORM {
        return Err(OAuthError::INVALID_REQUEST);
    }
    let form = form::parse(request.body()).ok_or(OAuthError::INVALID_REQUEST)?;
    let login = match request.headers().get(AUTHORIZATION) {
        None => token::login(&form)?,
        // One way to say who one is, not two (RFC 6749, 2.3).
        Some(_) if form.contains("client_secret") => return Err(OAuthError::INVALID_REQUEST),
        Some(value) => {
            let login = basic(value).ok_or(OAuthError::INVALID_CLIENT)?;
            let same = form.get("client_id").is_none_or(|id| id == login.id);
            if same { login } else { return Err(OAuthError::INVALID_REQUEST) }
        }
    };
    Ok((form, login))
}

fn basic(value: &HeaderValue) -> Option<ClientLogin> {
    let (scheme, pair) = value.to_str().ok()?.split_once(' ')?;
    let pair =
        STANDARD.decode(pair.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("Basic"))?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some(ClientLogin { id: id.to_owned(), secret: Some(secret.to_owned()) })
}
