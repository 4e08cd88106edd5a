//! Adds many users to a group, some at a time; each user has an outcome, also after errors.

#![allow(clippy::print_stdout)] // It is there to show.

mod counted;

use std::collections::HashSet;
use std::time::Duration;

use cognito::admin::GroupHandle;
use cognito::{Error, ErrorKind};
use cognito_emulator::InjectedFault;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use crate::counted::{Counted, Outcome};

/// Requests that are under way at a time.
const AT_A_TIME: usize = 8;

/// Pause after throttling; begin with a second where it is the real service.
const PAUSE: Duration = Duration::from_millis(20);

/// Attempts per user.
const TRIES: u32 = 6;

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
    let (there, new) =
        (count(|was| matches!(was, Added::Before)), count(|was| matches!(was, Added::Now)));
    println!("{} users: {there} were in the group, {new} were added", outcomes.len());
    for (name, outcome) in &outcomes {
        if let Added::Not(error) = outcome {
            println!("{name} was not: {error}");
        }
    }
    company.compare("one for each user, and what is throttled", names.len() + THROTTLED)
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
    Ok(outcomes.buffer_unordered(AT_A_TIME).collect().await)
}

/// Adds a user, though it takes a while: the SDK has tried three times before it is an error.
async fn add(group: &GroupHandle, name: &str) -> Result<(), Error> {
    for attempt in 1..TRIES {
        match group.add(name).await {
            Err(error) if error.kind() == ErrorKind::Throttled => {
                sleep(error.retry_after().unwrap_or(PAUSE * attempt)).await;
            }
            done => return done,
        }
    }
    group.add(name).await
}
