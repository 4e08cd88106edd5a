//! The work of an export: groups, then shards, then the output.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_core::{Admin, ErrorKind, Group};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::future::try_join;
use tokio::time::Instant;

use super::members::Members;
use super::plan::{self, estimated_users};
use super::progress::{Entry, Listed, Part, Progress, Started};
use super::{Export, ExportReport, assemble};
use crate::concurrent::run_all;
use crate::error::{JobError, OfFile};
use crate::files::{self, blocking};
use crate::journal::Journal;
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
use crate::quota::Quota;
use crate::run::{JobEvent, JobProgress, RunContext};

/// The work of one run.
pub(super) struct Work {
    pub(super) export: Export,
    pub(super) admin: Admin,
    pub(super) quota: Quota,
    pub(super) context: RunContext,
    pub(super) started: Started,
    records: Mutex<Records>,
    start: Instant,
}

/// The journal, the progress that it describes, and the users that were written besides.
struct Records {
    journal: Journal,
    progress: Progress,
    /// The users in parts, finished or not.
    written: u64,
    /// The users in finished parts at the start.
    before: u64,
}

impl Records {
    fn record(&mut self, entry: Entry) -> Result<(), JobError> {
        self.journal.append(&entry)?;
        self.progress.apply(entry);
        Ok(())
    }
}

impl Work {
    pub(super) async fn run(
        export: Export,
        admin: Admin,
        quota: Quota,
        context: RunContext,
    ) -> Result<ExportReport, JobError> {
        let opened = export.clone();
        let mut records = blocking(move || open(&opened)).await?;
        let (pool_id, start) = (admin.pool_id().as_str(), Instant::now());
        let earlier = records.progress.started.clone();
        let resumed = earlier.is_some();
        let started = match earlier {
            Some(started) => started,
            None => {
                let started = begin(&export, &admin).await?;
                records.record(Entry::Started(started.clone()))?;
                started
            }
        };
        started.check(&export, pool_id)?;
        context.send(JobEvent::Started { expected: started.expected, resumed });
        if let Some(report) = records.progress.report {
            assemble::clean_up(&export)?;
            return Ok(report);
        }
        records.record(Entry::Run)?;
        let records = Mutex::new(records);
        let work = Self { export, admin, quota, context, started, records, start };
        // In boxes, as the future of the run would hold both.
        let (groups, plan) = (Box::pin(work.list_groups()), Box::pin(work.plan()));
        try_join(groups, plan).await?;
        work.list_shards().await?;
        work.check_count().await?;
        let _last = work.context.unstoppable();
        blocking(move || work.finish()).await
    }

