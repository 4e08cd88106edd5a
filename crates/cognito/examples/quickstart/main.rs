//! Registers a user, signs in over SRP with MFA, calls an API, and signs out.
//!
//! It runs against the emulator, over HTTP, unless the environment names a pool: `COGNITO_USER_POOL_ID` and
//! `COGNITO_CLIENT_ID`, and optionally `COGNITO_CLIENT_SECRET` and `COGNITO_ENDPOINT`.

#![allow(clippy::print_stdout)] // The example prints its results.

mod api;
mod user;

use std::env;
use std::error::Error;

use cognito::{Challenge, ErrorKind, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, Mfa, PoolSettings};

use crate::user::User;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let (pool, mut user) = match env::var("COGNITO_USER_POOL_ID") {
        Ok(id) => (real_pool(&id)?, User::at_the_terminal()?),
        Err(_) => local_pool().await?,
    };
    if user.answer("Register this user? (y/n)", "y")? == "y" {
        register(&pool, &user).await?;
    }
    if user.is_local() {
        reject_wrong_password(&pool, &user).await?;
        sign_in(&pool, &mut user).await?;
        user.wait_for_next_code();
        step("Sign in again", "now with the second factor");
    }
    let session = sign_in(&pool, &mut user).await?;
    use_session(&session).await?;
    if user.is_local() {
        let greeting = api::call(&pool, &session).await?;
        step("A protected API", &format!("in this process, through the middleware: {greeting}"));
    }
    sign_out(session).await
}

async fn local_pool() -> Result<(UserPool, User)> {
    let emulator = Emulator::start().await?;
    let local = emulator.create_pool(PoolSettings::default().mfa(Mfa::Required))?;
    println!("The emulator listens at {}.\n", local.endpoint());
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .clock(local.clock())
        .build()?;
    Ok((pool, User::local(local)))
}

fn real_pool(id: &str) -> Result<UserPool> {
    let client = env::var("COGNITO_CLIENT_ID").map_err(|_| "COGNITO_CLIENT_ID is not set")?;
    let mut builder = UserPool::builder(id.parse()?, client);
    if let Ok(secret) = env::var("COGNITO_CLIENT_SECRET") {
        builder = builder.client_secret(secret);
    }
    if let Ok(endpoint) = env::var("COGNITO_ENDPOINT") {
        builder = builder.endpoint(endpoint);
    }
    println!("The pool is {id}.\n");
    Ok(builder.build()?)
}

async fn register(pool: &UserPool, user: &User) -> Result<()> {
    let email = user.answer("E-mail address", "alice@example.com")?;
    let sign_up = pool.sign_up(&user.username).password(user.password.clone());
    let signed_up = sign_up.attribute("email", email).await?;
    let sent = signed_up.delivery().map_or("nowhere", |delivery| delivery.destination());
    step("Register", &format!("user {}, a code was sent to {sent}", signed_up.subject()));
    if !signed_up.is_confirmed() {
        pool.confirm_sign_up(&user.username, user.sent_code()?).await?;
        step("Confirm", "the code was accepted");
    }
    Ok(())
}

async fn reject_wrong_password(pool: &UserPool, user: &User) -> Result<()> {
    match pool.sign_in(&user.username).password("Wrong-horse1").await {
        Err(error) if error.kind() == ErrorKind::BadCredentials => {
            step("A wrong password", &format!("rejected: {error}"));
            step("For developers", &error.report());
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("the wrong password was accepted".into()),
    }
}

/// Signs in and responds to all challenges.
async fn sign_in(pool: &UserPool, user: &mut User) -> Result<Session> {
    let password = user.password.clone();
    let mut next = pool.sign_in(&user.username).password(password).await?;
    step("Password", "proven over SRP; it did not leave this program");
    loop {
        next = match next {
            SignIn::Done(session) => return Ok(session),
            SignIn::Challenge(Challenge::MfaSetup(setup)) => {
                let setup = setup.associate_software_token().await?;
                user.set_up_app(setup.secret());
                let next = setup.respond(user.app_code()?).device_name("quickstart").await?;
                step("Authenticator app", "set up and verified");
                next
            }
            SignIn::Challenge(Challenge::SoftwareToken(mut mfa)) => loop {
                match mfa.respond(user.app_code()?).await {
                    Ok(next) => {
                        step("Second factor", "the code of the app was accepted");
                        break next;
                    }
                    Err(refused) => {
                        println!("        {refused}");
                        mfa = refused.retry()?; // returned while the challenge is open
                    }
                }
            },
            SignIn::Challenge(Challenge::SmsMfa(mfa)) => mfa.respond(user.sent_code()?).await?,
            SignIn::Challenge(Challenge::EmailOtp(mfa)) => mfa.respond(user.sent_code()?).await?,
            SignIn::Challenge(Challenge::NewPassword(challenge)) => {
                challenge.respond(user.new_password()?).await?
            }
            SignIn::Challenge(Challenge::SelectMfa(select)) => {
                let options = select.options().join(", ");
                let choice = user.answer(&format!("Second factor ({options})"), "")?;
                select.respond(&choice).await?
            }
            SignIn::Challenge(other) => {
                return Err(format!("unexpected challenge {}", other.name()).into());
            }
        };
    }
}

async fn use_session(session: &Session) -> Result<()> {
    let claims = session.id_claims().await?;
    step("Tokens", &format!("verified against the pool's key set; issued by {}", claims.issuer()));

    let before = session.access_token().await?;
    session.refresh().await?;
    let refreshed = session.access_token().await?.expose_secret() != before.expose_secret();
    step(
        "Refresh",
        if refreshed { "a new access token was issued" } else { "the access token is the same" },
    );

    let user = session.user().await?;
    let email = user.attribute("email").unwrap_or("no e-mail address");
    step("Profile", &format!("{} has {email}", user.username()));
    Ok(())
}

async fn sign_out(session: Session) -> Result<()> {
    let other_handle = session.clone();
    session.sign_out().await?;
    let ended = other_handle.access_token().await.is_err();
    step("Sign out", if ended { "the session has ended" } else { "the session has not ended" });
    Ok(())
}

fn step(name: &str, result: &str) {
    println!("  {name:<18} {result}");
}
