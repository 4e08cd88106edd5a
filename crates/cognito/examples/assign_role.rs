//! Gives a user a role: one of several groups, which replaces the previous one.

#![allow(clippy::print_stdout)] // The example prints its results.

mod counted;

use cognito::Error;
use cognito::admin::{Group, UserHandle};

use crate::counted::{Counted, Outcome};

/// The groups that are roles. A user has one of them.
const ROLES: [&str; 5] = ["owner", "publisher", "editor", "author", "reader"];

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&ROLES)?;
    company.local.call("CreateGroup", serde_json::json!({ "GroupName": "newsletter" }))?;
    company.add("alice", &["reader", "newsletter"])?;

    let alice = company.admin().user("alice");
    for role in ["editor", "editor", "owner"] {
        println!("alice becomes {role}");
        assign_role(&alice, role).await?;
        company.compare("to leave every role and join one", ROLES.len() + 1)?;
    }
    let groups = alice.groups().await?;
    println!("alice is in {}", groups.iter().map(Group::name).collect::<Vec<_>>().join(", "));
    Ok(())
}

/// Makes `role` the user's only role. Groups that are not roles stay.
async fn assign_role(user: &UserHandle, role: &str) -> Result<(), Error> {
    let groups = user.groups().await?;
    if !groups.iter().any(|group| group.name() == role) {
        user.add_to_group(role).await?; // first, so that the user always has a role
    }
    for old in groups.iter().map(Group::name) {
        if old != role && ROLES.contains(&old) {
            user.remove_from_group(old).await?;
        }
    }
    Ok(())
}
