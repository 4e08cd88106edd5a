//! The list of a shard, which is written to a part.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use cognito_core::{Error, ErrorKind, Filter, UserRecord};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::FutureExt;
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::members::{GroupsOfUsers, Members, UserHash};
use super::progress::Part;
use super::work::Work;
use super::{ListedUser, Memberships, Settings, Target, shards};
use crate::error::{JobError, OfFile};
use crate::files::{self, blocking};
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};

/// The multiple of the planned number of users from which a shard is divided. It is large because
/// the plan is based on an estimate.
const EXCESS: u64 = 4;

/// A user, with the data that are requested separately for each user.
struct Detailed {
    user: UserRecord,
    /// The numbers of the groups, if they are listed by user.
    groups: Option<Vec<u32>>,
    /// The response of AdminGetUser, if second factors are requested.
    details: Option<UserRecord>,
}

/// A part that is being written.
struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    part: Part,
    seen: HashSet<UserHash>,
    /// The groups of its users, if they are listed by group.
    groups: Option<GroupsOfUsers>,
    /// False after an attempt to divide its users has failed.
    is_divisible: bool,
}

impl<T: Target> Work<T> {
    /// Lists a shard, and returns the shards into which it was divided, if it was.
    pub(super) async fn list_shard(&self, prefix: String) -> Result<Vec<String>, JobError> {
        let mut writer = self.writer(&prefix).await?;
        let users = self.admin.users().timeout(PERMIT_TIMEOUT);
        let users = match prefix.is_empty() {
            true => users,
            false => users.filter(Filter::sub().starts_with(&prefix)),
        };
        let mut pages = users.pages();
        while let Some(page) = next_page(&mut pages).await? {
            let is_last = page.next.is_none();
            let before = writer.part.users;
            let users = self.of_part(&prefix, page.items);
            for user in self.with_details(users).await? {
                self.write(&mut writer, &user)?;
            }
            self.written(writer.part.users.saturating_sub(before));
            if !is_last && self.is_too_large(&writer) {
                if self.has_children(&prefix).await? {
                    return self.divide(prefix, writer);
                }
                writer.is_divisible = false;
            }
        }
        let part = writer.part;
        blocking(move || {
            let (file, path) = (writer.file.into_inner(), &writer.path);
            let file = file.map_err(std::io::IntoInnerError::into_error).of_file(path)?;
            file.sync_data().of_file(path)
        })
        .await?;
        self.shard_finished(prefix, part)?;
        Ok(Vec::new())
    }

    /// Removes the users of other parts, if the job has parts, because an endpoint that ignores the
    /// filter lists them too.
    fn of_part(&self, prefix: &str, mut users: Vec<UserRecord>) -> Vec<UserRecord> {
        if self.listing().settings.shard.is_some() {
            users.retain(|user| user.subject().is_some_and(|sub| sub.starts_with(prefix)));
        }
        users
    }

    async fn writer(&self, prefix: &str) -> Result<Writer, JobError> {
        let path = self.listing().paths.part(prefix);
        let file = BufWriter::new(files::create(&path).of_file(&path)?);
        let is_by_group = self.listing().settings.memberships == Some(Memberships::ByGroup);
        let groups = match is_by_group && T::ROWS_HAVE_GROUPS {
            true => Some(self.groups_of_users(prefix.to_owned()).await?),
            false => None,
        };
        let part = Part { users: 0, duplicates: 0, bytes: 0 };
        Ok(Writer { file, path, part, seen: HashSet::new(), groups, is_divisible: true })
    }

    async fn groups_of_users(&self, prefix: String) -> Result<GroupsOfUsers, JobError> {
        let (members, runs) = (self.listing().paths.members(), self.runs_of_groups());
        blocking(move || Members::of_shard(&members, &prefix, &runs)).await
    }

