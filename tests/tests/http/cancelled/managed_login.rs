//! Sign-ins with the browser that are dropped at each of their awaits.

use std::net::Ipv4Addr;
use std::time::Duration;

use cognito::managed_login::{LoopbackListener, ManagedLogin, ManagedLoginError};
use cognito::{Session, UserPool};
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use cognito_tests::browser::Browser;
use cognito_tests::cancelled::{at_each_await, within_polls};
use cognito_tests::fixture::PASSWORD;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CALLBACK: &str = "https://www.example.com/callback?state=own";

/// Returns a pool with managed login that rotates refresh tokens, and clients of it.
async fn pool() -> (LocalPool, ManagedLogin, UserPool) {
    let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).start().await.unwrap();
    let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
    let settings = PoolSettings::default().managed_login([CALLBACK]);
    let local = emulator.create_pool(settings.client_member("RefreshTokenRotation", rotation));
    let local = local.unwrap();
    local.add_user("alice", PASSWORD).unwrap();
    let login = ManagedLogin::builder(&local.id(), local.client_id(), local.endpoint())
        .endpoint(local.endpoint())
        .clock(local.clock());
    let login = login.build().unwrap();
    let pool = UserPool::builder(local.id(), local.client_id())
        .endpoint(local.endpoint())
        .clock(local.clock())
        .token_refresher(login.clone());
    (local, login, pool.build().unwrap())
}

async fn session(pool: &UserPool, login: &ManagedLogin) -> Session {
    let request = login.authorization_url(CALLBACK).build().unwrap();
    let callback = Browser::default().sign_in(request.url(), "alice", PASSWORD).await.url;
    let tokens = login.exchange(request.pending(), &callback).await.unwrap();
    tokens.session(pool).await.unwrap()
}

#[tokio::test]
async fn a_dropped_exchange_can_be_repeated_unless_the_code_is_used() {
    let (_local, login, pool) = pool().await;
    at_each_await("exchange", async |polls| {
        let request = login.authorization_url(CALLBACK).build().unwrap();
        let callback = Browser::default().sign_in(request.url(), "alice", PASSWORD).await.url;
        let (pending, context) = (request.pending(), format!("after {polls} polls"));
        let exchanged = within_polls(login.exchange(pending, &callback), polls).await;
        let is_used = match login.exchange(pending, &callback).await {
            Ok(_) => false,
            Err(ManagedLoginError::GrantRefused) => true,
            Err(error) => panic!("{context}: {error}"),
        };
        let done = exchanged.map(|tokens| tokens.expect(&context)).is_some();
        assert!(is_used || !done, "{context}: the code was used twice");
        session(&pool, &login).await.user().await.expect(&context);
        done
    })
    .await;
}

#[tokio::test]
async fn a_session_of_managed_login_survives_a_dropped_refresh() {
    let (_local, login, pool) = pool().await;
    at_each_await("refresh", async |polls| {
        let (session, context) = (session(&pool, &login).await, format!("after {polls} polls"));
        let done = within_polls(session.refresh(), polls).await.is_some();
        session.refresh().await.expect(&context);
        session.user().await.expect(&context);
        done
    })
    .await;
}

#[tokio::test]
async fn a_dropped_revocation_can_be_repeated() {
    let (_local, login, pool) = pool().await;
    at_each_await("revoke", async |polls| {
        let (session, context) = (session(&pool, &login).await, format!("after {polls} polls"));
        let token = session.tokens().unwrap().refresh_token().unwrap().clone();
        let done = within_polls(login.revoke(&token), polls).await.is_some();
        login.revoke(&token).await.expect(&context);
        assert!(session.refresh().await.unwrap_err().ends_session(), "{context}");
        done
    })
    .await;
}

/// Requests a path; returns none if the listener is dropped meanwhile.
async fn get(port: u16, target: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await.ok()?;
    Some(response)
}

#[tokio::test]
async fn a_dropped_listener_releases_its_port_and_another_one_gets_the_callback() {
    let (_local, login, _) = pool().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let uri = format!("http://127.0.0.1:{free}/callback");
    let request = login.authorization_url(&uri).build().unwrap();
    let target = format!("/callback?code=c0de&state={}", request.pending().state());
    at_each_await("callback", async |polls| {
        let bind = || LoopbackListener::bind(&uri);
        let first = bind().await.unwrap();
        let browser = tokio::spawn({
            let target = target.clone();
            async move { get(free, &target).await }
        });
        let found = within_polls(first.callback(request.pending()), polls).await;
        drop(browser.await);
        let next = bind().await.expect("the port is released").timeout(Duration::from_secs(10));
        let again = get(free, &target);
        let (next, response) = tokio::join!(next.callback(request.pending()), again);
        assert!(target.ends_with(&next.unwrap()), "after {polls} polls");
        assert!(response.is_some_and(|page| page.starts_with("HTTP/1.1 200")), "{polls} polls");
        found.is_some()
    })
    .await;
}
