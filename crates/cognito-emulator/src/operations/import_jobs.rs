//! Import jobs. They are stored with their states; no file is taken and no user imported.

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::{self, PageMembers};
use crate::operations::subject::Bare;
use crate::state::import_job::ImportJob;
use crate::state::members::Members;
use crate::state::pool::Pool;

/// The quota of jobs in a pool.
const MOST: usize = 1000;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct JobResponse {
    user_import_job: ImportJob,
}

pub(super) fn create(step: &mut Step<'_>, sent: Members) -> Result<JobResponse, ServiceError> {
    if step.pool.records.import_jobs.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} import jobs."
        )));
    }
    let id = format!("import-{}", step.random.client_id().split_at(10).0);
    let upload = format!("{}/{}/imports/{id}", step.shared.endpoint, step.pool.id);
    let user_import_job = ImportJob::new(id.clone(), upload, step.date(), sent);
    step.pool.records.import_jobs.insert(id, user_import_job.clone());
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
    with_job(step, request, |_, _| Ok(()))
}

pub(super) fn start(step: &mut Step<'_>, request: JobRequest) -> Result<JobResponse, ServiceError> {
    with_job(step, request, ImportJob::start)
}

pub(super) fn stop(step: &mut Step<'_>, request: JobRequest) -> Result<JobResponse, ServiceError> {
    with_job(step, request, ImportJob::stop)
}

fn with_job(
    step: &mut Step<'_>,
    request: JobRequest,
    change: impl Fn(&mut ImportJob, f64) -> Result<(), ServiceError>,
) -> Result<JobResponse, ServiceError> {
    let date = step.date();
    let id = request.job_id;
    let unknown = || ServiceError::resource_not_found(format!("Import job {id} does not exist."));
    let job = step.pool.records.import_jobs.get_mut(&id).ok_or_else(unknown)?;
    job.expire(date);
    change(job, date)?;
    Ok(JobResponse { user_import_job: job.clone() })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    user_import_jobs: Vec<ImportJob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: PageMembers,
) -> Result<ListResponse, ServiceError> {
    let date = step.date();
    let jobs = &mut step.pool.records.import_jobs;
    jobs.values_mut().for_each(|job| job.expire(date));
    let (user_import_jobs, pagination_token) =
        page::records(request, "UserImportJobs", jobs, Clone::clone)?;
    Ok(ListResponse { user_import_jobs, pagination_token })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HeaderResponse {
    user_pool_id: String,
    #[serde(rename = "CSVHeader")]
    csv_header: Vec<String>,
}

/// Returns the columns of a file of users: their attributes, the second factor, the name.
pub(super) fn csv_header(step: &mut Step<'_>, _: Bare) -> Result<HeaderResponse, ServiceError> {
    const NOT_IMPORTED: [&str; 2] = ["identities", "sub"];
    let names = step.pool.settings.schema.iter().map(|attribute| attribute.name.as_str());
    let columns = names.filter(|name| !NOT_IMPORTED.contains(name) && !name.starts_with("dev:"));
    let columns = columns.chain(["cognito:mfa_enabled", "cognito:username"]);
    let csv_header = columns.map(str::to_owned).collect();
    Ok(HeaderResponse { user_pool_id: step.pool.id.to_string(), csv_header })
}

/// Rejects a change of the pool while users are imported.
pub(super) fn check_no_import(pool: &Pool) -> Result<(), ServiceError> {
    match pool.records.import_jobs.values().any(ImportJob::is_running) {
        true => Err(ServiceError::user_import_in_progress(
            "A user import job is in progress for the user pool.",
        )),
        false => Ok(()),
    }
}
