//! Targets for untrusted input: functions of bytes that must neither panic nor accept invalid input.
//!
//! libFuzzer calls them (`cargo xtask fuzz`). The tests of `tests/tests/inputs` include this file and call
//! them too.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cognito::session::StoredSession;
use cognito::sign_in::SavedChallenge;
use cognito::types::{BoxFuture, HttpError, HttpErrorKind, SendHttp};
use cognito::verify::{AlbVerifier, Clients, FetchError, FetchKeys, KeySet, TokenRules};
use cognito::{FileStore, MemoryStore, TokenStore, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_srp::{
    EphemeralKeyPair, Identity, PasswordVerifier, ServerExchange, SrpChallenge, Timestamp,
};
use getrandom::SysRng;
use http::{Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A function that processes an untrusted input.
pub type Target = fn(&[u8]);

/// The names and functions of all targets.
pub const TARGETS: [(&str, Target); 12] = [
    ("alb_header", alb_header),
    ("emulator_request", emulator_request),
    ("filter", filter),
    ("jwks", jwks),
    ("jws", jws),
    ("oauth_request", oauth_request),
    ("saved_challenge", saved_challenge),
    ("seed_file", seed_file),
    ("session_file", session_file),
    ("srp_client", srp_client),
    ("srp_server", srp_server),
    ("state_file", state_file),
];

/// Runs the target with that name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.unwrap_or_else(|| panic!("there is no target {name}")).1(data);
}

const VECTORS: &str = include_str!("../../tests/data/jwt.json");

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());

fn wait<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// Splits an input into lines. Missing lines are empty, and the last one contains the rest.
fn lines<const N: usize>(data: &[u8]) -> [String; N] {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(N, '\n').map(str::to_owned);
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}

/// Parses challenge parameters of SRP from lines: salt, B and secret block.
pub fn srp_client(data: &[u8]) {
    let [salt, srp_b, secret_block] = lines(data);
    let Ok(challenge) = SrpChallenge::parse(&salt, &srp_b, &secret_block) else { return };
    let pair = EphemeralKeyPair::generate(&mut SysRng).unwrap();
    let timestamp = Timestamp::from_unix_seconds(1_795_225_024).unwrap();
    let identity = Identity::user("AbCdEfGhI", "alice");
    if let Ok(claim) = pair.claim(identity, "Correct-horse1", &challenge, &timestamp) {
        assert_eq!(claim.signature().len(), 44);
    }
}

/// Processes input of an SRP server from lines: A, a signature, and a device's verifier and salt.
pub fn srp_server(data: &[u8]) {
    static VERIFIER: LazyLock<PasswordVerifier> =
        LazyLock::new(|| PasswordVerifier::new(identity(), "Correct-horse1", &[1; 16]));
    fn identity() -> Identity<'static> {
        Identity::user("AbCdEfGhI", "alice")
    }
    let [srp_a, signature, verifier, salt] = lines(data);
    let timestamp = Timestamp::from_unix_seconds(1_795_225_024).unwrap();
    if let Ok(exchange) = VERIFIER.challenge(&srp_a, &mut SysRng) {
        let verified = exchange.verify(identity(), b"secret block", &timestamp, &signature);
        assert!(verified.is_err(), "a signature without the password is accepted");
    }
    if let Ok(device) = PasswordVerifier::from_device(&verifier, &salt) {
        assert!(!device.matches(identity(), "Correct-horse1"));
    }
    let _ = ServerExchange::from_base64(&signature);
}

/// The rules, the keys, the time and the accepted tokens of the test vectors.
struct Vectors {
    rules: TokenRules,
    keys: KeySet,
    now: SystemTime,
    accepted: BTreeSet<String>,
}

static KNOWN: LazyLock<Vectors> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(VECTORS).unwrap();
    let text = |name: &str| document[name].as_str().unwrap().to_owned();
    let cases = document["vectors"].as_array().unwrap().iter();
    let accepted = cases.filter(|case| case["expect"] == "accept");
    let pool = text("pool_id").parse().unwrap();
    Vectors {
        rules: TokenRules::new(&pool, Clients::only(text("client_id"))).allow_any_audience(),
        keys: KeySet::from_json(&document["jwks"].to_string()).unwrap(),
        now: UNIX_EPOCH + Duration::from_secs(document["now"].as_u64().unwrap()),
        accepted: accepted.map(|case| case["token"].as_str().unwrap().to_owned()).collect(),
    }
});

/// Verifies a token. Only the signed tokens of the vectors may be accepted.
pub fn jws(data: &[u8]) {
    let Vectors { rules, keys, now, accepted } = &*KNOWN;
    let token = String::from_utf8_lossy(data);
    let access = rules.access_token(&token, keys, *now).is_ok();
    let id = rules.id_token(&token, keys, *now).is_ok();
    assert!(!(access || id) || accepted.contains(&*token), "a changed token is accepted");
    let _ = keys.verify_compact(&token);
}

/// Parses a key set.
pub fn jwks(data: &[u8]) {
    let Ok(keys) = KeySet::from_json(&String::from_utf8_lossy(data)) else { return };
    let count = keys.len();
    assert_eq!(keys.is_empty(), count == 0);
    for token in &KNOWN.accepted {
        let _ = keys.verify_compact(token);
    }
}

/// A fetcher that returns no keys.
#[derive(Debug)]
struct NoKeys;

