// The hidden part of the guides' examples: a pool in this process, and people in it.

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[allow(dead_code)]
const PASSWORD: &str = "Correct-horse1";

#[allow(dead_code)]
fn pool_with(settings: PoolSettings) -> Outcome<(LocalPool, cognito::UserPool)> {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let local = emulator.create_pool(settings)?;
    let builder = cognito::UserPool::builder(local.id(), local.client_id());
    let builder = builder.endpoint(local.endpoint()).http_client(local.http_client());
    let store = std::sync::Arc::new(cognito::MemoryStore::default());
    Ok((local.clone(), builder.clock(local.clock()).token_store(store).build()?))
}

#[allow(dead_code)]
async fn register(local: &LocalPool, pool: &cognito::UserPool, name: &str) -> Outcome {
    let sign_up = pool.sign_up(name).password(PASSWORD);
    sign_up.attribute("email", format!("{name}@example.com")).await?;
    pool.confirm_sign_up(name, local.code_for(name).ok_or("no code")?).await?;
    Ok(())
}

#[allow(dead_code)]
async fn signed_in(
    local: &LocalPool,
    pool: &cognito::UserPool,
    name: &str,
) -> Outcome<cognito::Session> {
    register(local, pool, name).await?;
    match pool.sign_in(name).password(PASSWORD).await? {
        cognito::SignIn::Done(session) => Ok(session),
        cognito::SignIn::Challenge(challenge) => Err(format!("{} came", challenge.name()).into()),
    }
}

#[allow(dead_code)]
fn app_code(local: &LocalPool, secret: &cognito::types::SoftwareTokenSecret) -> Outcome<String> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_secret())?;
    let now = cognito::types::Clock::now(&*local.clock()).duration_since(std::time::UNIX_EPOCH)?;
    Ok(totp_rs::Builder::new().with_secret(secret).build()?.generate(now.as_secs()).to_string())
}

/// Registers a user whose sign-ins need a code of an authenticator app, and returns the app's key.
#[allow(dead_code)]
async fn with_authenticator_app(
    local: &LocalPool,
    pool: &cognito::UserPool,
    name: &str,
) -> Outcome<cognito::types::SoftwareTokenSecret> {
    use cognito::account::{Factor, MfaPreference};
    let session = signed_in(local, pool, name).await?;
    let app = session.associate_software_token().await?;
    let secret = app.secret().clone();
    app.verify(app_code(local, &secret)?).await?;
    session.set_mfa_preference(MfaPreference::default().software_token(Factor::On)).await?;
    local.clock().advance(std::time::Duration::from_secs(30));
    Ok(secret)
}

#[allow(dead_code)]
fn aws_config(local: &LocalPool) -> cognito::admin::SdkConfig {
    use cognito::admin::{Credentials, SdkConfig, SdkRegion, SharedCredentialsProvider};
    let credentials = Credentials::new("id", "secret", None, None, "guide");
    SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(SdkRegion::new(local.id().region().to_owned()))
        .endpoint_url(local.endpoint())
        .http_client(local.http_client())
        .build()
}

#[allow(dead_code)]
fn administered() -> Outcome<(LocalPool, cognito::UserPool, cognito::Admin)> {
    let (local, pool) = pool_with(PoolSettings::default())?;
    let admin = pool.admin(&aws_config(&local));
    Ok((local, pool, admin))
}

#[allow(dead_code)]
async fn staff(admin: &cognito::Admin, names: &[&str]) -> Outcome {
    for name in names {
        let user = admin.create_user(*name).attribute("email", format!("{name}@example.com"));
        user.attribute("email_verified", true).suppress_invitation().await?;
        admin.user(*name).set_password(PASSWORD).await?;
    }
    Ok(())
}

#[allow(dead_code)]
async fn with_alice() -> Outcome<(LocalPool, cognito::UserPool, cognito::Session)> {
    let (local, pool) = pool_with(PoolSettings::default())?;
    let session = signed_in(&local, &pool, "alice").await?;
    Ok((local, pool, session))
}
