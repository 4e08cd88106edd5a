//! Import jobs. They are kept with their states; no file is taken and no user imported.

use crate::flows::step::Step;
use crate::operations::subject::Bare;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::record_page;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::Pool;
use crate::state::schema;

/// The quota of jobs in a pool.
const MOST: usize = 1000;

/// Seconds after which a job that was not started has expired.
const EXPIRES: f64 = 86_400.0;

pub(super) fn create(step: &mut Step<'_>, given: Members) -> Output {
    if step.pool.records.import_jobs.len() >= MOST {
        return Err(ServiceError::limit_exceeded(format!(
            "A user pool has at most {MOST} import jobs."
        )));
    }
    let id = format!("import-{}", step.random.client_id().split_at(10).0);
    let upload = format!("{}/{}/imports/{id}", step.shared.endpoint, step.pool.id);
    let mut job = given;
    for (member, value) in [
        ("JobId", json!(id)),
        ("PreSignedUrl", json!(upload)),
        ("CreationDate", json!(step.date())),
        ("Status", json!("Created")),
        ("ImportedUsers", json!(0)),
        ("SkippedUsers", json!(0)),
        ("FailedUsers", json!(0)),
    ] {
        job.insert(member.to_owned(), value);
    }
    let answer = json!({ "UserImportJob": job });
    step.pool.records.import_jobs.insert(id, job);
    Ok(answer)
}

pub(super) fn describe(step: &mut Step<'_>, given: Members) -> Output {
    with_job(step, given, |_, _| Ok(()))
}

pub(super) fn start(step: &mut Step<'_>, given: Members) -> Output {
    with_job(step, given, |job, date| {
        check_state(job, "Created")?;
        job.insert("Status".to_owned(), json!("InProgress"));
        job.insert("StartDate".to_owned(), date.into());
        Ok(())
    })
}

pub(super) fn stop(step: &mut Step<'_>, given: Members) -> Output {
    with_job(step, given, |job, date| {
        check_state(job, "InProgress")?;
        job.insert("Status".to_owned(), json!("Stopped"));
        job.insert("CompletionDate".to_owned(), date.into());
        Ok(())
    })
}

pub(super) fn list(step: &mut Step<'_>, given: Members) -> Output {
    let date = step.date();
    step.pool.records.import_jobs.values_mut().for_each(|job| expire(job, date));
    let names = ["MaxResults", "PaginationToken", "UserImportJobs"];
    record_page::list(&given, &step.pool.records.import_jobs, names, |job| json!(job))
}

/// The columns of a file of users: their attributes, the second factor, the name.
pub(super) fn csv_header(step: &mut Step<'_>, _: Bare) -> Output {
    const NOT_IMPORTED: [&str; 2] = ["identities", "sub"];
    let schema = step.pool.configuration().get("SchemaAttributes");
    let names = schema.into_iter().flat_map(schema::names);
    let columns = names.filter(|name| !NOT_IMPORTED.contains(name) && !name.starts_with("dev:"));
    let columns: Value = columns.chain(["cognito:mfa_enabled", "cognito:username"]).collect();
    Ok(json!({ "UserPoolId": step.pool.id.as_str(), "CSVHeader": columns }))
}

impl Pool {
    /// Refuses to change the pool while users are imported.
    pub(crate) fn check_no_import(&self) -> Result<(), ServiceError> {
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
    step: &mut Step<'_>,
    given: Members,
    change: impl Fn(&mut Members, f64) -> Result<(), ServiceError>,
) -> Output {
    let date = step.date();
    let id = given.text("JobId");
    let unknown = || ServiceError::resource_not_found(format!("Import job {id} does not exist."));
    let job = step.pool.records.import_jobs.get_mut(id).ok_or_else(unknown)?;
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
