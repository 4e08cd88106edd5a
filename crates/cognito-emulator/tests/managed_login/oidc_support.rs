//! An OpenID Connect provider on loopback with responses set by the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::LocalPool;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::external_support::serve;
use crate::support::{App, Browser, Response, header, pool, sent_parameter, settings};

/// The key of the emulator's own tests.
const KEY: &[u8] = include_bytes!("../../keys/test-id.pkcs8.der");

pub(crate) const ENDPOINTS: [&str; 4] =
    ["/.well-known/openid-configuration", "/token", "/keys", "/userinfo"];

/// A response of the provider.
#[derive(Clone)]
pub(crate) enum Reply {
    /// The status and the body.
    Http(u16, String),
    /// Raw bytes.
    Raw(Vec<u8>),
    /// No response; the connection is closed.
    Closed,
}

/// A request that the provider received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn form(&self) -> HashMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

#[derive(Default)]
struct Script {
    replies: HashMap<String, Reply>,
    received: Vec<(String, Received)>,
}

/// A provider that listens until the test ends.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    script: Arc<Mutex<Script>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let provider = Self { issuer, script: Arc::clone(&script) };
        provider.reply("/.well-known/openid-configuration", &provider.discovery());
        provider.reply("/keys", &key_set());
        provider.reply("/userinfo", &json!({ "sub": "u1", "name": "Ann of userInfo" }));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream, Arc::clone(&script)));
            }
        });
        provider
    }

    pub(crate) fn discovery(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
        })
    }

    /// Sets the JSON response of a path.
    pub(crate) fn reply(&self, path: &str, json: &Value) {
        self.set(path, Reply::Http(200, json.to_string()));
    }

    pub(crate) fn set(&self, path: &str, reply: Reply) {
        self.script.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// Sets the ID token that the token endpoint returns.
    pub(crate) fn issue(&self, id_token: &str) {
        let tokens = json!({ "id_token": id_token, "access_token": "at", "token_type": "Bearer" });
        self.reply("/token", &tokens);
    }

    /// Returns the claims of a valid ID token with a nonce.
    pub(crate) fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.issuer, "aud": "our-client", "sub": "u1", "nonce": nonce,
            "exp": 4_000_000_000_u64, "iat": 1_700_000_000, "email": "ann@corp.example",
            "email_verified": true
        })
    }

    /// Returns the requests to a path.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        let script = self.script.lock().unwrap();
        let of_path = script.received.iter().filter(|(own, _)| own == path);
        of_path.map(|(_, received)| received.clone()).collect()
    }

    /// Returns the response of a path, if it is set.
    pub(crate) fn body(&self, path: &str) -> String {
        match self.script.lock().unwrap().replies.get(path) {
            Some(Reply::Http(_, body)) => body.clone(),
            _ => String::new(),
        }
    }
}

async fn respond(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some((path, received)) = read(&mut stream).await else { return };
    let reply = {
        let mut script = script.lock().unwrap();
        script.received.push((path.clone(), received));
        script.replies.get(&path).cloned().unwrap_or_else(|| Reply::Http(404, "{}".to_owned()))
    };
    let bytes = match reply {
        Reply::Http(status, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: {length}\r\n");
            format!("{head}Location: /elsewhere\r\n\r\n{body}").into_bytes()
        }
        Reply::Raw(bytes) => bytes,
        Reply::Closed => return,
    };
    // The emulator may disconnect before the end of a too long body.
    let _closed = stream.write_all(&bytes).await;
}

async fn read(stream: &mut TcpStream) -> Option<(String, Received)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap_or("0");
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if body.len() >= length {
            let target = text.split(' ').nth(1)?.to_owned();
            return Some((target, Received { head, body: body.to_owned() }));
        }
    }
}

fn key() -> KeyPair {
    KeyPair::from_pkcs8(KEY).unwrap()
}

pub(crate) fn key_set() -> Value {
    let parts = PublicKeyComponents::<Vec<u8>>::from(key().public_key());
    let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{
        "kty": "RSA", "kid": "k1", "alg": "RS256", "use": "sig",
        "n": encoded(&parts.n), "e": encoded(&parts.e),
    }] })
}

/// Signs claims with a header.
pub(crate) fn signed(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let key = key();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Signs claims like a provider.
pub(crate) fn id_token(claims: &Value) -> String {
    signed(&json!({ "alg": "RS256", "kid": "k1" }), claims)
}

/// Returns the details of an OpenID Connect provider.
pub(crate) fn details(issuer: &str) -> Value {
    json!({
        "client_id": "our-client", "client_secret": "our secret", "oidc_issuer": issuer,
        "authorize_scopes": "openid email", "attributes_request_method": "GET"
    })
}

/// Adds the provider Corp to a pool and its app client.
pub(crate) fn add_corp(local: &LocalPool, details: &Value) {
    let mapping = json!({ "email": "email", "email_verified": "email_verified", "name": "name" });
    let provider = json!({
        "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": details,
        "AttributeMapping": mapping
    });
    local.call("CreateIdentityProvider", provider).unwrap();
    serve(local, &["COGNITO", "Corp"]);
}

/// Returns a pool with the provider.
pub(crate) fn pool_with(provider: &Provider) -> LocalPool {
    let local = pool(settings());
    add_corp(&local, &details(&provider.issuer));
    local
}

pub(crate) fn to_corp(local: &LocalPool) -> String {
    App::of(local).with("identity_provider", "Corp").query()
}

/// A pending sign-in at the provider.
pub(crate) struct Begun {
    pub(crate) browser: Browser,
    pub(crate) state: String,
    pub(crate) nonce: String,
}

impl Begun {
    pub(crate) async fn at(local: &LocalPool) -> Self {
        let mut browser = Browser::of(local);
        let response = browser.open(&to_corp(local)).await;
        let sent = |name| sent_parameter(&response, name);
        let (Some(state), Some(nonce)) = (sent("state"), sent("nonce")) else {
            panic!("{}", header(&response, "location"));
        };
        Self { browser, state, nonce }
    }

    /// Returns the browser to the emulator with a code.
    pub(crate) async fn back(&mut self) -> Response {
        let state = &self.state;
        self.browser.get(&format!("/oauth2/idpresponse?code=c1&state={state}")).await
    }
}

/// Signs in at a provider that issues a valid ID token.
pub(crate) async fn sign_in(provider: &Provider, local: &LocalPool) -> Response {
    let mut begun = Begun::at(local).await;
    provider.issue(&id_token(&provider.claims(&begun.nonce)));
    begun.back().await
}