impl FetchKeys for NoKeys {
    fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, FetchError>> {
        Box::pin(async { Ok("no key".to_owned()) })
    }
}

/// Verifies the header `x-amzn-oidc-data` of a load balancer.
pub fn alb_header(data: &[u8]) {
    static VERIFIER: LazyLock<AlbVerifier> = LazyLock::new(|| {
        let arn =
            "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/lb/0123abcd";
        let pool = "us-east-1_AbCdEfGhI".parse().unwrap();
        AlbVerifier::new(arn.parse().unwrap(), &pool, Clients::only("client"), Arc::new(NoKeys))
    });
    let accepted = wait(VERIFIER.verify(&String::from_utf8_lossy(data)));
    assert!(accepted.is_err(), "an unsigned header is accepted");
}

/// An HTTP client that fails to send every request.
#[derive(Debug)]
struct NoNetwork;

impl SendHttp for NoNetwork {
    fn send(
        &self,
        _: Request<Bytes>,
        _: usize,
    ) -> BoxFuture<'_, Result<Response<Vec<u8>>, HttpError>> {
        Box::pin(async { Err(HttpError::new(HttpErrorKind::Unsendable)) })
    }
}

fn pool(store: Arc<MemoryStore>) -> UserPool {
    let pool = UserPool::builder("us-east-1_AbCdEfGhI".parse().unwrap(), "client");
    pool.http_client(NoNetwork).token_store(store).build().unwrap()
}

/// Resumes a saved challenge, which a browser could have changed.
pub fn saved_challenge(data: &[u8]) {
    let Ok(saved) = serde_json::from_slice::<SavedChallenge>(data) else { return };
    let _ = (saved.name(), saved.kind(), saved.deadline());
    let _ = pool(Arc::default()).resume(saved);
}

/// Restores a session from a record, and loads one from a file of a [`FileStore`].
pub fn session_file(data: &[u8]) {
    static HOME: LazyLock<(TempDir, FileStore, PathBuf)> = LazyLock::new(|| {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::open(home.path().join("sessions")).unwrap();
        let key = pool(Arc::default()).session_key("alice");
        wait(store.swap(&key, None, Some(b"tokens".to_vec().into()))).unwrap();
        let files = fs::read_dir(store.directory()).unwrap().map(|file| file.unwrap().path());
        let path = files.into_iter().find(|path| path.extension().is_some()).unwrap();
        (home, store, path)
    });
    wait(async {
        let store = Arc::new(MemoryStore::default());
        let pool = pool(Arc::clone(&store));
        let key = pool.session_key("alice");
        store.swap(&key, None, Some(StoredSession::from(data.to_vec()))).await.unwrap();
        // A session without verified tokens may be restored, but its tokens are not returned.
        if let Ok(Some(session)) = pool.restore(&key).await {
            assert!(session.tokens().is_err());
        }
    });
    let (_, store, path) = &*HOME;
    fs::write(path, data).unwrap();
    let key = pool(Arc::default()).session_key("alice");
    if let Ok(Some((stored, _))) = wait(store.load(&key)) {
        assert_eq!(stored.expose_secret(), b"tokens", "a changed session is loaded");
    }
}

fn local_pool() -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).seed(7);
    let local = builder.in_process().create_pool(PoolSettings::default()).unwrap();
    local.add_user("alice", "Correct-horse1").unwrap();
    local
}

thread_local! {
    static LOCAL: LocalPool = local_pool();
}

fn send(request: Request<Bytes>) -> u16 {
    LOCAL.with(|local| match wait(local.http_client().send(request, usize::MAX)) {
        Ok(response) => response.status().as_u16(),
        Err(error) => panic!("no response: {error}"),
    })
}

/// Sends a request of the API from lines: its target and its body.
pub fn emulator_request(data: &[u8]) {
    let [target, body] = lines(data);
    // Created pools would fill the memory.
    if target.contains("CreateUserPool") {
        return;
    }
    let request = Request::post("http://localhost/").header("x-amz-target", target);
    let request = request.header("content-type", "application/x-amz-json-1.1");
    let Ok(request) = request.body(Bytes::from(body)) else { return };
    assert_ne!(send(request), 500, "an internal error");
}

/// Sends a request to the endpoints of managed login from lines: method, path with query, header and body.
pub fn oauth_request(data: &[u8]) {
    let [method, path, authorization, body] = lines(data);
    if path.starts_with("/_emulator") {
        return;
    }
    let Ok(method) = http::Method::from_bytes(method.as_bytes()) else { return };
    let request = Request::builder().method(method).uri(format!("http://localhost{path}"));
    let request = request.header("host", "localhost").header("authorization", authorization);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let Ok(request) = request.body(Bytes::from(body)) else { return };
    assert_ne!(send(request), 500, "an internal error");
}

/// Lists users with a filter.
pub fn filter(data: &[u8]) {
    let filter = String::from_utf8_lossy(data);
    LOCAL.with(|local| drop(local.call("ListUsers", json!({ "Filter": filter }))));
}

/// Loads a seed file.
pub fn seed_file(data: &[u8]) {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
    let _ = emulator.load(&String::from_utf8_lossy(data));
}

/// Opens a state file of another version, or a damaged one.
pub fn state_file(data: &[u8]) {
    static HOME: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    let path = HOME.path().join("state");
    fs::write(&path, data).unwrap();
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests).state_file(&path);
    drop(builder.try_in_process());
}
