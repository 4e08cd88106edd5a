//! Checks required groups: in the token, or by a request for users without a token.

#![allow(clippy::print_stdout)] // The example prints its results.

mod counted;

use cognito::verify::Required;
use cognito::{Admin, Error, SignIn};

use crate::counted::{Counted, Outcome, PASSWORD};

const USERS: [(&str, &[&str]); 3] =
    [("alice", &["editor"]), ("bob", &["reader"]), ("carol", &["owner", "reader"])];

#[tokio::main]
async fn main() -> Outcome {
    let company = Counted::with_groups(&["owner", "editor", "reader"])?;
    let may_publish = Required::any_of(["owner", "editor"]);

    // Tokens contain the groups, and their signature proves them.
    let mut tokens = Vec::new();
    for (name, groups) in USERS {
        company.add(name, groups)?;
        let SignIn::Done(session) = company.pool.sign_in(name).password(PASSWORD).await? else {
            return Err("a challenge was returned".into());
        };
        tokens.push(session.access_token().await?);
    }
    company.requests();
    let mut checks = 0;
    for token in tokens.iter().cycle().take(1000) {
        let claims = company.pool.verifier().access_token(token.expose_secret()).await?;
        let name = claims.username().unwrap_or("a program");
        checks += 1;
        if checks <= USERS.len() {
            print(name, may_publish.is_met(|group| claims.in_group(group)));
        }
    }
    company.compare("with a request for each check", checks)?;

    // A user without a token, as in a nightly job.
    print("carol", is_allowed(&company.admin(), "carol", &may_publish).await?);
    println!("  requests without a token: {}", company.requests());
    Ok(())
}

/// Returns whether the current groups of a user are sufficient.
async fn is_allowed(admin: &Admin, username: &str, wanted: &Required) -> Result<bool, Error> {
    let groups = admin.user(username).groups().await?;
    Ok(wanted.is_met(|name| groups.iter().any(|group| group.name() == name)))
}

fn print(name: &str, allowed: bool) {
    println!("{name} may {}publish", if allowed { "" } else { "not " });
}
