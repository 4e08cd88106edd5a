//! In-process pools with users, for the blocks of the guides.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use cognito::account::{Factor, MfaPreference};
use cognito::admin::{Credentials, SdkConfig, SdkRegion, SharedCredentialsProvider};
use cognito::emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito::types::{Clock, SoftwareTokenSecret};
use cognito::{Admin, MemoryStore, Session, SignIn, UserPool};

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub const PASSWORD: &str = "Correct-horse1";

pub fn pool_with(settings: PoolSettings) -> Outcome<(LocalPool, UserPool)> {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings)?;
    let builder = UserPool::builder(local.id(), local.client_id());
    let builder = builder.endpoint(local.endpoint()).http_client(local.http_client());
    let store = Arc::new(MemoryStore::default());
    Ok((local.clone(), builder.clock(local.clock()).token_store(store).build()?))
}

pub fn pool() -> Outcome<(LocalPool, UserPool)> {
    pool_with(PoolSettings::default())
}

pub async fn register(local: &LocalPool, pool: &UserPool, name: &str) -> Outcome {
    let sign_up = pool.sign_up(name).password(PASSWORD);
    sign_up.attribute("email", format!("{name}@example.com")).await?;
    pool.confirm_sign_up(name, &*sent_code(local, name)).await?;
    Ok(())
}

/// Returns the last code that was sent to the user, or an empty string.
pub fn sent_code(local: &LocalPool, name: &str) -> String {
    local.code_for(name).map(|code| code.expose_secret().to_owned()).unwrap_or_default()
}

pub async fn signed_in(local: &LocalPool, pool: &UserPool, name: &str) -> Outcome<Session> {
    register(local, pool, name).await?;
    match pool.sign_in(name).password(PASSWORD).await? {
        SignIn::Done(session) => Ok(session),
        SignIn::Challenge(challenge) => Err(format!("{} was returned", challenge.name()).into()),
    }
}

pub async fn with_alice() -> Outcome<(LocalPool, UserPool, Session)> {
    let (local, pool) = pool()?;
    let session = signed_in(&local, &pool, "alice").await?;
    Ok((local, pool, session))
}

/// Returns the current code of an authenticator app by the pool's clock.
pub fn app_code(local: &LocalPool, secret: &SoftwareTokenSecret) -> Outcome<String> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_secret())?;
    let now = local.clock().now().duration_since(UNIX_EPOCH)?;
    Ok(totp_rs::Builder::new().with_secret(secret).build()?.generate(now.as_secs()).to_string())
}

/// Registers a user with an authenticator app as the second factor, and returns the app's key.
pub async fn with_authenticator_app(
    local: &LocalPool,
    pool: &UserPool,
    name: &str,
) -> Outcome<SoftwareTokenSecret> {
    let session = signed_in(local, pool, name).await?;
    let app = session.associate_software_token().await?;
    let secret = app.secret().clone();
    app.verify(app_code(local, &secret)?).await?;
    session.set_mfa_preference(MfaPreference::default().software_token(Factor::On)).await?;
    local.clock().advance(Duration::from_secs(30));
    Ok(secret)
}

pub fn aws_config(local: &LocalPool) -> SdkConfig {
    let credentials = Credentials::new("id", "secret", None, None, "guide");
    SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(SdkRegion::new(local.id().region().to_owned()))
        .endpoint_url(local.endpoint())
        .http_client(local.http_client())
        .build()
}

pub fn administered() -> Outcome<(LocalPool, UserPool, Admin)> {
    let (local, pool) = pool()?;
    let admin = pool.admin(&aws_config(&local));
    Ok((local, pool, admin))
}

pub async fn staff(admin: &Admin, names: &[&str]) -> Outcome {
    for name in names {
        let user = admin.create_user(*name).attribute("email", format!("{name}@example.com"));
        user.attribute("email_verified", true).suppress_invitation().await?;
        admin.user(*name).set_password(PASSWORD).await?;
    }
    Ok(())
}
