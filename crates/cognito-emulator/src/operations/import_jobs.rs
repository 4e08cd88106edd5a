//! Import jobs, the upload of their files, and the CSV header.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::Bare;
use crate::state::client::is_same_secret;
use crate::state::import_file::{self, ImportFile};
use crate::state::import_job::{Counts, ImportJob, JobSettings, JobStatus};
use crate::state::pool::Pool;

/// The quota of jobs in a pool.
const MOST: usize = 1000;

/// UserImportJobType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserImportJob {
    #[serde(flatten)]
    settings: JobSettings,
    job_id: String,
    user_pool_id: String,
    pre_signed_url: String,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_date: Option<f64>,
    status: JobStatus,
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_message: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JobResponse {
    user_import_job: UserImportJob,
}

pub(super) fn create(
    step: &mut Step<'_>,
    settings: JobSettings,
) -> Result<JobResponse, ServiceError> {
    if step.pool.records.import_jobs.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} import jobs."
        )));
    }
    let id = format!("import-{}", step.random.client_id().split_at(10).0);
    let job = ImportJob::new(id.clone(), settings, step.random.opaque(64), step.date());
    let user_import_job = described(step, &job);
    step.pool.records.import_jobs.insert(id, job);
    Ok(JobResponse { user_import_job })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JobRequest {
    job_id: String,
}

pub(super) fn describe(
    step: &mut Step<'_>,
    request: JobRequest,
) -> Result<JobResponse, ServiceError> {
    let job = current(step, &request.job_id)?;
    Ok(JobResponse { user_import_job: described(step, &job) })
}

/// Starts a job whose file was uploaded.
pub(super) fn start(step: &mut Step<'_>, request: JobRequest) -> Result<JobResponse, ServiceError> {
    let mut job = current(step, &request.job_id)?;
    job.start(step.date())?;
    let pool = &*step.pool;
    if !pool.import_files.contains_key(&job.id) {
        // The message of the service: amplify-js#6416.
        let message = format!("No csv file was uploaded for {}", job.id);
        return Err(ServiceError::precondition_not_met(message));
    }
    // The guide documents both rules. The messages are not known, nor whether jobs of other pools
    // count; the emulator does not count them.
    if !["email", "phone_number"].iter().any(|attribute| pool.settings.verifies(attribute)) {
        return Err(ServiceError::precondition_not_met(
            "The user pool has no auto verified attributes.",
        ));
    }
    if pool.records.import_jobs.values().any(ImportJob::is_active) {
        return Err(ServiceError::precondition_not_met("Another import job is active."));
    }
    Ok(changed(step, job))
}

pub(super) fn stop(step: &mut Step<'_>, request: JobRequest) -> Result<JobResponse, ServiceError> {
    let mut job = current(step, &request.job_id)?;
    job.stop(step.date())?;
    step.pool.import_files.remove(&job.id);
    Ok(changed(step, job))
}

/// Returns a job, and marks it as expired if it was not started in time.
fn current(step: &mut Step<'_>, id: &str) -> Result<ImportJob, ServiceError> {
    let job = step.pool.records.import_jobs.get(id).cloned();
    let unknown = || ServiceError::resource_not_found(format!("Import job {id} does not exist."));
    let mut job = job.ok_or_else(unknown)?;
    let status = job.status;
    if job.expire(step.date()) && status != job.status {
        step.pool.import_files.remove(id);
        step.pool.records.import_jobs.insert(id.to_owned(), job.clone());
    }
    Ok(job)
}

fn changed(step: &mut Step<'_>, job: ImportJob) -> JobResponse {
    let user_import_job = described(step, &job);
    step.pool.records.import_jobs.insert(job.id.clone(), job);
    JobResponse { user_import_job }
}

fn described(step: &Step<'_>, job: &ImportJob) -> UserImportJob {
    let ImportJob { id, signature, .. } = job;
    let pool_id = &step.pool.id;
    let path = format!("{}/{pool_id}/imports/{id}", step.shared.endpoint);
    UserImportJob {
        settings: job.settings.clone(),
        job_id: id.clone(),
        user_pool_id: pool_id.to_string(),
        pre_signed_url: format!("{path}?X-Amz-Expires=900&X-Amz-Signature={signature}"),
        creation_date: job.created,
        start_date: job.started,
        completion_date: job.completed,
        status: job.status,
        counts: job.counts,
        completion_message: job.message.clone(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    user_import_jobs: Vec<UserImportJob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: PageMembers,
) -> Result<ListResponse, ServiceError> {
    let ids: Vec<String> = step.pool.records.import_jobs.keys().cloned().collect();
    for id in ids {
        current(step, &id)?;
    }
    let jobs = &step.pool.records.import_jobs;
    let entry = |job: &ImportJob| described(step, job);
    let (user_import_jobs, pagination_token) =
        page::records(request, "UserImportJobs", jobs, entry)?;
    Ok(ListResponse { user_import_jobs, pagination_token })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HeaderResponse {
    user_pool_id: String,
    #[serde(rename = "CSVHeader")]
    csv_header: Vec<String>,
}

/// Returns the columns of a CSV file.
pub(super) fn csv_header(step: &mut Step<'_>, _: Bare) -> Result<HeaderResponse, ServiceError> {
    let csv_header = import_file::columns(&step.pool.settings);
    Ok(HeaderResponse { user_pool_id: step.pool.id.to_string(), csv_header })
}

/// The rejection of an upload, with an error of Amazon S3.
#[derive(Clone, Copy, Debug)]
pub(crate) enum UploadError {
    SignatureDoesNotMatch,
    Expired,
    /// The files of all jobs would be too long.
    Full,
}

/// Returns the length of the files that a pool holds, without that of a job, which is replaced.
/// Files of jobs that have expired are removed.
pub(crate) fn held_bytes(step: &mut Step<'_>, replaced: &str) -> usize {
    let ids: Vec<String> = step.pool.import_files.keys().cloned().collect();
    for id in ids {
        let _expired_or_not = current(step, &id);
    }
    let files = step.pool.import_files.iter().filter(|(id, _)| *id != replaced);
    files.map(|(_, file)| file.held_bytes()).sum()
}

/// Checks the signature of an upload, and that the job takes a file.
pub(crate) fn check_upload(
    step: &Step<'_>,
    job_id: &str,
    signature: &str,
) -> Result<(), UploadError> {
    let job = step.pool.records.import_jobs.get(job_id);
    let job = job.filter(|job| is_same_secret(&job.signature, signature));
    let job = job.ok_or(UploadError::SignatureDoesNotMatch)?;
    // S3 would accept another file after the start; its effect is not known.
    if job.takes_file(step.date()) { Ok(()) } else { Err(UploadError::Expired) }
}

/// Stores the file of a job, and replaces an earlier one.
pub(crate) fn upload(
    step: &mut Step<'_>,
    job_id: &str,
    signature: &str,
    file: Vec<u8>,
) -> Result<(), UploadError> {
    check_upload(step, job_id, signature)?;
    step.pool.import_files.insert(job_id.to_owned(), ImportFile::new(file));
    Ok(())
}

/// Rejects a change of the pool while users are imported.
pub(super) fn check_no_import(pool: &Pool) -> Result<(), ServiceError> {
    match pool.records.import_jobs.values().any(ImportJob::is_active) {
        true => Err(ServiceError::user_import_in_progress(
            "A user import job is in progress for the user pool.",
        )),
        false => Ok(()),
    }
}
