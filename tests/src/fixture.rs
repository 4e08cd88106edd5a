//! A pool of the emulator with a client of ours, and people in it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use cognito::sign_in::UserPoolBuilder;
use cognito::types::{Clock, SoftwareTokenSecret};
use cognito::{Admin, Challenge, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::interposer::Interposer;

/// The password of everybody.
pub const PASSWORD: &str = "Correct-horse1";

/// A pool and a client of it.
pub struct Fixture {
    /// The server's side.
    pub local: LocalPool,
    /// The client's side.
    pub pool: UserPool,
    /// The interposer between them.
    pub wire: Interposer,
}

impl Fixture {
    /// A pool in this process, and its client.
    pub fn new(settings: PoolSettings) -> Self {
        Self::with(settings, |builder| builder)
    }

    /// The same with a client that is set up further.
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

    /// Another client of the same pool, as another program would have.
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

    /// Signs in a user of whom no second factor is asked.
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

    /// The challenge that a user's password leads to.
    pub async fn challenge(&self, username: &str) -> Challenge {
        challenge(self.pool.sign_in(username).password(PASSWORD).await.unwrap())
    }

    /// Makes a user with a permanent password by administration, in the clear and at once.
    pub fn create_user(&self, username: &str, attributes: &[(&str, &str)]) {
        self.admin("AdminCreateUser", json!({
            "Username": username,
            "MessageAction": "SUPPRESS",
            "UserAttributes": attributes.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect::<Vec<_>>(),
        }));
        let password = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        self.admin("AdminSetUserPassword", password);
    }

    /// Our client of the pool's administration.
    pub fn administrator(&self) -> Admin {
        self.pool.admin(&admin_config())
    }

    /// Runs an operation as administrator.
    pub fn admin(&self, operation: &str, input: Value) -> Value {
        self.local.call(operation, input).unwrap()
    }

    /// Moves the clock of both sides ahead.
    pub fn advance(&self, seconds: u64) {
        self.local.clock().advance(Duration::from_secs(seconds));
    }

    /// The code that an authenticator app with that key shows.
    pub fn app_code(&self, secret: &SoftwareTokenSecret) -> String {
        app_code(secret, self.local.clock().now())
    }

    /// A code that the app does not show.
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

/// The code that an authenticator app with that key shows at that time.
pub fn app_code(secret: &SoftwareTokenSecret, now: SystemTime) -> String {
    app_code_of(secret, now).unwrap()
}

/// The same code, or `None` for a key that no app accepts, such as that of moto.
pub fn app_code_of(secret: &SoftwareTokenSecret, now: SystemTime) -> Option<String> {
    let secret = Secret::try_from_base32(secret.expose_secret()).ok()?;
    let now = now.duration_since(UNIX_EPOCH).ok()?;
    Some(Builder::new().with_secret(secret).build().ok()?.generate(now.as_secs()).to_string())
}

/// A code that the app does not show at that time.
pub fn wrong_app_code(secret: &SoftwareTokenSecret, now: SystemTime) -> String {
    let right: u32 = app_code(secret, now).parse().unwrap();
    format!("{:06}", (right + 500_000) % 1_000_000)
}

/// AWS configuration with credentials that are no secret.
pub fn admin_config() -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    SdkConfig::builder().credentials_provider(provider).build()
}

/// The session of a sign-in that is done.
pub fn done(sign_in: SignIn) -> Session {
    match sign_in {
        SignIn::Done(session) => session,
        SignIn::Challenge(challenge) => panic!("{} is asked", challenge.name()),
    }
}

/// The challenge of a sign-in that is not done.
pub fn challenge(sign_in: SignIn) -> Challenge {
    match sign_in {
        SignIn::Done(_) => panic!("nothing is asked"),
        SignIn::Challenge(challenge) => challenge,
    }
}

/// Takes the challenge of one kind out of a sign-in, or fails the test.
#[macro_export]
macro_rules! expect_challenge {
    ($challenge:expr, $kind:ident) => {
        match $challenge {
            cognito::Challenge::$kind(challenge) => challenge,
            other => panic!("{} is asked, not {}", other.name(), stringify!($kind)),
        }
    };
}
