//! Adds many users to a group, several concurrently, and reports the outcome for each, even after errors.

#![allow(clippy::print_stdout)] // The example prints its results.

mod counted;

use std::collections::HashSet;
use std::time::Duration;

use cognito::admin::GroupHandle;
use cognito::{Error, ErrorKind};
use cognito_emulator::InjectedFault;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use crate::counted::{Counted, Outcome};

/// The number of concurrent requests.
const CONCURRENT: usize = 8;

/// The pause after throttling. For the real service, begin with a second.
const PAUSE: Duration = Duration::from_millis(20);

/// The number of attempts for each user.
const ATTEMPTS: u32 = 6;

const THROTTLED: usize = 30;

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&["staff"])?;
    let mut names: Vec<String> = (0..200).map(|number| format!("user{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        company.add(name, if number < 120 { &["staff"] } else { &[] })?;
    }
    names.push("nobody".to_owned());
    for call in 20..20 + THROTTLED {
        company.local.emulator().plan_fault("AdminAddUserToGroup", call, InjectedFault::Throttled);
    }

    let outcomes = add_all(&company.admin().group("staff"), &names).await?;
    let count = |wanted: fn(&Added) -> bool| outcomes.iter().filter(|(_, was)| wanted(was)).count();
    let (before, now) =
        (count(|was| matches!(was, Added::Before)), count(|was| matches!(was, Added::Now)));
    println!("{} users: {before} were in the group, {now} were added", outcomes.len());
    for (name, outcome) in &outcomes {
        if let Added::Not(error) = outcome {
            println!("{name} was not added: {error}");
        }
    }
    company
        .compare("one for each user, and one for each throttled request", names.len() + THROTTLED)
}

/// The outcome for a user.
enum Added {
    Before,
    Now,
    Not(Error),
}

/// Adds the users who are not members yet; one request lists 60 members.
async fn add_all<'a>(
    group: &GroupHandle,
    names: &'a [String],
) -> Result<Vec<(&'a str, Added)>, Error> {
    let members = group.users().await?;
    let members: HashSet<&str> = members.iter().map(|member| member.username()).collect();
    let outcomes = stream::iter(names).map(|name| async {
        if members.contains(name.as_str()) {
            return (name.as_str(), Added::Before);
        }
        (name.as_str(), add(group, name).await.map_or_else(Added::Not, |()| Added::Now))
    });
    Ok(outcomes.buffer_unordered(CONCURRENT).collect().await)
}

/// Adds a user, with retries after throttling. The library has sent the request three times before it
/// returns the error.
async fn add(group: &GroupHandle, name: &str) -> Result<(), Error> {
    for attempt in 1..ATTEMPTS {
        match group.add(name).await {
            Err(error) if error.kind() == ErrorKind::Throttled => {
                sleep(error.retry_after().unwrap_or(PAUSE * attempt)).await;
            }
            done => return done,
        }
    }
    group.add(name).await
}
