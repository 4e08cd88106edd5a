//! Signs a user in without `async`, against the emulator over HTTP.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;

use cognito::{Challenge, SignIn, UserPool, blocking};
use cognito_emulator::{Emulator, PoolSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let emulator = blocking::run(Emulator::start())??;
    let local = emulator.create_pool(PoolSettings::default())?;
    let pool =
        UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint()).build()?;

    let sign_up = pool.sign_up("alice").password("Correct-horse1");
    blocking::run(sign_up.attribute("email", "alice@example.com"))??;
    let code = local.code_for("alice").ok_or("no code was sent")?;
    blocking::run(pool.confirm_sign_up("alice", code))??;
    println!("alice is registered");

    let mut next = blocking::run(pool.sign_in("alice").password("Correct-horse1"))??;
    let session = loop {
        next = match next {
            SignIn::Done(session) => break session,
            SignIn::Challenge(Challenge::SoftwareToken(mfa)) => {
                blocking::run(mfa.respond(rpassword::prompt_password("code: ")?))??
            }
            SignIn::Challenge(other) => {
                return Err(format!("unexpected challenge {}", other.name()).into());
            }
        };
    };
    let user = blocking::run(session.user())??;
    println!("{} is signed in as {}", user.username(), user.subject().unwrap_or("no subject"));
    blocking::run(session.sign_out())??;
    println!("alice is signed out");
    Ok(())
}
