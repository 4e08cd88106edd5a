//! Changes of many users by a separate process, which is killed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::json;

use crate::change_runs::kills;

/// A number of users that a run cannot complete before it is killed.
const USERS_OF_A_KILL: usize = 70;

/// The maximum number of messages after which a run is killed.
const MOST_MESSAGES: u64 = 40;

/// Returns a pool with confirmed users who have verified addresses.
async fn pool(users: usize) -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let local = builder.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
    for number in 0..users {
        let name = format!("user{number}");
        let attributes = json!([
            { "Name": "email", "Value": format!("{name}@example.com") },
            { "Name": "email_verified", "Value": "true" }
        ]);
        let user = json!({
            "Username": name, "MessageAction": "SUPPRESS", "UserAttributes": attributes
        });
        local.call("AdminCreateUser", user).unwrap();
        let password = json!({ "Username": name, "Password": "Planted-1", "Permanent": true });
        local.call("AdminSetUserPassword", password).unwrap();
    }
    local
}

fn reset_passwords(local: &LocalPool, output: &Path) -> Child {
    start(Command::new(env!("CARGO_BIN_EXE_reset_passwords")), local, output)
}

fn start(mut command: Command, local: &LocalPool, output: &Path) -> Child {
    command.args([local.emulator().endpoint(), local.id().as_str()]).arg(output);
    command.spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_resets_by_a_process_that_is_killed_send_each_user_one_message() {
    let users = kills() * USERS_OF_A_KILL;
    let local = pool(users).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outcomes.jsonl");
    for attempt in (0_u64..).take(kills()) {
        let mut child = reset_passwords(&local, &path);
        // On a machine under load, a run of the same time sends other numbers of messages.
        wait_for_messages(&local, &mut child, attempt * 67 % MOST_MESSAGES).await;
        tokio::time::sleep(Duration::from_millis(attempt * 67 % 60)).await;
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the job ends before it is killed");
        assert!(!path.exists(), "the outcomes appear at the end");
        wait_for_sent_requests(&local).await;
    }
    assert!(reset_passwords(&local, &path).wait().unwrap().success());
    assert_one_message_each(&local, users);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), users);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the files of the job are gone");
}

/// Waits until a run has sent a number of messages.
async fn wait_for_messages(local: &LocalPool, child: &mut Child, messages: u64) {
    let sent = || local.emulator().outbox().len();
    let wanted = sent() + usize::try_from(messages).unwrap();
    while sent() < wanted {
        assert!(child.try_wait().unwrap().is_none(), "the job ends before its messages");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until the emulator has handled the requests that a killed process had sent. If one took
/// effect only after the next run has read the user, that run would send a second message: a job
/// cannot know of a request that the service has not handled yet.
async fn wait_for_sent_requests(local: &LocalPool) {
    let handled = || (local.emulator().requests().len(), local.emulator().outbox().len());
    let (mut before, mut unchanged) = (handled(), 0);
    while unchanged < 10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = handled();
        unchanged = if now == before { unchanged + 1 } else { 0 };
        before = now;
    }
}

fn assert_one_message_each(local: &LocalPool, users: usize) {
    let mut sent: Vec<_> =
        local.emulator().outbox().into_iter().map(|message| message.username).collect();
    assert_eq!(sent.len(), users);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), users, "a message was sent twice");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_disk_is_full_fails_with_the_file_and_is_resumed() {
    let local = pool(USERS_OF_A_KILL).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("outcomes.jsonl");
    for blocks in [0, 1, 3, 6, 9, 12] {
        let full = start(limited(blocks), &local, &path).wait_with_output().unwrap();
        let error = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(1), "{blocks} blocks: {error}");
        assert!(error.contains("FileTooLarge") && error.contains("resumable: true"), "{error}");
        assert!(!path.exists());
    }
    assert!(!local.emulator().outbox().is_empty(), "no request is sent before the disk is full");
    assert!(reset_passwords(&local, &path).wait().unwrap().success());
    assert_one_message_each(&local, USERS_OF_A_KILL);
}

/// Returns a command of the program with a limit on the length of files, in blocks of 512 bytes.
#[cfg(unix)]
fn limited(blocks: u32) -> Command {
    let mut command = Command::new("sh");
    // A write over the limit fails with EFBIG if the signal is ignored, as on a full disk.
    command.args(["-c", r#"trap '' XFSZ; ulimit -f "$0"; exec "$@""#]).arg(blocks.to_string());
    command.arg(env!("CARGO_BIN_EXE_reset_passwords")).stderr(Stdio::piped());
    command
}
