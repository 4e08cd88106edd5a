//! Sessions in a real Redis server.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use cognito::session::{
    REDIS_STORE_MAX_SESSION_BYTES, RedisStore, RedisStoreError, STORE_TIMEOUT, SessionKey,
    StoreError, Swap,
};
use cognito::{ErrorKind, TokenStore};
use cognito_services_tests::store_contract::check;
use cognito_services_tests::{Pool, check_sessions};
use tempfile::TempDir;

#[path = "../../tests/shared_quota/server.rs"]
#[allow(dead_code, reason = "the suite of shared quotas uses more of it")]
mod server;

/// A server on a free port of 127.0.0.1, which ends with the test.
struct Redis {
    server: server::Redis,
    port: u16,
    arguments: Vec<String>,
    _directory: TempDir,
}

impl Redis {
    fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let own = ["--appendonly", "no", "--dir", directory.path().to_str().unwrap()];
        let arguments = [&own[..], arguments].concat();
        let server = server::Redis::start(&arguments);
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Self { port: server.port, server, arguments, _directory: directory }
    }

    /// Restarts the server after `stop`, without its data.
    fn start_again(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let started = server::Redis::start_on(self.port, &arguments).unwrap();
        self.server = started.expect("the port is free");
    }

    fn stop(&mut self) {
        self.server.stop();
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> RedisStore {
        RedisStore::open(&self.url()).unwrap()
    }

    /// Runs a command without the store.
    async fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await.unwrap()
    }

    async fn keys(&self) -> Vec<String> {
        self.command(&["KEYS", "*"]).await
    }
}

/// An address that forwards new connections to the current primary, like a DNS name.
struct Address {
    url: String,
    primary: Arc<AtomicU16>,
}

impl Address {
    async fn of(port: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let primary = Arc::new(AtomicU16::new(port));
        let target = Arc::clone(&primary);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = target.load(Ordering::SeqCst);
                let mut server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(async move {
                    // Ends when either side closes.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { url, primary }
    }
}

fn key() -> SessionKey {
    SessionKey::new("eu-west-1_Redis".parse().unwrap(), "client".into(), "alice")
}

async fn put(store: &RedisStore, bytes: &[u8]) -> Result<Swap, StoreError> {
    let revision = match store.load(&key()).await {
        Err(error) if error.is_unreadable() => None,
        loaded => loaded?.map(|(_, revision)| revision),
    };
    store.swap(&key(), revision, Some(bytes.to_vec().into())).await
}

async fn remove(store: &RedisStore) -> Result<Swap, StoreError> {
    let revision = store.load(&key()).await?.map(|(_, revision)| revision);
    store.swap(&key(), revision, None).await
}

fn cause(error: &StoreError) -> &RedisStoreError {
    error.source().unwrap().downcast_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_store_satisfies_the_contract() {
    let server = Redis::start(&[]);
    check(Arc::new(server.store()), Arc::new(server.store())).await;
}

#[tokio::test]
async fn session_continues_in_another_program() {
    let server = Redis::start(&[]);
    check_sessions(Arc::new(server.store()), Arc::new(server.store())).await;
}

#[tokio::test]
async fn sessions_expire_only_after_the_configured_time() {
    let server = Redis::start(&[]);
    let store = server.store().prefix("forever:");
    put(&store, b"tokens").await.unwrap();
    let store = server.store().prefix("an-hour:").expire_after(Duration::from_secs(3600));
    put(&store, b"tokens").await.unwrap();
    for name in server.keys().await {
        let milliseconds: i64 = server.command(&["PTTL", &name]).await;
        match name.starts_with("forever:") {
            true => assert_eq!(milliseconds, -1),
            false => assert!((3_500_000..=3_600_000).contains(&milliseconds), "{milliseconds}"),
        }
    }
    let longest = server.store().prefix("longest:").expire_after(Duration::MAX);
    put(&longest, b"tokens").await.unwrap();
    assert!(longest.load(&key()).await.unwrap().is_some());
    let brief = server.store().prefix("brief:").expire_after(Duration::from_millis(50));
    put(&brief, b"tokens").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(brief.load(&key()).await.unwrap().is_none());
}

#[tokio::test]
async fn keys_do_not_contain_the_name_of_the_session() {
    let server = Redis::start(&[]);
    put(&server.store(), b"tokens").await.unwrap();
    let names = server.keys().await;
    assert!(names.len() == 1 && names[0].starts_with("cognito:session:"), "{names:?}");
    assert!(!names[0].contains("alice"));
}

#[tokio::test]
async fn lost_server_is_a_transient_error_and_the_store_reconnects() {
    let mut server = Redis::start(&[]);
    let store = Arc::new(server.store());
    let pool = Pool::new();
    let session = pool.sign_in(&pool.program(Arc::<RedisStore>::clone(&store))).await;
    server.stop();
    let error = session.refresh().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient() && !error.ends_session());
    let error = store.load(&key()).await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::Unavailable { .. }), "{error:?}");
    server.start_again();
    assert!(store.load(&key()).await.unwrap().is_none());
    put(&store, b"tokens").await.unwrap();
    // The server closes idle connections, which does not affect the next operation.
    let _: i64 = server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
    put(&store, b"more tokens").await.unwrap();
}

