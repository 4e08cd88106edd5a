//! A server with responses set by the test, which records every request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::mock_server::MockServer;
use cognito::session::DeviceCredentials;
use cognito::sign_in::UserPoolBuilder;
use cognito::{Admin, Session, SignIn, UserPool};
use cognito_emulator::{Emulator, PoolSettings, SigningKeys};
use serde_json::{Value, json};
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers};

use crate::fixture::{PASSWORD, admin_config};

/// The app client of [`Recorder::client`].
pub const CLIENT: &str = "1example23456789abcdefghij";

/// The secret of the app client.
pub const SECRET: &str = "a-secret-of-the-app-client";

/// The Session in [`challenge_json`].
pub const SESSION: &str = "a Session of the service";

/// Returns a challenge in the format of the service.
pub fn challenge_json(name: &str, parameters: Value) -> Value {
    json!({ "ChallengeName": name, "Session": SESSION, "ChallengeParameters": parameters })
}

/// A server on 127.0.0.1.
pub struct Recorder {
    server: MockServer,
    responses: Responses,
}

/// Responses by operation; the last one is repeated.
#[derive(Clone, Default)]
struct Responses(Arc<Mutex<BTreeMap<String, Vec<ResponseTemplate>>>>);

/// A request that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The name of the operation.
    pub operation: String,
    /// The body that was sent.
    pub body: Value,
    /// True if it was signed with AWS credentials.
    pub signed: bool,
}

impl Recorder {
    /// Starts a server that responds `{}` to all requests.
    pub async fn start() -> Self {
        let (server, responses) = (MockServer::start().await, Responses::default());
        Mock::given(matchers::any()).respond_with(responses.clone()).mount(&server).await;
        Self { server, responses }
    }

    /// Returns the address.
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Returns a client of the pool `eu-west-1_Ab12Cd34E` with this server.
    pub fn client(&self) -> UserPoolBuilder {
        let id = "eu-west-1_Ab12Cd34E".parse().unwrap();
        UserPool::builder(id, CLIENT).client_secret(SECRET).endpoint(self.url())
    }

    /// Returns an administrator of the same pool.
    pub fn admin(&self) -> Admin {
        self.client().build().unwrap().admin(&admin_config())
    }

    /// Returns a session with real tokens, whose requests are sent to this server.
    pub async fn session(&self) -> Session {
        self.session_with(|builder| builder).await
    }

    /// Returns a session of a pool with more settings.
    pub async fn session_with(
        &self,
        set_up: impl FnOnce(UserPoolBuilder) -> UserPoolBuilder,
    ) -> Session {
        let emulator =
            Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
        let local = emulator.create_pool(PoolSettings::default()).unwrap();
        let real = UserPool::builder(local.id(), local.client_id())
            .endpoint(local.endpoint())
            .build()
            .unwrap();
        real.sign_up("alice").password(PASSWORD).attribute("email", "a@b.io").await.unwrap();
        real.confirm_sign_up("alice", local.code_for("alice").unwrap()).await.unwrap();
        let SignIn::Done(signed_in) = real.sign_in("alice").password(PASSWORD).await.unwrap()
        else {
            panic!("a challenge was returned")
        };
        let issuer = format!("{}/{}", local.endpoint(), local.id());
        let pool = UserPool::builder(local.id(), local.client_id()).endpoint(self.url());
        let pool = pool.jwks_uri(format!("{issuer}/.well-known/jwks.json")).issuer(issuer);
        let pool = set_up(pool.client_secret(SECRET)).build().unwrap();
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "password");
        pool.session(signed_in.tokens().unwrap()).device(device).await.unwrap()
    }

    /// Adds a response to an operation, after those added before.
    pub fn respond(&self, operation: &str, body: Value) -> &Self {
        self.respond_with(operation, ResponseTemplate::new(200).set_body_json(body))
    }

    /// Adds a rejection of an operation with an exception, after the responses added before.
    pub fn refuse(&self, operation: &str, name: &str, message: &str) -> &Self {
        let status = if name.starts_with("Internal") { 500 } else { 400 };
        let body = json!({ "__type": name, "message": message });
        let response = ResponseTemplate::new(status).set_body_json(body);
        self.respond_with(operation, response.insert_header("x-amzn-errortype", format!("{name}:")))
    }

    /// Adds any response to an operation.
    pub fn respond_with(&self, operation: &str, response: ResponseTemplate) -> &Self {
        let mut responses = self.responses.0.lock().unwrap();
        responses.entry(operation.to_owned()).or_default().push(response);
        drop(responses);
        self
    }

    /// Returns the requests to an operation, in order.
    pub async fn sent(&self, operation: &str) -> Vec<Value> {
        let requests = self.requests().await.into_iter();
        let of_it = requests.filter(|request| request.operation == operation);
        of_it.map(|request| request.body).collect()
    }

    /// Returns all requests so far.
    pub async fn requests(&self) -> Vec<Recorded> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().map(recorded).collect()
    }

    /// Returns the only request to an operation.
    pub async fn only(&self, operation: &str) -> Value {
        let mut sent = self.sent(operation).await;
        assert!(sent.len() < 2, "{operation} was sent {} times", sent.len());
        sent.pop().unwrap_or_else(|| panic!("no {operation}"))
    }

    /// Returns the number of requests to an operation.
    pub async fn count(&self, operation: &str) -> usize {
        self.sent(operation).await.len()
    }
}

impl Respond for Responses {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut responses = self.0.lock().unwrap();
        match responses.get_mut(&operation(request)) {
            Some(of_it) if of_it.len() > 1 => of_it.remove(0),
            Some(of_it) => of_it[0].clone(),
            None => ResponseTemplate::new(200).set_body_string("{}"),
        }
    }
}

fn recorded(request: &Request) -> Recorded {
    Recorded {
        operation: operation(request),
        body: serde_json::from_slice(&request.body).unwrap_or_default(),
        signed: request.headers.contains_key("authorization"),
    }
}

fn operation(request: &Request) -> String {
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.rsplit('.').next());
    name.unwrap_or("GetKeySet").to_owned()
}
