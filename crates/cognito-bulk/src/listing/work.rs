//! The run of a list: groups, then shards, then the output.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cognito_core::{Admin, ErrorKind};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::future::try_join;
use tokio::time::Instant;

use super::members::Members;
use super::progress::{Complete, Entry, Listed, ListedGroup, Part, Progress, Started};
use super::{Listing, Memberships, Target, estimated_users, shards};
use crate::concurrent::run_all;
use crate::error::{JobError, OfFile};
use crate::files::blocking;
use crate::job_shard::JobShard;
use crate::journal::Journal;
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};
use crate::quota::Quota;
use crate::run::{JobEvent, JobProgress, RunContext};

/// The state of one run.
pub(crate) struct Work<T> {
    pub(super) target: T,
    pub(super) admin: Admin,
    pub(super) quota: Quota,
    pub(super) context: RunContext,
    pub(super) started: Started,
    records: Mutex<Records>,
    start: Instant,
}

/// A task, whose requests are sent one after the other.
#[derive(Clone, Debug)]
enum Task {
    /// Chooses the shards.
    Plan,
    /// Lists the users of the group with a number and a name.
    Group(u32, String),
    /// Lists the shard with a prefix.
    Shard(String),
}

/// The journal, the progress that it describes, and the number of users that were written since.
struct Records {
    journal: Journal,
    progress: Progress,
    /// The number of users in all parts, finished or not.
    written: u64,
    /// The number of users in finished parts at the start of the run.
    before: u64,
}

impl Records {
    fn record(&mut self, entry: Entry) -> Result<(), JobError> {
        self.journal.append(&entry)?;
        self.progress.apply(entry);
        Ok(())
    }
}

impl<T: Target> Work<T> {
    pub(crate) async fn run(
        target: T,
        admin: Admin,
        quota: Quota,
        context: RunContext,
    ) -> Result<T::Report, JobError> {
        let opened = target.clone();
        let mut records = blocking(move || open(&opened)).await?;
        let listing = target.listing();
        let (pool_id, start) = (admin.pool_id().as_str(), Instant::now());
        let earlier = records.progress.started.clone();
        let resumed = earlier.is_some();
        let started = match earlier {
            Some(started) => started,
            None => {
                let started = begin(listing, &admin).await?;
                records.record(Entry::Started(started.clone()))?;
                started
            }
        };
        started.check(listing, pool_id)?;
        context.send(JobEvent::Started { expected: started.expected, resumed });
        if let Some(report) = records.progress.report {
            let report = serde_json::from_value(report).map_err(|_| JobError::OtherSettings)?;
            listing.paths.clean_up()?;
            return Ok(report);
        }
        records.record(Entry::Run)?;
        let records = Mutex::new(records);
        let work = Self { target, admin, quota, context, started, records, start };
        work.list().await?;
        work.check_count().await?;
        let _last = work.context.unstoppable();
        blocking(move || work.finish()).await
    }

    /// Lists the groups and the shards that are not listed yet.
    async fn list(&self) -> Result<(), JobError> {
        if T::ROWS_HAVE_GROUPS {
            // Boxed, because the future of the run would otherwise contain both.
            let groups = Box::pin(self.run_tasks(self.unlisted_groups()));
            try_join(groups, Box::pin(self.plan())).await?;
            self.run_tasks(self.unlisted_shards()?).await
        } else {
            let tasks = [vec![Task::Plan], self.unlisted_groups()].concat();
            self.run_tasks(tasks).await
        }
    }