#[tokio::test]
async fn a_damaged_value_is_unreadable_and_can_be_replaced() {
    let server = Redis::start(&[]);
    let store = server.store();
    put(&store, b"tokens").await.unwrap();
    let name = server.keys().await.remove(0);
    for (value, is_newer) in [
        ("something else", false),
        ("cognito session 9\nof a newer version, and it is longer than the header", true),
    ] {
        let _: String = server.command(&["SET", &name, value]).await;
        let error = store.load(&key()).await.unwrap_err();
        assert!(error.is_unreadable());
        assert_eq!(matches!(cause(&error), RedisStoreError::UnknownVersion), is_newer);
        assert!(matches!(put(&store, b"new").await.unwrap(), Swap::Done(_)));
        assert!(store.load(&key()).await.unwrap().is_some());
    }
    // A value copied from another session's key is invalid.
    let other = SessionKey::new("eu-west-1_Redis".parse().unwrap(), "client".into(), "bob");
    store.swap(&other, None, Some(b"of bob".to_vec().into())).await.unwrap();
    let names = server.keys().await;
    let other = names.iter().find(|found| **found != name).unwrap();
    let _: i64 = server.command(&["COPY", other, &name, "REPLACE"]).await;
    assert!(store.load(&key()).await.unwrap_err().is_unreadable());
}

#[tokio::test]
async fn rejections_of_the_server_are_reported_without_the_password() {
    let server = Redis::start(&["--requirepass", "planted-password"]);
    let error = server.store().load(&key()).await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::Refused { .. }), "{error:?}");
    let url = format!("redis://:planted-mistake@127.0.0.1:{}", server.port);
    let error = RedisStore::open(&url).unwrap().load(&key()).await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::Refused { .. }), "{error:?}");
    let url = format!("redis://:planted-password@127.0.0.1:{}", server.port);
    let store = RedisStore::open(&url).unwrap();
    put(&store, b"tokens").await.unwrap();
    assert!(!format!("{store:?}").contains("planted"));
    let too_long = vec![0; REDIS_STORE_MAX_SESSION_BYTES + 1];
    let error = put(&store, &too_long).await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::TooLong));
    assert!(matches!(RedisStore::open("http://x"), Err(RedisStoreError::InvalidUrl { .. })));
}

