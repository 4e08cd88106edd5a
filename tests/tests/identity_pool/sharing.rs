//! Callers that share requests, dropped callers, and processes that share a cache in a directory.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cognito::MemoryStore;
use cognito::identity_pool::ProvideCredentials;
use cognito_emulator::{Emulator, IdentityPoolSettings};
use cognito_tests::mock_server::MockServer;
use serde_json::json;
use tokio::runtime::Builder;
use tokio::task::coop::{consume_budget, has_budget_remaining};
use wiremock::ResponseTemplate;

use crate::support::{Scene, identity};

/// The number of concurrent processes.
const PROCESSES: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_cause_one_request_for_the_identity_and_one_for_credentials() {
    let scene = Scene::new().await;
    let token = json!({ "IdentityId": identity(1), "Token": "e30.e30.c2ln" });
    scene.server.respond("GetOpenIdToken", token);
    let provider = scene.provider();
    let callers = (0..1000).map(|number| {
        let provider = provider.clone();
        tokio::spawn(async move {
            match number % 4 {
                0 => drop(provider.provide_credentials().await.unwrap()),
                1 => drop(provider.credentials().await.unwrap()),
                2 => drop(provider.identity_id().await.unwrap()),
                _ => drop(provider.open_id_token().await.unwrap()),
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_eq!(scene.counts().await, (1, 1));
}

/// The test above may end in such a task, because it has awaited a thousand ready tasks.
#[tokio::test]
async fn a_server_is_stopped_by_a_task_without_budget() {
    let server = MockServer::start().await;
    while has_budget_remaining() {
        consume_budget().await;
    }
    drop(server);
}

/// Polls a future until the server has received a request, and drops it.
async fn leave(scene: &Scene, operation: &str, call: impl Future) {
    let mut call = Box::pin(call);
    while scene.server.count(operation).await == 0 {
        assert!(futures_util::poll!(&mut call).is_pending());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn request_is_completed_when_its_caller_is_dropped() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    let late = scene.response(1).set_delay(Duration::from_millis(200));
    scene.server.respond_with("GetCredentialsForIdentity", late);
    let provider = scene.provider();
    leave(&scene, "GetCredentialsForIdentity", provider.credentials()).await;
    provider.credentials().await.unwrap();
    assert_eq!(scene.counts().await, (1, 1));
}

#[tokio::test]
async fn another_user_does_not_share_a_request_in_progress() {
    let scene = Scene::without_responses().await;
    for number in [1, 2] {
        scene.server.respond("GetId", json!({ "IdentityId": identity(number) }));
    }
    let late = scene.response(1).set_delay(Duration::from_millis(200));
    scene.server.respond_with("GetCredentialsForIdentity", late);
    scene.issue(2);
    let provider = scene.provider();
    leave(&scene, "GetCredentialsForIdentity", provider.credentials()).await;
    scene.tokens.be("bob", &[]);
    let credentials = provider.credentials().await.unwrap();
    assert_eq!(credentials.identity_id().as_str(), identity(2));
    assert_eq!(scene.counts().await, (2, 2));
}

/// Otherwise a guest would be created that is in no cache.
#[tokio::test]
async fn identity_of_a_guest_is_cached_when_the_caller_is_dropped() {
    let scene = Scene::without_responses().await;
    let late = ResponseTemplate::new(200).set_body_json(json!({ "IdentityId": identity(1) }));
    scene.server.respond_with("GetId", late.set_delay(Duration::from_millis(200)));
    let provider = scene.guest(Arc::new(MemoryStore::default()));
    leave(&scene, "GetId", provider.identity_id()).await;
    assert_eq!(provider.identity_id().await.unwrap().as_str(), identity(1));
    assert_eq!(scene.counts().await, (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_a_runtime_that_is_shut_down_is_sent_again_for_other_callers() {
    let scene = Scene::without_responses().await;
    scene.server.respond("GetId", json!({ "IdentityId": identity(1) }));
    let late = scene.response(1).set_delay(Duration::from_secs(600));
    scene.server.respond_with("GetCredentialsForIdentity", late);
    scene.issue(1);
    let provider = scene.provider();
    let other = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let first = provider.clone();
    other.spawn(async move { drop(first.credentials().await) });
    while scene.counts().await.1 == 0 {
        tokio::task::yield_now().await;
    }
    let mut waiting = Box::pin(provider.credentials());
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert_eq!(scene.counts().await.1, 1, "it shares the request");
    other.shutdown_background();
    waiting.await.unwrap();
    assert_eq!(scene.counts().await, (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_with_a_shared_cache_use_one_guest() {
    let emulator = Emulator::start().await.unwrap();
    let pool = emulator.create_identity_pool(IdentityPoolSettings::default().guests()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_guest_identity"));
    command.args([emulator.endpoint(), pool.id().as_str()]).arg(directory.path().join("cache"));
    command.stdout(Stdio::piped());
    let started: Vec<_> = (0..PROCESSES).map(|_| command.spawn().unwrap()).collect();
    let ended = tokio::task::spawn_blocking(move || {
        started.into_iter().map(|child| child.wait_with_output().unwrap()).collect::<Vec<_>>()
    });
    let ended = ended.await.unwrap();
    assert!(ended.iter().all(|output| output.status.success()));
    assert!(ended.iter().all(|output| output.stdout == ended[0].stdout), "{ended:?}");
    // The next process needs no GetId.
    let get_ids = || emulator.requests().iter().filter(|one| one.operation == "GetId").count();
    let before = get_ids();
    let next = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!((next.stdout, get_ids()), (ended[0].stdout.clone(), before));
}