    /// Runs tasks, and the tasks that they return.
    async fn run_tasks(&self, tasks: Vec<Task>) -> Result<(), JobError> {
        let members = Mutex::new(Members::open(self.listing().paths.members())?);
        let run = |task| -> BoxFuture<'_, _> {
            let members = &members;
            Box::pin(async move {
                match task {
                    Task::Group(number, name) => self.list_group(number, name, members).await,
                    Task::Plan => {
                        self.plan().await?;
                        self.unlisted_shards()
                    }
                    Task::Shard(prefix) => {
                        let further = self.list_shard(prefix).await?;
                        Ok(further.into_iter().map(Task::Shard).collect())
                    }
                }
            })
        };
        let is_group = |task: &Task| matches!(task, Task::Group(..));
        // The pages of a group are listed one after the other, and a group may have all users of
        // the pool.
        let is_long = |task: &Task| !T::ROWS_HAVE_GROUPS && is_group(task);
        run_all(&self.quota, QuotaCategory::UserList, tasks, is_long, run).await
    }

    /// Returns the tasks of the groups that are not listed yet.
    fn unlisted_groups(&self) -> Vec<Task> {
        if self.listing().settings.memberships != Some(Memberships::ByGroup) {
            return Vec::new();
        }
        let listed = &self.records().progress.groups;
        let groups = (0..).zip(&self.started.groups);
        let groups = groups.filter(|(_, group)| !listed.contains_key(&group.name));
        groups.map(|(number, group)| Task::Group(number, group.name.clone())).collect()
    }

    /// Returns the tasks of the shards that are not listed yet.
    fn unlisted_shards(&self) -> Result<Vec<Task>, JobError> {
        let parts = self.listing().paths.parts();
        fs::create_dir_all(&parts).of_file(&parts)?;
        let unfinished = self.records().progress.unfinished();
        Ok(unfinished.into_iter().map(Task::Shard).collect())
    }

    async fn list_group(
        &self,
        number: u32,
        name: String,
        members: &Mutex<Members>,
    ) -> Result<Vec<Task>, JobError> {
        let run = self.records().progress.runs;
        let mut listed = Listed { members: 0, run };
        let mut pages = self.admin.group(name.as_str()).users().timeout(PERMIT_TIMEOUT).pages();
        loop {
            let page = match next_page(&mut pages).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // If this succeeds, only the group was deleted, and not the pool.
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
        let (users, settings) = (self.started.expected, &self.listing().settings);
        let (shard_users, part) = (settings.shard_users, settings.shard);
        let shards = shards::shards(&self.admin, &self.quota, users, shard_users, part).await?;
        self.records().record(Entry::Planned { shards })
    }

    /// Fails if far fewer users were listed than the service estimates, both at the start and now.
    async fn check_count(&self) -> Result<(), JobError> {
        let (users, part) = (self.records().progress.done(), self.listing().settings.shard);
        let is_far_below = |expected| is_far_below(users, expected, part);
        if self.listing().allows_incomplete || !is_far_below(self.started.expected) {
            return Ok(());
        }
        let pool = patiently(|| self.admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
        let expected = shards::users_of(part, estimated_users(&pool));
        if is_far_below(expected) {
            return Err(JobError::Incomplete { users, expected });
        }
        Ok(())
    }

    /// Writes the output, removes the files of the job, and returns the report. The journal stays
    /// locked meanwhile, even if the run is dropped.
    fn finish(&self) -> Result<T::Report, JobError> {
        let mut records = self.records();
        records.journal.check_claim()?;
        let Progress { groups, parts, .. } = &records.progress;
        let (groups, parts) = (groups.clone(), parts.clone());
        let users = Complete { started: self.started.clone(), groups, parts };
        let (report, paths) = (self.target.finish(&users)?, &self.listing().paths);
        let entry = serde_json::to_value(&report).map_err(std::io::Error::from);
        records.record(Entry::Finished { report: entry.of_file(&paths.directory().journal())? })?;
        // The journal stays locked until the files are removed.
        paths.clean_up()?;
        Ok(report)
    }

    pub(super) fn listing(&self) -> &Listing {
        self.target.listing()
    }

    /// Adds to the number of written users, and reports the progress.
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

    /// Records that a shard was divided, and subtracts its written users, whose rows are removed.
    pub(super) fn shard_divided(&self, prefix: String, written: u64) -> Result<(), JobError> {
        let mut records = self.records();
        records.written = records.written.saturating_sub(written);
        records.record(Entry::Divided { prefix })
    }

    /// Returns the runs that have listed the groups, by the numbers of the groups.
    pub(super) fn runs_of_groups(&self) -> Vec<u32> {
        self.started.runs_of_groups(&self.records().progress.groups)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the journal of a list. Fails if the output exists before this list has written it.
fn open<T: Target>(target: &T) -> Result<Records, JobError> {
    target.check()?;
    let (paths, has_output) = (&target.listing().paths, target.has_output()?);
    let journal = paths.directory().journal();
    if has_output && !journal.exists() {
        return Err(JobError::OutputExists);
    }
    paths.directory().create()?;
    let (journal, mut progress) = Progress::open(&journal, target.listing().fence)?;
    if progress.started.is_none() && paths.directory().has_other_files()? {
        return Err(JobError::DirectoryInUse);
    }
    forget_lost::<T>(target.listing(), &mut progress)?;
    // A run that was killed at its end may have written the output.
    if has_output && progress.report.is_none() && !progress.is_listed() {
        return Err(JobError::OutputExists);
    }
    let before = progress.done();
    Ok(Records { journal, progress, written: before, before })
}

/// Removes parts and groups from the progress whose files are lost, such as after a power failure,
/// so that they are listed again.
fn forget_lost<T: Target>(listing: &Listing, progress: &mut Progress) -> Result<(), JobError> {
    progress.parts.retain(|prefix, part| {
        let file = fs::metadata(listing.paths.part(prefix));
        file.is_ok_and(|file| file.len() == part.bytes)
    });
    let is_joined = T::ROWS_HAVE_GROUPS && progress.is_listed();
    if progress.groups.is_empty() || is_joined {
        return Ok(());
    }
    let counts = Members::counts(&listing.paths.members())?;
    let names = progress.started.iter().flat_map(|started| &started.groups);
    for (number, ListedGroup { name, .. }) in (0..).zip(names) {
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

/// Returns whether fewer than half of the expected users were listed.
fn is_far_below(users: u64, expected: u64, part: Option<JobShard>) -> bool {
    // A small part may by chance have far fewer users than other parts.
    let least = part.map_or(0, |_| LEAST_OF_PART);
    expected >= least && users.saturating_mul(2) < expected
}

/// The estimated number of users of a part from which a lack of half of them is not by chance.
const LEAST_OF_PART: u64 = 1_000;

/// Reads the settings of the pool on which a list depends.
async fn begin(listing: &Listing, admin: &Admin) -> Result<Started, JobError> {
    let pool = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
    let schema = pool.schema_attributes().iter().filter_map(|attribute| attribute.name());
    let attributes = schema.filter(|name| *name != "sub").map(str::to_owned).collect();
    let groups = match listing.settings.memberships {
        Some(_) => patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?,
        None => Vec::new(),
    };
    let expected = shards::users_of(listing.settings.shard, estimated_users(&pool));
    Ok(Started::new(listing, admin.pool_id().as_str(), expected, attributes, &groups))
}

fn users_per_second(users: u64, seconds: f64) -> Option<f64> {
    let users = f64::from(u32::try_from(users).unwrap_or(u32::MAX));
    (users > 0.0 && seconds > 0.0).then(|| users / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_a_large_part_are_compared_with_its_estimate() {
        let part = JobShard::new(1, 3).ok();
        assert!(is_far_below(0, 1_000, part) && is_far_below(499, 1_000, part));
        assert!(!is_far_below(500, 1_000, part) && !is_far_below(0, 999, part));
        assert!(is_far_below(0, 1, None) && !is_far_below(0, 0, None));
    }
}
