//! Token verification in an actix-web service. The guide to web services contains this code.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use cognito::http::Refusal;
use cognito::{AccessClaims, Verifier};

/// The claims of the request's access token, an extractor for handlers.
pub struct Access(pub AccessClaims);

/// A rejected request, with the response of RFC 6750.
#[derive(Debug)]
pub struct Refused(Refusal);

impl FromRequest for Access {
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (verifier, token) =
            (request.app_data::<web::Data<Verifier>>().cloned(), bearer(request));
        Box::pin(async move {
            let verifier = verifier.ok_or(Refused(Refusal::NotVerified))?;
            let claims = verifier.access_token(&token.map_err(Refused)?).await;
            claims.map(Access).map_err(|error| Refused(error.into()))
        })
    }
}

/// Returns the token after `Bearer `. Two headers are an invalid request.
fn bearer(request: &HttpRequest) -> Result<String, Refusal> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Refusal::InvalidRequest)?,
        (None, _) => return Err(Refusal::NoToken),
        _ => return Err(Refusal::InvalidRequest),
    };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => {
            Ok(token.trim().to_owned())
        }
        _ => Err(Refusal::NoToken),
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.0.status().as_u16());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    // actix-web 4 uses the types of http 0.2, so that names and values are copied.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in self.0.clone().response::<()>().headers() {
            response.insert_header((name.as_str(), value.as_bytes()));
        }
        response.finish()
    }
}
