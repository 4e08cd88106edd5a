//! Processes that share a cache in a directory.

use std::process::{Command, Stdio};

use cognito_emulator::{Emulator, IdentityPoolSettings};

/// The number of concurrent processes.
const PROCESSES: usize = 6;

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
