//! The service: rotating refresh tokens with a grace period, and revocation of a sign-in whose
//! rotated token is reused later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cognito::types::{ClientId, Clock, SendHttp, UserPoolId};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};

/// The number of prepared access tokens, which is more than a run needs.
const PREPARED: usize = 96;

/// Access tokens that are signed in advance, because signatures take longer than a run.
#[derive(Clone)]
pub struct Tokens(Arc<Prepared>);

struct Prepared {
    pool: UserPoolId,
    client: ClientId,
    endpoint: String,
    keys: String,
    issued_at: SystemTime,
    access: Vec<String>,
}

impl Tokens {
    /// Signs the tokens of a user.
    pub fn prepare() -> Self {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        local.add_user("alice", "Correct-horse1").unwrap();
        let now = local.clock().now();
        let ends = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 30 * 24 * 3600;
        let token = |_| {
            let token = local.access_token_for(json!({ "username": "alice", "exp": ends }));
            token.unwrap().expose_secret().to_owned()
        };
        Self(Arc::new(Prepared {
            pool: local.id(),
            client: local.client_id(),
            endpoint: local.endpoint().to_owned(),
            keys: key_set(&local),
            issued_at: now,
            access: (0..PREPARED).map(token).collect(),
        }))
    }

    pub(super) fn pool(&self) -> UserPoolId {
        self.0.pool.clone()
    }

    pub(super) fn client(&self) -> ClientId {
        self.0.client.clone()
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    pub(super) fn keys(&self) -> String {
        self.0.keys.clone()
    }

    pub(super) fn issued_at(&self) -> SystemTime {
        self.0.issued_at
    }

    /// Returns the access token with a number.
    pub(super) fn access(&self, number: usize) -> String {
        self.0.access[number].clone()
    }
}

fn key_set(local: &LocalPool) -> String {
    let address = format!("{}/{}/.well-known/jwks.json", local.endpoint(), local.id().as_str());
    let request = http::Request::get(address).body(Bytes::new()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let response = runtime.block_on(local.http_client().send(request, 1 << 20)).unwrap();
    assert_eq!(response.status(), 200);
    String::from_utf8(response.into_body()).unwrap()
}

/// The sign-in at the service. Times are relative to the start of the run.
pub(super) struct Service {
    grace: Duration,
    /// The time of rotation of each refresh token.
    replaced: BTreeMap<String, Option<Duration>>,
    issued: usize,
    has_ended: bool,
}

/// The lifetime of access tokens.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

impl Service {
    pub(super) fn new(grace: Duration) -> Self {
        let replaced = BTreeMap::from([(refresh_token(0), None)]);
        Self { grace, replaced, issued: 1, has_ended: false }
    }

    /// Returns whether the sign-in was revoked because a rotated token was reused.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Returns whether new tokens would be issued for a refresh token.
    pub(super) fn honours(&self, token: &str, now: Duration) -> bool {
        let holds = |replaced: &Option<Duration>| replaced.is_none_or(|at| now < at + self.grace);
        !self.has_ended && self.replaced.get(token).is_some_and(holds)
    }

    /// Responds to a refresh, and returns the status and the body.
    pub(super) fn refresh(&mut self, token: &str, now: Duration, tokens: &Tokens) -> (u16, Value) {
        if self.has_ended {
            return refusal("NotAuthorizedException", "Refresh Token has been revoked");
        }
        if !self.honours(token, now) {
            self.has_ended = true;
            return refusal("RefreshTokenReuseException", "Refresh token reuse detected");
        }
        let number = self.issued;
        self.issued += 1;
        self.replaced.entry(token.to_owned()).or_default().get_or_insert(now);
        self.replaced.insert(refresh_token(number), None);
        let result = json!({
            "AccessToken": tokens.access(number),
            "RefreshToken": refresh_token(number),
            "ExpiresIn": LIFETIME.as_secs(),
            "TokenType": "Bearer",
        });
        (200, json!({ "AuthenticationResult": result }))
    }
}

/// Returns the refresh token with a number.
pub(super) fn refresh_token(number: usize) -> String {
    format!("refresh-token-{number}")
}

pub(super) fn refusal(name: &str, message: &str) -> (u16, Value) {
    (400, json!({ "__type": name, "message": message }))
}
