//! The listing of a shard into its part.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use cognito_core::{ErrorKind, Filter, UserRecord};
use cognito_types::{BoxFuture, QuotaCategory};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::members::{GroupsOfUsers, Members, UserHash};
use super::progress::Part;
use super::row::Row;
use super::work::Work;
use super::{assemble, plan};
use crate::error::{JobError, OfFile};
use crate::files::{self, blocking};
use crate::patience::{PERMIT_TIMEOUT, next_page, patiently};

/// A shard is divided from this multiple of the planned number of users: the plan is made from an
/// estimate.
const EXCESS: u64 = 4;

/// A user, and the response of AdminGetUser if second factors are wanted.
type Detailed = (UserRecord, Option<UserRecord>);

/// A part that is written.
struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    part: Part,
    seen: HashSet<UserHash>,
    groups: Option<GroupsOfUsers>,
    /// Its users have not been found to be indivisible.
    is_divisible: bool,
}

impl Work {
    /// Lists a shard, and returns the shards that it was divided into.
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
            for (user, details) in self.with_details(page.items).await? {
                self.write(&mut writer, &user, details.as_ref())?;
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

    async fn writer(&self, prefix: &str) -> Result<Writer, JobError> {
        let path = assemble::part(&self.export, prefix);
        let file = BufWriter::new(files::create(&path).of_file(&path)?);
        let groups = match self.export.settings.groups {
            true => Some(self.groups_of_users(prefix.to_owned()).await?),
            false => None,
        };
        let part = Part { users: 0, duplicates: 0, bytes: 0 };
        Ok(Writer { file, path, part, seen: HashSet::new(), groups, is_divisible: true })
    }

    async fn groups_of_users(&self, prefix: String) -> Result<GroupsOfUsers, JobError> {
        let (members, runs) = (self.members(), self.runs_of_groups());
        blocking(move || Members::of_shard(&members, &prefix, &runs)).await
    }

    /// Reads each user with the second factors, if they are wanted; then users that were deleted since
    /// they were listed are left out.
    async fn with_details(&self, users: Vec<UserRecord>) -> Result<Vec<Detailed>, JobError> {
        if !self.export.settings.mfa {
            return Ok(users.into_iter().map(|user| (user, None)).collect());
        }
        let reads = users.iter().map(|user| self.read(user.username().to_owned()).boxed());
        let reads: Vec<BoxFuture<'_, _>> = reads.collect();
        let reads = stream::iter(reads).buffered(self.quota.concurrency(QuotaCategory::UserRead));
        let details: Vec<_> = reads.try_collect().await?;
        let detailed = users.into_iter().zip(details);
        Ok(detailed.filter(|(_, details)| details.is_some()).collect())
    }

    /// Reads a user; none if the user was deleted since it was listed.
    async fn read(&self, username: String) -> Result<Option<UserRecord>, JobError> {
        match patiently(|| self.admin.user(&username).get().timeout(PERMIT_TIMEOUT)).await {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.kind() == ErrorKind::UserNotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn write(
        &self,
        writer: &mut Writer,
        user: &UserRecord,
        details: Option<&UserRecord>,
    ) -> Result<(), JobError> {
        let sub = user.subject().unwrap_or_default();
        // ListUsers is eventually consistent, and may list a user on two pages.
        let id = user.subject().unwrap_or_else(|| user.username());
        if !writer.seen.insert(UserHash::of(id)) {
            writer.part.duplicates = writer.part.duplicates.saturating_add(1);
            return Ok(());
        }
        let groups = writer.groups.as_ref().map(|groups| self.group_names(groups.of(sub)));
        let mut row = Vec::new();
        let settings = &self.export.settings;
        Row::new(user, groups, details).write(settings, &self.started.attributes, &mut row);
        writer.file.write_all(&row).of_file(&writer.path)?;
        writer.part.users = writer.part.users.saturating_add(1);
        let bytes = u64::try_from(row.len()).unwrap_or(u64::MAX);
        writer.part.bytes = writer.part.bytes.saturating_add(bytes);
        Ok(())
    }

    fn group_names(&self, numbers: impl Iterator<Item = u32>) -> Vec<&str> {
        let indices = numbers.filter_map(|number| usize::try_from(number).ok());
        indices.filter_map(|at| self.started.groups.get(at)).map(String::as_str).collect()
    }

    fn is_too_large(&self, writer: &Writer) -> bool {
        let most = self.export.settings.shard_users.saturating_mul(EXCESS);
        writer.is_divisible && writer.part.users >= most
    }

    /// Returns whether the users of a shard are found in the sixteen shards that it is divided into.
    async fn has_children(&self, prefix: &str) -> Result<bool, JobError> {
        let level = [prefix.to_owned()];
        Ok(plan::divided(&self.admin, &self.quota, &level).await?.is_some())
    }

    /// Divides a shard into sixteen.
    fn divide(&self, prefix: String, writer: Writer) -> Result<Vec<String>, JobError> {
        let children = plan::children(&prefix);
        self.shard_divided(prefix, writer.part.users)?;
        drop(writer.file);
        fs::remove_file(&writer.path).of_file(&writer.path)?;
        Ok(children)
    }
}
