//! The plan of an import: its requests, the time, and the lines that are rejected.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::Admin;
use cognito_core::sdk::types::UserPoolType;
use cognito_types::QuotaCategory;
use tokio::task::yield_now;

use super::Import;
use super::check::{CheckedRow, Checker, NewPassword, NewUser};
use super::input::InputRows;
use super::rejection::RejectedLine;
use super::rules::PoolRules;
use crate::error::{JobError, OfFile};
use crate::files;
use crate::patience::{PERMIT_TIMEOUT, patiently};
use crate::quota::Quota;

/// The maximum number of rejected lines in an [`ImportPlan`]. Further ones are only counted.
pub const MAX_REJECTED_LINES: usize = 1000;

/// The number of rows after which the check yields to other tasks.
pub(super) const ROWS_IN_TURN: u64 = 256;

/// The users of an input, its rejected lines, and the requests and the time that the import takes
/// within the quota.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImportPlan {
    /// The number of users to be created. If the import has [parts](Import::shard), it is that of
    /// the part.
    pub users: u64,
    /// The first rejected lines, up to [`MAX_REJECTED_LINES`].
    pub rejected: Vec<RejectedLine>,
    /// The number of all rejected lines.
    pub rejected_lines: u64,
    /// The numbers of requests by operation, if no user already exists.
    pub requests: BTreeMap<&'static str, u64>,
    /// The time of these requests at the current rates.
    pub time: Duration,
    /// The number of invitations that are sent.
    pub messages: u64,
    /// The maximum number of users that count as monthly active because of the import, equal to
    /// `users`.
    pub monthly_active_users: u64,
    /// The number of users that are confirmed with a random password, which they have to reset.
    pub without_password: u64,
    /// The groups that are created.
    pub groups_to_create: Vec<String>,
    /// The numbers of users by the fields that only the service can set, such as `sub`, and that
    /// are ignored.
    pub ignored: BTreeMap<&'static str, u64>,
}

/// The plan of an input, and the digest of its file.
pub(super) struct CheckedInput {
    pub(super) plan: ImportPlan,
    pub(super) rows: u64,
    pub(super) digest: String,
}

impl Import {
    /// Reads and checks the whole input.
    pub(super) async fn check_input(
        &self,
        rules: &Arc<PoolRules>,
    ) -> Result<CheckedInput, JobError> {
        let (mut plan, mut read, mut rows) = (ImportPlan::empty(), 0_u64, 0_u64);
        let mut checker = Checker::new(Arc::clone(rules), self.options);
        let mut input = InputRows::open(&self.input, self.format)?;
        let mut rejections = Rejections::create(self.rejected_to.as_deref(), &self.input).await?;
        while let Some(row) = input.next()? {
            add(&mut read, 1);
            let row = CheckedRow::new(row, &mut checker);
            let is_in_part = row.is_in(self.shard);
            add(&mut rows, u64::from(is_in_part));
            match row {
                CheckedRow { user: Ok(user), .. } if is_in_part => plan.add(&user),
                CheckedRow { user: Ok(_), .. } => {}
                CheckedRow { line, username, user: Err(reason) } => {
                    let username = Some(username).filter(|name| !name.is_empty());
                    let rejected = RejectedLine { line, username, reason };
                    rejections.write(&rejected)?;
                    plan.reject(rejected);
                }
            }
            if read.is_multiple_of(ROWS_IN_TURN) {
                yield_now().await;
            }
        }
        rejections.finish()?;
        plan.groups_to_create = checker.new_groups.into_iter().collect();
        Ok(CheckedInput { plan, rows, digest: input.digest() })
    }
}

impl ImportPlan {
    fn empty() -> Self {
        Self {
            users: 0,
            rejected: Vec::new(),
            rejected_lines: 0,
            requests: BTreeMap::new(),
            time: Duration::ZERO,
            messages: 0,
            monthly_active_users: 0,
            without_password: 0,
            groups_to_create: Vec::new(),
            ignored: BTreeMap::new(),
        }
    }

