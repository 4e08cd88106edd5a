//! The run of an import with user import jobs.

use std::sync::Arc;

use bytes::Bytes;
use cognito_core::Admin;
use cognito_core::sdk::types::UserImportJobType;
use cognito_types::QuotaCategory;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::lines::{self, JobFile};
use super::records::{Input, Records};
use super::service_job::{self, Begun};
use super::{CsvImport, CsvImportReport, UserImportJobOutcome};
use crate::error::JobError;
use crate::import::plan::pool_rules;
use crate::quota::Quota;
use crate::run::{JobEvent, JobProgress, RunContext};
use crate::writes::JobFiles;

/// The number of consecutive jobs that may expire before the import fails.
const MOST_EXPIRED: u32 = 3;

pub(super) struct Work {
    import: CsvImport,
    admin: Admin,
    quota: Quota,
    context: RunContext,
    records: Records,
    files: JobFiles,
    start: Instant,
}

impl Work {
    pub(super) async fn run(
        import: CsvImport,
        admin: Admin,
        quota: Quota,
        context: RunContext,
    ) -> Result<CsvImportReport, JobError> {
        let files = JobFiles::of(&import.import.outcomes);
        let mut records = Records::open(&files, import.import.fence)?;
        let resumed = records.start(admin.pool_id().as_str(), &import.settings())?;
        let admin = admin.with_permits(context.permits(&quota));
        let work = Self { import, admin, quota, context, records, files, start: Instant::now() };
        work.import_all(resumed).await
    }

    async fn import_all(mut self, resumed: bool) -> Result<CsvImportReport, JobError> {
        let rules = Arc::new(pool_rules(&self.admin).await?);
        let header = lines::header(&self.admin).await?;
        let input = self.import.check_input(&rules, &header).await?;
        if let Some(first) = input.plan.rejected.first()
            && !self.import.import.skips_rejected
        {
            let (line, reason) = (first.line, first.reason.clone());
            return Err(JobError::RejectedLines { lines: input.plan.rejected_lines, line, reason });
        }
        let (users, jobs, digest) = (input.plan.users, input.plan.jobs, input.digest);
        self.records.set_input(Input { users, jobs, digest: digest.clone() })?;
        self.context.send(JobEvent::Started { expected: users, resumed });
        let mut job_files = self.import.files(&rules, header)?;
        let mut number = 0;
        while let Some(file) = job_files.next()? {
            if number >= self.records.ended.len() {
                self.import_file(file).await?;
            }
            number = number.saturating_add(1);
        }
        job_files.check_digest(&digest)?;
        self.finish(users)
    }

    /// Imports the users of a file.
    async fn import_file(&mut self, file: JobFile) -> Result<(), JobError> {
        let JobFile { text, users, first_line, last_line } = file;
        let file = Bytes::from(text);
        let (job_id, name) = self.started_job(&file).await?;
        drop(file);
        let (done, expected) = self.counted();
        let report = |job: &UserImportJobType| {
            let counts = [job.imported_users(), job.skipped_users(), job.failed_users()];
            let read = counts.into_iter().map(count).fold(done, u64::saturating_add);
            self.report(read, expected);
        };
        let job = service_job::ended(&self.admin, &job_id, report).await?;
        let status = job.status().map(|status| status.as_str().to_owned()).unwrap_or_default();
        self.records.ended(UserImportJobOutcome {
            job_id,
            name,
            first_line,
            last_line,
            users,
            status,
            imported: count(job.imported_users()),
            skipped: count(job.skipped_users()),
            failed: count(job.failed_users()),
            message: job.completion_message().map(str::to_owned),
        })
    }

    /// Returns the id and the name of a job that was started with a file.
    async fn started_job(&mut self, file: &Bytes) -> Result<(String, String), JobError> {
        let mut expired = 0;
        loop {
            let name = self.records.current.name.clone();
            let (name, may_exist) = match name {
                Some(name) => (name, true),
                None => (self.records.creating()?, false),
            };
            let id = match self.records.current.job_id.clone() {
                Some(id) => id,
                None => {
                    let role = &self.import.role;
                    let id = service_job::obtain(&self.admin, &name, role, may_exist).await?;
                    self.records.created(id.clone())?;
                    id
                }
            };
            match service_job::begin(&self.admin, &id, file).await? {
                Begun::Started => return Ok((id, name)),
                Begun::Expired if expired >= MOST_EXPIRED => {
                    return Err(JobError::JobExpired { id });
                }
                Begun::Expired => self.records.expired()?,
            }
            expired = expired.saturating_add(1);
        }
    }

    /// Returns the numbers of users of jobs that have ended, and of the whole input.
    fn counted(&self) -> (u64, u64) {
        let done = self.records.ended.iter().map(|job| job.users).sum();
        (done, self.records.input.as_ref().map_or(done, |input| input.users))
    }

    fn report(&self, done: u64, expected: u64) {
        let throttled = self.quota.usage(QuotaCategory::UserPoolResourceUpdate).throttled;
        let elapsed = self.start.elapsed();
        let progress = JobProgress { done, expected, throttled, elapsed, remaining: None };
        self.context.send(JobEvent::Progress(progress));
    }

    /// Writes the outcomes of the jobs, and removes the journal.
    fn finish(self, users: u64) -> Result<CsvImportReport, JobError> {
        let jobs = self.records.ended;
        self.files.write_lines(&jobs)?;
        self.files.directory().remove(&[])?;
        let sum = |count: fn(&UserImportJobOutcome) -> u64| jobs.iter().map(count).sum();
        Ok(CsvImportReport {
            users,
            imported: sum(|job| job.imported),
            skipped: sum(|job| job.skipped),
            failed: sum(|job| job.failed),
            output: self.files.output().to_owned(),
            jobs,
        })
    }
}

impl CsvImport {
    /// Returns the settings that a resumed run has to share.
    fn settings(&self) -> Value {
        json!({
            "job": "csv_import",
            "format": self.import.format,
            "role": self.role,
            "users_of_job": self.users_of_job,
            "output": self.import.outcomes.display().to_string(),
        })
    }
}

fn count(users: i64) -> u64 {
    u64::try_from(users).unwrap_or_default()
}