    /// Reads the requested data that the list of users does not contain. Users that were deleted
    /// since they were listed are then left out.
    async fn with_details(&self, users: Vec<UserRecord>) -> Result<Vec<Detailed>, JobError> {
        let Settings { memberships, mfa, .. } = self.listing().settings;
        let categories = [
            (memberships == Some(Memberships::ByUser)).then_some(QuotaCategory::UserResourceRead),
            mfa.then_some(QuotaCategory::UserRead),
        ];
        let concurrency = |category| self.quota.concurrency(category);
        let Some(concurrency) = categories.into_iter().flatten().map(concurrency).max() else {
            let detailed = |user| Detailed { user, groups: None, details: None };
            return Ok(users.into_iter().map(detailed).collect());
        };
        let reads = users.into_iter().map(|user| self.read(user).boxed());
        let reads: Vec<BoxFuture<'_, _>> = reads.collect();
        let detailed = stream::iter(reads).buffered(concurrency);
        detailed.try_filter_map(|detailed| async { Ok(detailed) }).try_collect().await
    }

    /// Reads the groups and the second factors of a user, if they are requested; returns `None` if
    /// the user was deleted since it was listed.
    async fn read(&self, user: UserRecord) -> Result<Option<Detailed>, JobError> {
        match try_join(self.groups(user.username()), self.details(user.username())).await {
            Ok((groups, details)) => Ok(Some(Detailed { user, groups, details })),
            Err(error) if error.kind() == ErrorKind::UserNotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn groups(&self, username: &str) -> Result<Option<Vec<u32>>, Error> {
        if self.listing().settings.memberships != Some(Memberships::ByUser) {
            return Ok(None);
        }
        let user = self.admin.user(username);
        let groups = patiently(|| async { user.groups().timeout(PERMIT_TIMEOUT).await }).await?;
        // Groups that were created since the start of the job are left out.
        let numbers = groups.iter().filter_map(|group| self.started.group_number(group.name()));
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Some(numbers))
    }

    async fn details(&self, username: &str) -> Result<Option<UserRecord>, Error> {
        if !self.listing().settings.mfa {
            return Ok(None);
        }
        let user = self.admin.user(username);
        patiently(|| user.get().timeout(PERMIT_TIMEOUT)).await.map(Some)
    }

    fn write(&self, writer: &mut Writer, detailed: &Detailed) -> Result<(), JobError> {
        let Detailed { user, groups, details } = detailed;
        // ListUsers is eventually consistent, and may list a user on two pages.
        let id = user.subject().unwrap_or_else(|| user.username());
        if !writer.seen.insert(UserHash::of(id)) {
            writer.part.duplicates = writer.part.duplicates.saturating_add(1);
            return Ok(());
        }
        let sub = user.subject().unwrap_or_default();
        let joined: Option<Vec<u32>> =
            writer.groups.as_ref().map(|groups| groups.of(sub).collect());
        let groups = groups.as_deref().or(joined.as_deref());
        let mut row = Vec::new();
        let listed = ListedUser { user, groups, details: details.as_ref() };
        self.target.write_row(&self.started, listed, &mut row);
        writer.file.write_all(&row).of_file(&writer.path)?;
        writer.part.users = writer.part.users.saturating_add(1);
        let bytes = u64::try_from(row.len()).unwrap_or(u64::MAX);
        writer.part.bytes = writer.part.bytes.saturating_add(bytes);
        Ok(())
    }

    fn is_too_large(&self, writer: &Writer) -> bool {
        let most = self.listing().settings.shard_users.saturating_mul(EXCESS);
        writer.is_divisible && writer.part.users >= most
    }

    /// Returns whether the users of a shard are found in the sixteen shards into which it would be
    /// divided.
    async fn has_children(&self, prefix: &str) -> Result<bool, JobError> {
        let level = [prefix.to_owned()];
        Ok(shards::divided(&self.admin, &self.quota, &level).await?.is_some())
    }

    /// Divides a shard into sixteen.
    fn divide(&self, prefix: String, writer: Writer) -> Result<Vec<String>, JobError> {
        let children = shards::children(&prefix);
        self.shard_divided(prefix, writer.part.users)?;
        drop(writer.file);
        fs::remove_file(&writer.path).of_file(&writer.path)?;
        Ok(children)
    }
}
