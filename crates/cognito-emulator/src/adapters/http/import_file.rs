//! The upload address for the file of an import job, which behaves like an Amazon S3 bucket.

use axum::http::{Method, Request, Response, StatusCode};

use super::{plain, with_type};
use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::operations::import_jobs::{self, UploadError};

/// A header that the signature of the address covers.
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// Returns whether a request sends the file of an import job.
pub(crate) fn is_upload(method: &Method, path: &str) -> bool {
    *method == Method::PUT && ids(path).is_some()
}

pub(super) fn respond(service: &Service, request: &Request<Vec<u8>>) -> Response<String> {
    match upload(service, request) {
        Ok(()) => plain(StatusCode::OK, ""),
        Err(UploadError::SignatureDoesNotMatch) => rejected(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method.",
        ),
        Err(UploadError::Expired) => rejected("AccessDenied", "Request has expired"),
    }
}

fn upload(service: &Service, request: &Request<Vec<u8>>) -> Result<(), UploadError> {
    let unsigned = UploadError::SignatureDoesNotMatch;
    let is_encrypted = request.headers().get(ENCRYPTION).is_some_and(|value| value == "aws:kms");
    let (pool_id, job_id) = ids(request.uri().path()).filter(|_| is_encrypted).ok_or(unsigned)?;
    let query = request.uri().query().unwrap_or_default();
    let mut query = form_urlencoded::parse(query.as_bytes());
    let (_, signature) = query.find(|(name, _)| name == "X-Amz-Signature").ok_or(unsigned)?;
    let file = request.body().clone();
    let taken = service.pool(pool_id).and_then(|pool| {
        pool.step(&service.shared, &mut Caller::default(), |step| {
            Ok(import_jobs::upload(step, job_id, &signature, file))
        })
    });
    taken.unwrap_or(Err(unsigned))
}

/// Returns the ids of the pool and of the job in a path.
fn ids(path: &str) -> Option<(&str, &str)> {
    let (pool_id, job_id) = path.strip_prefix('/')?.split_once("/imports/")?;
    (!pool_id.contains('/') && !job_id.contains('/')).then_some((pool_id, job_id))
}

fn rejected(code: &str, message: &str) -> Response<String> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    with_type(plain(StatusCode::FORBIDDEN, body), "application/xml")
}
