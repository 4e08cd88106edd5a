//! Remembers a device, which replaces the second factor until it is forgotten.

#![allow(clippy::print_stdout)] // The example prints its results.

use std::error::Error;
use std::sync::Arc;

use cognito::{MemoryStore, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, PoolSettings};
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = Emulator::builder().in_process();
    let devices = json!({ "DeviceOnlyRememberedOnUserPrompt": true });
    let settings = PoolSettings::default().pool_member("DeviceConfiguration", devices);
    let local = emulator.create_pool(settings)?;
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .http_client(local.http_client())
        .token_store(Arc::new(MemoryStore::default())) // keeps the device
        .device_name("this example")
        .build()?;
    let sign_up = pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io");
    let signed_up = sign_up.await?;
    signed_up.confirm(local.code_for("alice").ok_or("no code was sent")?).await?;

    let session = sign_in(&pool).await?;
    let key = session.device().ok_or("the pool tracks no devices")?.key().to_owned();
    println!("This device is {key}.");
    if session.asks_to_remember_device() {
        session.remember_device(&key, true).await?;
        println!("It is remembered: the next sign-in uses it, over SRP.");
    }
    let again = sign_in(&pool).await?;
    println!("Signed in with it: {}", again.device().is_some_and(|device| device.key() == key));

    again.forget_device(&key).await?;
    let other = sign_in(&pool).await?;
    let device = other.device().ok_or("the pool tracks no devices")?;
    println!("It was forgotten, so this sign-in created another one: {}", device.key());
    Ok(())
}

async fn sign_in(pool: &UserPool) -> Result<Session> {
    // The name of this program, in which the device is kept, and not one of the user.
    let request = pool.sign_in("alice").password("Correct-horse1").store_as("this example");
    match request.await? {
        SignIn::Done(session) => Ok(session),
        SignIn::Challenge(challenge) => {
            Err(format!("unexpected challenge {}", challenge.name()).into())
        }
    }
}
