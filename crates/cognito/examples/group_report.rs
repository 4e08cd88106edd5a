//! Lists all groups with their members, and the users without a group: one list for each group instead of
//! one request for each user.

#![allow(clippy::print_stdout)] // The example prints its results.

mod counted;

use std::collections::{BTreeMap, BTreeSet};

use cognito::admin::UserRecord;
use cognito::{Admin, Error};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::counted::{Counted, Outcome};

/// The number of lists that are read concurrently.
const CONCURRENT: usize = 4;

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&["owner", "editor", "reader", "empty"])?;
    for number in 0..150 {
        let groups: &[&str] = match number {
            0 => &["owner", "editor", "reader"],
            1..20 => &["editor", "reader"],
            20..130 => &["reader"],
            _ => &[],
        };
        company.add(&format!("user{number:03}"), groups)?;
    }

    let report = Report::read(&company.admin()).await?;
    for (group, members) in &report.members {
        let first: Vec<_> = members.iter().take(3).map(String::as_str).collect();
        let more = if members.len() > first.len() { ", …" } else { "" };
        println!("{group:<6} {:>3}: {}{more}", members.len(), first.join(", "));
    }
    let (alone, users) = (report.in_no_group().count(), report.users.len());
    println!("none   {alone:>3} of {users}");
    company.compare("with a request for the groups of each user", users.div_ceil(60) + users)
}

/// The names of users: all of them, and those in each group.
struct Report {
    users: BTreeSet<String>,
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Report {
    async fn read(admin: &Admin) -> Result<Self, Error> {
        let members = async {
            let groups = stream::iter(admin.groups().await?).map(|group| async move {
                let members = admin.group(group.name()).users().await?;
                Ok::<_, Error>((group.name().to_owned(), names(members)))
            });
            groups.buffer_unordered(CONCURRENT).try_collect().await
        };
        let (users, members) = tokio::try_join!(admin.users(), members)?;
        Ok(Self { users: names(users), members })
    }

    fn in_no_group(&self) -> impl Iterator<Item = &str> {
        let grouped: BTreeSet<_> = self.members.values().flatten().collect();
        let alone = self.users.iter().filter(move |user| !grouped.contains(user));
        alone.map(String::as_str)
    }
}

fn names(users: Vec<UserRecord>) -> BTreeSet<String> {
    users.iter().map(|user| user.username().to_owned()).collect()
}
