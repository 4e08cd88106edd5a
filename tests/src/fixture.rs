//! A pool of the emulator with a client of this library, and users.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use cognito::session::SessionKey;
use cognito::sign_in::UserPoolBuilder;
use cognito::types::{Clock, SoftwareTokenSecret};
use cognito::{Admin, Challenge, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::interposer::Interposer;

/// The password of all users.
pub const PASSWORD: &str = "Correct-horse1";

/// A pool and its client.
pub struct Fixture {
    /// The server's side.
    pub local: LocalPool,
    /// The client's side.
    pub pool: UserPool,
    /// The interposer between them.
    pub wire: Interposer,
}

impl Fixture {
    /// Creates a pool in this process, and its client.
    pub fn new(settings: PoolSettings) -> Self {
        Self::with(settings, |builder| builder)
    }

    /// Creates a pool, and a client with more settings.
    pub fn with(
        settings: PoolSettings,
        set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
    ) -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let local = emulator.create_pool(settings).unwrap();
        let wire = Interposer::new(local.http_client());
        let pool = client(&local, &wire, set_up);
        Self { local, pool, wire }
    }

    /// Creates another client of the same pool, as in another program.
    pub fn another_client(
        &self,
        set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
    ) -> UserPool {
        client(&self.local, &self.wire, set_up)
    }

    /// Registers and confirms a user.
    pub async fn register(&self, username: &str) {
        let sign_up = self.pool.sign_up(username).password(PASSWORD);
        sign_up.attribute("email", format!("{username}@example.com")).await.unwrap();
        let code = self.local.code_for(username).unwrap();
        self.pool.confirm_sign_up(username, code).await.unwrap();
    }

    /// Signs in a user without MFA.
    pub async fn sign_in(&self, username: &str) -> Session {
        done(self.pool.sign_in(username).password(PASSWORD).await.unwrap())
    }

    /// Signs in, and stores the session under a fixed name.
    pub async fn sign_in_as(&self, username: &str, name: &str) -> Session {
        let sign_in = self.pool.sign_in(username).password(PASSWORD).store_as(name);
        done(sign_in.await.unwrap())
    }

    /// Registers, confirms and signs in.
    pub async fn signed_in(&self, username: &str) -> Session {
        self.register(username).await;
        self.sign_in(username).await
    }

    /// Returns the challenge after a user's password.
    pub async fn challenge(&self, username: &str) -> Challenge {
        challenge(self.pool.sign_in(username).password(PASSWORD).await.unwrap())
    }

    /// Creates a user with a permanent password as an administrator.
    pub fn create_user(&self, username: &str, attributes: &[(&str, &str)]) {
        self.admin("AdminCreateUser", json!({
            "Username": username,
            "MessageAction": "SUPPRESS",
            "UserAttributes": attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect::<Vec<_>>(),
        }));
        let password = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        self.admin("AdminSetUserPassword", password);
    }

    /// Returns a client for the administration of the pool.
    pub fn administrator(&self) -> Admin {
        self.pool.admin(&admin_config())
    }

    /// Runs an operation as administrator.
    pub fn admin(&self, operation: &str, input: Value) -> Value {
        self.local.call(operation, input).unwrap()
    }

    /// Advances the clock of client and server.
    pub fn advance(&self, seconds: u64) {
        self.local.clock().advance(Duration::from_secs(seconds));
    }

    /// Returns the current code of an authenticator app with a key.
    pub fn app_code(&self, secret: &SoftwareTokenSecret) -> String {
        app_code(secret, self.local.clock().now())
    }

    /// Returns a wrong code.
    pub fn wrong_app_code(&self, secret: &SoftwareTokenSecret) -> String {
        wrong_app_code(secret, self.local.clock().now())
    }
}

fn client(
    local: &LocalPool,
    wire: &Interposer,
    set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
) -> UserPool {
    let builder = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .http_client(wire.clone())
        .clock(local.clock());
    set_up(builder).build().unwrap()
}

/// Returns the code of an authenticator app with a key at a time.
pub fn app_code(secret: &SoftwareTokenSecret, now: SystemTime) -> String {
    app_code_of(secret, now).unwrap()
}

/// Returns the code, or `None` for an invalid key, such as moto's.
pub fn app_code_of(secret: &SoftwareTokenSecret, now: SystemTime) -> Option<String> {
    let secret = Secret::try_from_base32(secret.expose_secret()).ok()?;
    let now = now.duration_since(UNIX_EPOCH).ok()?;
    Some(Builder::new().with_secret(secret).build().ok()?.generate(now.as_secs()).to_string())
}

/// Returns a code that is wrong at a time.
pub fn wrong_app_code(secret: &SoftwareTokenSecret, now: SystemTime) -> String {
    let right: u32 = app_code(secret, now).parse().unwrap();
    format!("{:06}", (right + 500_000) % 1_000_000)
}

/// Returns an AWS configuration with credentials that are not secret.
pub fn admin_config() -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    SdkConfig::builder().credentials_provider(provider).build()
}

/// Returns the key in the store of a device, or of an alias of its user, whose sign-ins have a name.
pub fn device_key(pool: &UserPool, name: &str, username: &str) -> SessionKey {
    let client = format!("{}:devices", pool.client_id().as_str()).into();
    let key = format!("device {}:{name}:{username}", name.len());
    SessionKey::new(pool.id().clone(), client, key)
}

/// Returns the session of a complete sign-in.
pub fn done(sign_in: SignIn) -> Session {
    match sign_in {
        SignIn::Done(session) => session,
        SignIn::Challenge(challenge) => panic!("{} was returned", challenge.name()),
    }
}

/// Returns the challenge of an incomplete sign-in.
pub fn challenge(sign_in: SignIn) -> Challenge {
    match sign_in {
        SignIn::Done(_) => panic!("no challenge was returned"),
        SignIn::Challenge(challenge) => challenge,
    }
}

/// Returns the challenge of one kind from a sign-in, or fails the test.
#[macro_export]
macro_rules! expect_challenge {
    ($challenge:expr, $kind:ident) => {
        match $challenge {
            cognito::Challenge::$kind(challenge) => challenge,
            other => panic!("{} was returned, not {}", other.name(), stringify!($kind)),
        }
    };
}
