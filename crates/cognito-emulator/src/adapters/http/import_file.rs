//! The upload address for the file of an import job, which behaves like an Amazon S3 bucket.

use std::mem;

use axum::http::{Method, Request, Response, StatusCode};

use super::{plain, with_type};
use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::operations::import_jobs::{self, UploadError};
use crate::state::import_file::MAX_HELD_BYTES;

/// A header that the signature of the address covers.
const ENCRYPTION: &str = "x-amz-server-side-encryption";

/// Returns whether a request sends the file of an import job.
pub(crate) fn is_upload(method: &Method, path: &str) -> bool {
    *method == Method::PUT && ids(path).is_some()
}

/// Stores the body of a request, which is moved because it is long.
pub(super) fn respond(service: &Service, request: &mut Request<Vec<u8>>) -> Response<String> {
    match upload(service, request, MAX_HELD_BYTES) {
        Ok(()) => plain(StatusCode::OK, ""),
        Err(error) => rejection(error),
    }
}

fn rejection(error: UploadError) -> Response<String> {
    let (status, code, message) = match error {
        UploadError::SignatureDoesNotMatch => (
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method.",
        ),
        UploadError::Expired => (StatusCode::FORBIDDEN, "AccessDenied", "Request has expired"),
        // A limit of the emulator, with an error of S3.
        UploadError::Full => (
            StatusCode::BAD_REQUEST,
            "EntityTooLarge",
            "The files of import jobs that have not ended would exceed 200 MiB; start and finish \
             the jobs, or delete their pools.",
        ),
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    with_type(plain(status, body), "application/xml")
}

fn upload(
    service: &Service,
    request: &mut Request<Vec<u8>>,
    max_bytes: usize,
) -> Result<(), UploadError> {
    let file = mem::take(request.body_mut());
    let unsigned = UploadError::SignatureDoesNotMatch;
    let is_encrypted = request.headers().get(ENCRYPTION).is_some_and(|value| value == "aws:kms");
    let (pool_id, job_id) = ids(request.uri().path()).filter(|_| is_encrypted).ok_or(unsigned)?;
    let query = request.uri().query().unwrap_or_default();
    let mut query = form_urlencoded::parse(query.as_bytes());
    let (_, signature) = query.find(|(name, _)| name == "X-Amz-Signature").ok_or(unsigned)?;
    let check = |step: &mut Step<'_>| Ok(import_jobs::check_upload(step, job_id, &signature));
    let pool = service.pool(pool_id).map_err(|_| unsigned)?;
    pool.step(&service.shared, &mut Caller::default(), check).unwrap_or(Err(unsigned))?;
    let mut held = file.len();
    for pool in service.pools() {
        let bytes = pool.step(&service.shared, &mut Caller::default(), |step| {
            Ok(import_jobs::held_bytes(step, job_id))
        });
        // A pool that was deleted in the meantime holds no files.
        held = held.saturating_add(bytes.unwrap_or_default());
    }
    if held > max_bytes {
        return Err(UploadError::Full);
    }
    let taken = pool.step(&service.shared, &mut Caller::default(), |step| {
        Ok(import_jobs::upload(step, job_id, &signature, file))
    });
    taken.unwrap_or(Err(unsigned))
}

/// Returns the ids of the pool and of the job in a path.
fn ids(path: &str) -> Option<(&str, &str)> {
    let (pool_id, job_id) = path.strip_prefix('/')?.split_once("/imports/")?;
    (!pool_id.contains('/') && !job_id.contains('/')).then_some((pool_id, job_id))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::{Emulator, LocalPool, PoolSettings, SigningKeys};

    /// Creates a job, and returns the path and the query of its address.
    fn job(pool: &LocalPool) -> String {
        let role = "arn:aws:iam::123456789012:role/log";
        let input = json!({ "JobName": "all", "CloudWatchLogsRoleArn": role });
        let job = pool.call("CreateUserImportJob", input).unwrap()["UserImportJob"].clone();
        let url = job["PreSignedUrl"].as_str().unwrap();
        url.strip_prefix(pool.endpoint()).unwrap().to_owned()
    }

    fn send(pool: &LocalPool, path: &str, length: usize) -> Result<(), UploadError> {
        let request = Request::put(path).header(ENCRYPTION, "aws:kms").body(vec![b'x'; length]);
        upload(pool.emulator().service(), &mut request.unwrap(), 100)
    }

    #[test]
    fn files_of_all_pools_have_a_total_limit() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        emulator.clock().freeze();
        let pools = [(); 2].map(|()| emulator.create_pool(PoolSettings::default()).unwrap());
        let [first, second] = &pools;
        let (replaced, other, later) = (job(first), job(first), job(second));
        assert!(send(first, &replaced, 60).is_ok());
        let full = send(first, &other, 41).unwrap_err();
        assert!(matches!(full, UploadError::Full));
        assert_eq!(rejection(full).status(), 400);
        let unsigned = other.replace("X-Amz-Signature=", "X-Amz-Signature=0");
        let refused = send(first, &unsigned, 41);
        assert!(matches!(refused, Err(UploadError::SignatureDoesNotMatch)));
        assert!(matches!(send(second, &later, 41), Err(UploadError::Full)));
        assert!(send(first, &replaced, 100).is_ok(), "the file of a job is replaced");
        assert!(matches!(send(second, &later, 1), Err(UploadError::Full)));
        assert!(send(first, &replaced, 60).is_ok());
        assert!(send(second, &later, 40).is_ok());
        // The first job expires after a day.
        emulator.clock().advance(Duration::from_secs(24 * 3600 + 1));
        assert!(send(second, &job(second), 100).is_ok());
    }

    #[test]
    fn upload_moves_the_body() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let pool = emulator.create_pool(PoolSettings::default()).unwrap();
        let request = Request::put(job(&pool)).header(ENCRYPTION, "aws:kms").body(vec![b'x'; 9]);
        let mut request = request.unwrap();
        assert_eq!(respond(emulator.service(), &mut request).status(), StatusCode::OK);
        assert_eq!(request.body().capacity(), 0);
    }
}
