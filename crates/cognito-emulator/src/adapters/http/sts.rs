//! AWS STS in the query protocol (forms and XML). Only AssumeRoleWithWebIdentity is supported.

use askama::Template;
use axum::http::{Method, Request, Response, StatusCode};

use super::{insert, media_type, plain, with_type};
use crate::flows::service::Service;
use crate::operations::identity_pools::web_identity::{self, Assumed, StsError};

const FORM: &str = "application/x-www-form-urlencoded";
const XML: &str = "text/xml";

#[derive(Template)]
#[template(path = "sts/assumed.xml")]
struct AssumedRole {
    assumed: Assumed,
    request_id: String,
}

#[derive(Template)]
#[template(path = "sts/error.xml")]
struct Rejected {
    error: StsError,
    request_id: String,
}

/// Returns whether a request to `/` is a request to STS: a form that names an action.
pub(super) fn is_request(request: &Request<Vec<u8>>) -> bool {
    let is_form = request.method() == Method::POST && media_type(request.headers()) == FORM;
    is_form && form_urlencoded::parse(request.body()).any(|(name, _)| name == "Action")
}

pub(super) fn respond(service: &Service, request: &Request<Vec<u8>>) -> Response<String> {
    let form = form_urlencoded::parse(request.body()).collect();
    let request_id = service.request_ids.next();
    let (status, rendered) = match web_identity::assume(service, &form) {
        Ok(assumed) => {
            let response = AssumedRole { assumed, request_id: request_id.clone() };
            (StatusCode::OK, response.render())
        }
        Err(error) => {
            let response = Rejected { error, request_id: request_id.clone() };
            (StatusCode::BAD_REQUEST, response.render())
        }
    };
    let mut response = match rendered {
        Ok(body) => with_type(plain(status, body), XML),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, ""),
    };
    insert(response.headers_mut(), "x-amzn-requestid", &request_id);
    response
}
