//! Moves a user up by one rank: adds the next group first, and then removes the lower ones.

#![allow(clippy::print_stdout)] // The example prints its results.

mod counted;

use std::cmp::Ordering;

use cognito::admin::Group;
use cognito::{Admin, Error};

use crate::counted::{Counted, Outcome};

const RANKS: [&str; 4] = ["owner", "publisher", "editor", "reader"];

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&RANKS)?;
    company.add("alice", &["reader", "editor"])?;
    let admin = company.admin();
    while let Some(promotion) = promote(&admin, "alice").await? {
        println!("alice is {} now", promotion.to.name());
        // The other approach reads each group for its precedence.
        let old = promotion.from.len();
        company.compare("with a request for each group", 1 + old + 1 + 1 + old)?;
    }
    println!("No rank is higher.");
    Ok(())
}

struct Promotion {
    to: Group,
    from: Vec<Group>,
}

/// Moves a user into the group above the user's highest one. Returns `None` if there is no higher group.
async fn promote(admin: &Admin, username: &str) -> Result<Option<Promotion>, Error> {
    let user = admin.user(username);
    let (mut above, mut from) = tokio::try_join!(admin.groups(), user.groups())?;
    let is_rank = |group: &Group| group.precedence().is_some();
    from.retain(is_rank);
    above.retain(|group| {
        is_rank(group) && from.iter().all(|old| group.cmp_precedence(old) == Ordering::Greater)
    });
    let Some(to) = above.into_iter().min_by(Group::cmp_precedence) else { return Ok(None) };
    user.add_to_group(to.name()).await?; // first, so that the user always has a rank
    for old in &from {
        user.remove_from_group(old.name()).await?;
    }
    Ok(Some(Promotion { to, from }))
}
