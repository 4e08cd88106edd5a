//! A pool of the emulator whose requests are counted.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cognito::admin::{Credentials, SdkConfig, SharedCredentialsProvider};
use cognito::sdk::config::retry::RetryConfig;
use cognito::types::{BoxFuture, HttpError, SendHttp};
use cognito::{Admin, UserPool};
use cognito_emulator::{
    Emulator, EmulatorError, InProcessClient, LocalPool, PoolSettings, SigningKeys,
};
use http::{Request, Response};
use serde_json::json;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) const PASSWORD: &str = "Correct-horse1";

/// A pool and the counter of its requests.
pub(crate) struct Counted {
    pub(crate) local: LocalPool,
    pub(crate) pool: UserPool,
    wire: Wire,
}

impl Counted {
    /// Creates a pool with these groups, the highest first.
    pub(crate) fn with_groups(names: &[&str]) -> Outcome<Self> {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let local = emulator.create_pool(PoolSettings::default())?;
        for (precedence, name) in names.iter().enumerate() {
            let group = json!({ "GroupName": name, "Precedence": precedence });
            local.call("CreateGroup", group)?;
        }
        let wire = Wire { pool: local.http_client(), sent: Arc::default() };
        let pool = UserPool::builder(local.id(), local.client_id())
            .endpoint(local.endpoint())
            .http_client(wire.clone())
            .build()?;
        Ok(Self { local, pool, wire })
    }

    /// Returns a client for the administration of the pool.
    pub(crate) fn admin(&self) -> Admin {
        let credentials = Credentials::new("id", "secret", None, None, "example");
        let config = SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // For the real service, keep the default backoff, which is longer.
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(5)));
        self.pool.admin(&config.build())
    }

    /// Creates a user with a password and groups, without a counted request.
    pub(crate) fn add(&self, username: &str, groups: &[&str]) -> Result<(), EmulatorError> {
        self.local.call("AdminCreateUser", json!({ "Username": username }))?;
        let password = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        self.local.call("AdminSetUserPassword", password)?;
        for group in groups {
            let member = json!({ "Username": username, "GroupName": group });
            self.local.call("AdminAddUserToGroup", member)?;
        }
        Ok(())
    }

    /// Prints the number of requests and that of another approach, which must be higher.
    pub(crate) fn compare(&self, other: &str, others: usize) -> Outcome {
        let requests = self.requests();
        println!("  requests: {requests}; {other}: {others}");
        if requests < others {
            Ok(())
        } else {
            Err("the other approach sends fewer requests".into())
        }
    }

    /// Returns the number of requests since the last call, including failed attempts.
    pub(crate) fn requests(&self) -> usize {
        self.wire.sent.swap(0, Ordering::Relaxed)
    }
}

/// A client of the emulator that counts requests.
#[derive(Clone, Debug)]
struct Wire {
    pool: InProcessClient,
    sent: Arc<AtomicUsize>,
}

impl SendHttp for Wire {
    fn send(
        &self,
        request: Request<Bytes>,
        max_body_bytes: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.pool.send(request, max_body_bytes)
    }
}
