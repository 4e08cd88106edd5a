//! A user gets a role: one of several groups, which takes the place of the one before.

#![allow(clippy::print_stdout)] // It is there to show.

mod counted;

use cognito::Error;
use cognito::admin::{Group, UserHandle};

use crate::counted::{Counted, Outcome};

/// The groups that are roles, of which a user has one.
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

/// Makes `role` the user's only one; groups that are no roles stay.
async fn assign_role(user: &UserHandle, role: &str) -> Result<(), Error> {
    let groups = user.groups().await?;
    if !groups.iter().any(|group| group.name() == role) {
        user.add_to_group(role).await?; // first: at no time is there no role
    }
    for old in groups.iter().map(Group::name) {
        if old != role && ROLES.contains(&old) {
            user.remove_from_group(old).await?;
        }
    }
    Ok(())
}