#[tokio::test]
async fn missing_permissions_are_reported_with_the_required_commands() {
    const COMMANDS: [&str; 5] = ["get", "set", "del", "evalsha", "script|load"];
    let server = Redis::start(&[]);
    let user = async |without: Option<&str>| {
        let mut words = vec!["ACL", "SETUSER", "app", "reset", "on", ">password"];
        let allowed = COMMANDS.iter().filter(|&&command| Some(command) != without);
        let allowed: Vec<_> = allowed.map(|command| format!("+{command}")).collect();
        words.push("~cognito:session:*");
        words.extend(allowed.iter().map(String::as_str));
        let _: String = server.command(&words).await;
        let _: String = server.command(&["SCRIPT", "FLUSH"]).await;
        RedisStore::open(&format!("redis://app:password@127.0.0.1:{}", server.port)).unwrap()
    };
    let store = user(None).await;
    put(&store, b"tokens").await.unwrap();
    put(&store, b"more tokens").await.unwrap();
    remove(&store).await.unwrap();
    for command in COMMANDS {
        put(&server.store(), b"tokens").await.unwrap();
        let store = user(Some(command)).await;
        let error = match put(&store, b"tokens").await {
            Err(error) => error,
            Ok(_) => remove(&store).await.unwrap_err(),
        };
        let refused = cause(&error);
        assert!(matches!(refused, RedisStoreError::Refused { .. }), "{command}: {error:?}");
        assert!(refused.to_string().contains(&command.to_uppercase()), "{command}: {refused}");
    }
}

#[tokio::test]
async fn a_failover_behind_one_address_is_followed() {
    let (old, new) = (Redis::start(&[]), Redis::start(&[]));
    let address = Address::of(old.port).await;
    let store = RedisStore::open(&address.url).unwrap();
    put(&store, b"tokens").await.unwrap();
    // The old primary keeps its open connections.
    address.primary.store(new.port, Ordering::SeqCst);
    // It also keeps its data, since no primary can replace them.
    let _: String = old.command(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let error = put(&store, b"new tokens").await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::Unavailable { .. }), "{error:?}");
    assert!(matches!(put(&store, b"new tokens").await.unwrap(), Swap::Done(_)));
    assert!(new.store().load(&key()).await.unwrap().is_some());
}

#[tokio::test]
async fn connection_to_a_replica_without_its_primary_is_closed() {
    let (old, new) = (Redis::start(&[]), Redis::start(&[]));
    let address = Address::of(old.port).await;
    let store = RedisStore::open(&address.url).unwrap();
    assert!(store.load(&key()).await.unwrap().is_none());
    put(&new.store(), b"tokens").await.unwrap();
    let _: String = old.command(&["CONFIG", "SET", "replica-serve-stale-data", "no"]).await;
    let _: String = old.command(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let error = store.load(&key()).await.unwrap_err();
    assert!(matches!(cause(&error), RedisStoreError::Unavailable { .. }), "{error:?}");
    address.primary.store(new.port, Ordering::SeqCst);
    assert!(store.load(&key()).await.unwrap().is_some());
}

#[tokio::test]
async fn callers_of_a_server_that_never_responds_fail_together() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = RedisStore::open(&format!("redis://{}", silent.local_addr().unwrap())).unwrap();
    let since = Instant::now();
    let callers = [store.clone(), store.clone(), store.clone(), store.clone(), store]
        .map(|store| tokio::spawn(async move { store.load(&key()).await }));
    for caller in callers {
        let error = caller.await.unwrap().unwrap_err();
        assert!(matches!(cause(&error), RedisStoreError::Unavailable { .. }), "{error:?}");
    }
    assert!(since.elapsed() < STORE_TIMEOUT, "{:?}", since.elapsed());
}

#[test]
fn a_store_outlives_the_runtime_that_connected_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (server, store) = first.block_on(async {
        let server = Redis::start(&[]);
        let store = server.store();
        put(&store, b"tokens").await.unwrap();
        (server, store)
    });
    drop(first);
    assert!(runtime().block_on(store.load(&key())).unwrap().is_some());
    drop(server);
}