    /// Lists the users of the groups that are not listed yet.
    async fn list_groups(&self) -> Result<(), JobError> {
        if !self.export.settings.groups {
            return Ok(());
        }
        let members = Mutex::new(Members::open(self.members())?);
        let mut groups: Vec<_> = (0..).zip(self.started.groups.clone()).collect();
        groups.retain(|(_, name)| !self.records().progress.groups.contains_key(name));
        let list = |(number, name)| -> BoxFuture<'_, _> {
            Box::pin(self.list_group(number, name, &members))
        };
        run_all(&self.quota, QuotaCategory::UserList, groups, list).await
    }

    async fn list_group(
        &self,
        number: u32,
        name: String,
        members: &Mutex<Members>,
    ) -> Result<Vec<(u32, String)>, JobError> {
        let run = self.records().progress.runs;
        let mut listed = Listed { members: 0, run };
        let mut pages = self.admin.group(name.as_str()).users().timeout(PERMIT_TIMEOUT).pages();
        loop {
            let page = match next_page(&mut pages).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // The group was deleted, unless this fails: then the pool was.
                    patiently(|| self.admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
                    listed = Listed { members: 0, run: 0 };
                    break;
                }
                page => page?,
            };
            let Some(page) = page else { break };
            let mut members = members.lock().unwrap_or_else(PoisonError::into_inner);
            for sub in page.items.iter().filter_map(|user| user.subject()) {
                members.add(sub, number, run)?;
                listed.members = listed.members.saturating_add(1);
            }
        }
        let written = members.lock().unwrap_or_else(PoisonError::into_inner).written()?;
        blocking(move || {
            written.iter().try_for_each(|(path, file)| file.sync_data().of_file(path))
        })
        .await?;
        self.records().record(Entry::Group { name: name.clone(), listed })?;
        let members = listed.members;
        self.context.send(JobEvent::GroupListed { name, members });
        Ok(Vec::new())
    }

    /// Chooses the shards.
    async fn plan(&self) -> Result<(), JobError> {
        if self.records().progress.is_planned() {
            return Ok(());
        }
        let (users, shard_users) = (self.started.expected, self.export.settings.shard_users);
        let shards = plan::shards(&self.admin, &self.quota, users, shard_users).await?;
        self.records().record(Entry::Planned { shards })
    }

    async fn list_shards(&self) -> Result<(), JobError> {
        let parts = self.parts();
        fs::create_dir_all(&parts).of_file(&parts)?;
        let unfinished = self.records().progress.unfinished();
        let list = |prefix| -> BoxFuture<'_, _> { Box::pin(self.list_shard(prefix)) };
        run_all(&self.quota, QuotaCategory::UserList, unfinished, list).await
    }

    /// Fails if the users are far fewer than the service estimates, then and now.
    async fn check_count(&self) -> Result<(), JobError> {
        let users = self.records().progress.done();
        let is_far_below = |expected: u64| users.saturating_mul(2) < expected;
        if self.export.allows_incomplete || !is_far_below(self.started.expected) {
            return Ok(());
        }
        let pool = patiently(|| self.admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
        let expected = estimated_users(&pool);
        if is_far_below(expected) {
            return Err(JobError::Incomplete { users, expected });
        }
        Ok(())
    }

    /// Writes the output, removes the files of the job, and returns the report. The journal is locked
    /// until then, also if the run was dropped meanwhile.
    fn finish(&self) -> Result<ExportReport, JobError> {
        let mut records = self.records();
        let Progress { groups, parts, .. } = &records.progress;
        assemble::output(&self.export, &self.started, parts)?;
        let report = ExportReport {
            users: records.progress.done(),
            expected: self.started.expected,
            duplicates: parts.values().map(|part| part.duplicates).sum(),
            memberships: groups.values().map(|listed| listed.members).sum(),
        };
        records.record(Entry::Finished(report.clone()))?;
        // The journal is locked meanwhile.
        assemble::clean_up(&self.export)?;
        Ok(report)
    }

    /// Counts users that were written, and reports the progress.
    pub(super) fn written(&self, users: u64) {
        let mut records = self.records();
        records.written = records.written.saturating_add(users);
        let (done, before) = (records.written, records.before);
        drop(records);
        let (elapsed, expected) = (self.start.elapsed(), self.started.expected);
        let speed = users_per_second(done.saturating_sub(before), elapsed.as_secs_f64());
        let rest = f64::from(u32::try_from(expected.saturating_sub(done)).unwrap_or(u32::MAX));
        let remaining = speed.and_then(|speed| Duration::try_from_secs_f64(rest / speed).ok());
        let throttled = self.quota.usage(QuotaCategory::UserList).throttled;
        let progress = JobProgress { done, expected, throttled, elapsed, remaining };
        self.context.send(JobEvent::Progress(progress));
    }

    /// Records that a part is complete.
    pub(super) fn shard_finished(&self, prefix: String, part: Part) -> Result<(), JobError> {
        self.records().record(Entry::Shard { prefix: prefix.clone(), part })?;
        self.context.send(JobEvent::ShardFinished { prefix, users: part.users });
        Ok(())
    }

    /// Records that a shard is divided, whose users were written and are removed.
    pub(super) fn shard_divided(&self, prefix: String, written: u64) -> Result<(), JobError> {
        let mut records = self.records();
        records.written = records.written.saturating_sub(written);
        records.record(Entry::Divided { prefix })
    }

    /// Returns the runs that have listed the groups, by the numbers of the groups.
    pub(super) fn runs_of_groups(&self) -> Vec<u32> {
        let listed = &self.records().progress.groups;
        let run = |name: &String| listed.get(name).map_or(0, |listed| listed.run);
        self.started.groups.iter().map(run).collect()
    }

    pub(super) fn members(&self) -> PathBuf {
        assemble::members(&self.export)
    }

    fn parts(&self) -> PathBuf {
        assemble::parts(&self.export)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the journal of an export, whose output may not exist before it is assembled.
fn open(export: &Export) -> Result<Records, JobError> {
    files::check_target(&export.output, &export.directory)?;
    let (directory, journal) = (assemble::directory(export), assemble::journal(export));
    let has_output = export.output.symlink_metadata().is_ok();
    if has_output && !journal.exists() {
        return Err(JobError::OutputExists);
    }
    fs::create_dir_all(&directory).of_file(&directory)?;
    let (journal, mut progress) = Progress::open(&journal)?;
    if progress.started.is_none() && assemble::has_other_files(export)? {
        return Err(JobError::DirectoryInUse);
    }
    forget_lost(export, &mut progress)?;
    // A run that was killed at its end may have made the output.
    if has_output && progress.report.is_none() && !progress.is_listed() {
        return Err(JobError::OutputExists);
    }
    let before = progress.done();
    Ok(Records { journal, progress, written: before, before })
}

/// Forgets parts and groups that the journal has and the files have not, such as after a power
/// failure: they are listed again.
fn forget_lost(export: &Export, progress: &mut Progress) -> Result<(), JobError> {
    progress.parts.retain(|prefix, part| {
        let file = fs::metadata(assemble::part(export, prefix));
        file.is_ok_and(|file| file.len() == part.bytes)
    });
    if progress.groups.is_empty() || progress.is_listed() {
        return Ok(());
    }
    let counts = Members::counts(&assemble::members(export))?;
    let names = progress.started.iter().flat_map(|started| &started.groups);
    for (number, name) in (0..).zip(names) {
        let listed = progress.groups.get(name);
        let is_lost = |listed: &Listed| {
            let members = counts.get(&(number, listed.run)).copied().unwrap_or_default();
            members != listed.members
        };
        if listed.is_some_and(is_lost) {
            progress.groups.remove(name);
        }
    }
    Ok(())
}

/// Reads what an export has to know of a pool.
async fn begin(export: &Export, admin: &Admin) -> Result<Started, JobError> {
    let pool = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
    let schema = pool.schema_attributes().iter().filter_map(|attribute| attribute.name());
    let attributes = schema.filter(|name| *name != "sub").map(str::to_owned).collect();
    let groups = match export.settings.groups {
        true => patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?,
        false => Vec::new(),
    };
    let groups = groups.iter().map(Group::name).map(str::to_owned).collect();
    let expected = estimated_users(&pool);
    Ok(Started::new(export, admin.pool_id().as_str(), expected, attributes, groups))
}

fn users_per_second(users: u64, seconds: f64) -> Option<f64> {
    let users = f64::from(u32::try_from(users).unwrap_or(u32::MAX));
    (users > 0.0 && seconds > 0.0).then(|| users / seconds)
}
