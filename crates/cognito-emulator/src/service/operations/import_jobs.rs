//! Import jobs. They are kept with their states; no file is taken and no user imported.

use serde_json::{Value, json};

use super::Output;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::members::{Members, MembersExt};
use crate::service::pool::Pool;
use crate::service::record_page;
use crate::service::schema;

/// The quota of jobs in a pool.
const MOST: usize = 1000;

/// Seconds after which a job that was not started has expired.
const EXPIRES: f64 = 86_400.0;

pub(super) fn create(service: &mut Service, given: Members) -> Output {
    let mut scope = service.named_pool(&given)?;
    if scope.pool.records.import_jobs.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} import jobs."
        )));
    }
    let id = format!("import-{}", scope.random.client_id().split_at(10).0);
    let upload = format!("{}/{}/imports/{id}", scope.endpoint, scope.pool.id);
    let mut job = given;
    for (member, value) in [
        ("JobId", json!(id)),
        ("PreSignedUrl", json!(upload)),
        ("CreationDate", json!(scope.date())),
        ("Status", json!("Created")),
        ("ImportedUsers", json!(0)),
        ("SkippedUsers", json!(0)),
        ("FailedUsers", json!(0)),
    ] {
        job.insert(member.to_owned(), value);
    }
    let answer = json!({ "UserImportJob": job });
    scope.pool.records.import_jobs.insert(id, job);
    Ok(answer)
}

pub(super) fn describe(service: &mut Service, given: Members) -> Output {
    with_job(service, given, |_, _| Ok(()))
}

pub(super) fn start(service: &mut Service, given: Members) -> Output {
    with_job(service, given, |job, date| {
        check_state(job, "Created")?;
        job.insert("Status".to_owned(), json!("InProgress"));
        job.insert("StartDate".to_owned(), date.into());
        Ok(())
    })
}

pub(super) fn stop(service: &mut Service, given: Members) -> Output {
    with_job(service, given, |job, date| {
        check_state(job, "InProgress")?;
        job.insert("Status".to_owned(), json!("Stopped"));
        job.insert("CompletionDate".to_owned(), date.into());
        Ok(())
    })
}

pub(super) fn list(service: &mut Service, given: Members) -> Output {
    let scope = service.named_pool(&given)?;
    let date = scope.date();
    scope.pool.records.import_jobs.values_mut().for_each(|job| expire(job, date));
    let names = ["MaxResults", "PaginationToken", "UserImportJobs"];
    record_page::list(&given, &scope.pool.records.import_jobs, names, |job| json!(job))
}

/// The columns of a file of users: their attributes, the second factor, the name.
pub(super) fn csv_header(service: &mut Service, given: Members) -> Output {
    const NOT_IMPORTED: [&str; 2] = ["identities", "sub"];
    let scope = service.named_pool(&given)?;
    let schema = scope.pool.configuration().get("SchemaAttributes");
    let names = schema.into_iter().flat_map(schema::names);
    let columns = names.filter(|name| !NOT_IMPORTED.contains(name) && !name.starts_with("dev:"));
    let columns: Value = columns.chain(["cognito:mfa_enabled", "cognito:username"]).collect();
    Ok(json!({ "UserPoolId": scope.pool.id.as_str(), "CSVHeader": columns }))
}

impl Pool {
    /// Refuses to change the pool while users are imported.
    pub(super) fn check_no_import(&self) -> Result<(), ServiceError> {
        let mut jobs = self.records.import_jobs.values();
        match jobs.any(|job| job.text("Status") == "InProgress") {
            true => Err(ServiceError::user_import_in_progress(
                "A user import job is in progress for the user pool.",
            )),
            false => Ok(()),
        }
    }
}

fn with_job(
    service: &mut Service,
    given: Members,
    change: impl Fn(&mut Members, f64) -> Result<(), ServiceError>,
) -> Output {
    let scope = service.named_pool(&given)?;
    let date = scope.date();
    let id = given.text("JobId");
    let unknown = || ServiceError::resource_not_found(format!("Import job {id} does not exist."));
    let job = scope.pool.records.import_jobs.get_mut(id).ok_or_else(unknown)?;
    expire(job, date);
    change(job, date)?;
    Ok(json!({ "UserImportJob": job }))
}

fn expire(job: &mut Members, date: f64) {
    let created = job.get("CreationDate").and_then(Value::as_f64).unwrap_or_default();
    if job.text("Status") == "Created" && created + EXPIRES < date {
        job.insert("Status".to_owned(), json!("Expired"));
    }
}

fn check_state(job: &Members, wanted: &str) -> Result<(), ServiceError> {
    match job.text("Status") {
        state if state == wanted => Ok(()),
        state => Err(ServiceError::precondition_not_met(format!(
            "The import job is {state} and not {wanted}."
        ))),
    }
}
