//! Sets up an authenticator app with a QR code at the terminal.
//!
//! It runs against the emulator. You can scan the QR code; the program computes the code of the app itself
//! and does not wait.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::time::UNIX_EPOCH;

use cognito::account::{Factor, MfaPreference};
use cognito::types::Clock;
use cognito::{SignIn, UserPool};
use cognito_emulator::{Emulator, Mfa, PoolSettings};
use totp_rs::{Builder, Secret};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let emulator = Emulator::builder().in_process();
    let local = emulator.create_pool(PoolSettings::default().mfa(Mfa::Optional))?;
    let pool = UserPool::builder(local.id(), local.client_id()).endpoint(local.endpoint());
    let pool = pool.http_client(local.http_client()).build()?;
    let sign_up = pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io");
    let signed_up = sign_up.await?;
    signed_up.confirm(local.code_for("alice").ok_or("no code was sent")?).await?;
    let next = pool.sign_in("alice").password("Correct-horse1").await?;
    let SignIn::Done(session) = next else { return Err("a challenge was returned".into()) };

    let app = session.associate_software_token().await?;
    let uri = app.otp_auth_uri("cognito example", "alice");
    println!("Scan this with your authenticator app:\n\n{}", uri.to_terminal()?.expose_secret());

    let secret = Secret::try_from_base32(app.secret().expose_secret())?;
    let now = local.clock().now().duration_since(UNIX_EPOCH)?;
    let code = Builder::new().with_secret(secret).build()?.generate(now.as_secs()).to_string();
    println!("The app shows {code} now.");
    app.verify(code).device_name("a phone").await?;
    session.set_mfa_preference(MfaPreference::default().software_token(Factor::Preferred)).await?;
    println!("Second factors: {}", session.user().await?.mfa_factors().join(", "));
    Ok(())
}