    fn add(&mut self, user: &NewUser) {
        add(&mut self.users, 1);
        add(&mut self.messages, u64::from(user.invitation.is_some()));
        add(&mut self.without_password, u64::from(matches!(user.password, NewPassword::Random)));
        let sets_password =
            matches!(user.password, NewPassword::Random | NewPassword::Permanent(_));
        let groups = u64::try_from(user.groups.len()).unwrap_or(u64::MAX);
        for (operation, requests) in [
            ("AdminCreateUser", 1),
            ("AdminSetUserPassword", u64::from(sets_password)),
            ("AdminDisableUser", u64::from(!user.is_enabled)),
            ("AdminAddUserToGroup", groups),
        ] {
            if requests > 0 {
                add(self.requests.entry(operation).or_default(), requests);
            }
        }
        for field in BTreeSet::from_iter(&user.ignored) {
            add(self.ignored.entry(field).or_default(), 1);
        }
    }

    fn reject(&mut self, line: RejectedLine) {
        add(&mut self.rejected_lines, 1);
        if self.rejected.len() < MAX_REJECTED_LINES {
            self.rejected.push(line);
        }
    }

    /// Adds the requests that create groups, and computes the time of all requests.
    pub(super) fn with_time(mut self, quota: &Quota) -> Self {
        self.monthly_active_users = self.users;
        let groups = u64::try_from(self.groups_to_create.len()).unwrap_or(u64::MAX);
        if groups > 0 {
            self.requests.insert("CreateGroup", groups);
        }
        self.time = time(&self.requests, quota);
        self
    }
}

/// Reads the rules of a pool.
pub(super) async fn pool_rules(admin: &Admin) -> Result<PoolRules, JobError> {
    let pool: UserPoolType = patiently(|| admin.pool().describe().timeout(PERMIT_TIMEOUT)).await?;
    let groups = patiently(|| async { admin.groups().timeout(PERMIT_TIMEOUT).await }).await?;
    let groups = groups.iter().map(|group| group.name().to_owned()).collect();
    Ok(PoolRules::new(&pool, groups))
}

/// Returns the time of requests: first those that create groups, then requests of several
/// categories, which are sent concurrently.
fn time(requests: &BTreeMap<&'static str, u64>, quota: &Quota) -> Duration {
    let (mut groups, mut users) = (0.0, BTreeMap::<QuotaCategory, f64>::new());
    for (operation, requests) in requests {
        let requests = u32::try_from(*requests).map_or(f64::INFINITY, f64::from);
        let category = QuotaCategory::of(operation).unwrap_or(QuotaCategory::UserPoolUpdate);
        let usage = quota.usage(category);
        if category == QuotaCategory::UserPoolResourceUpdate {
            let in_pool =
                usage.rate / f64::from(usage.limit.max(1)) * f64::from(QuotaCategory::RATE_IN_POOL);
            groups = requests / in_pool;
        } else {
            *users.entry(category).or_default() += requests / usage.rate;
        }
    }
    let seconds = users.into_values().fold(0.0, f64::max) + groups;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

fn add(count: &mut u64, more: u64) {
    *count = count.saturating_add(more);
}

/// The file of rejected lines, if there is one.
pub(super) struct Rejections<'a>(Option<(&'a Path, BufWriter<File>)>);

impl<'a> Rejections<'a> {
    /// Creates the file, and fails if it is the input.
    pub(super) async fn create(path: Option<&'a Path>, input: &Path) -> Result<Self, JobError> {
        let Some(path) = path else { return Ok(Self(None)) };
        if files::is_same_file(path, input) {
            return Err(JobError::OutputIsInput);
        }
        // A named pipe blocks until another program reads from it.
        let file = path.to_owned();
        let file = files::blocking(move || files::create_or_open(&file).of_file(&file)).await?;
        Ok(Self(Some((path, BufWriter::new(file)))))
    }

    pub(super) fn write(&mut self, line: &RejectedLine) -> Result<(), JobError> {
        let Some((path, file)) = &mut self.0 else { return Ok(()) };
        serde_json::to_writer(&mut *file, line).map_err(std::io::Error::from).of_file(path)?;
        file.write_all(b"\n").of_file(path)
    }

    pub(super) fn finish(self) -> Result<(), JobError> {
        let Some((path, mut file)) = self.0 else { return Ok(()) };
        file.flush().of_file(path)
    }
}
