//! Authorization by required groups: by the token where the user has one.

#![allow(clippy::print_stdout)] // It is there to show.

mod counted;

use cognito::verify::Required;
use cognito::{Admin, Error, SignIn};

use crate::counted::{Counted, Outcome, PASSWORD};

const PEOPLE: [(&str, &[&str]); 3] =
    [("alice", &["editor"]), ("bob", &["reader"]), ("carol", &["owner", "reader"])];

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&["owner", "editor", "reader"])?;
    let may_publish = Required::any_of(["owner", "editor"]);

    // People with tokens: the groups are in them, and the signature says that they are true.
    let mut tokens = Vec::new();
    for (name, groups) in PEOPLE {
        company.add(name, groups)?;
        let SignIn::Done(session) = company.pool.sign_in(name).password(PASSWORD).await? else {
            return Err("a challenge came".into());
        };
        tokens.push(session.access_token().await?);
    }
    company.requests();
    let mut checks = 0;
    for token in tokens.iter().cycle().take(1000) {
        let claims = company.pool.verifier().access_token(token.expose_secret()).await?;
        let name = claims.username().unwrap_or("a program");
        checks += 1;
        if checks <= PEOPLE.len() {
            say(name, may_publish.is_met(|group| claims.in_group(group)));
        }
    }
    company.compare("to look the user up at each check", checks)?;

    // A user without a token, as in a nightly job.
    say("carol", is_allowed(&company.admin(), "carol", &may_publish).await?);
    println!("  requests: {}, for want of a token", company.requests());
    Ok(())
}

/// Returns whether the groups that a user is in now suffice.
async fn is_allowed(admin: &Admin, username: &str, wanted: &Required) -> Result<bool, Error> {
    let groups = admin.user(username).groups().await?;
    Ok(wanted.is_met(|name| groups.iter().any(|group| group.name() == name)))
}

fn say(name: &str, allowed: bool) {
    println!("{name} may {}publish", if allowed { "" } else { "not " });
}
