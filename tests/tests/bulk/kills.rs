//! Exports and audits by a separate process, which is killed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cognito::bulk::DEFAULT_SHARD_USERS;
use cognito_emulator::{Emulator, LocalPool, PoolSettings, SigningKeys};
use serde_json::{Value, json};

const USERS: usize = 1500;

/// The number of users of a shard; the pool has ten shards.
const SHARD_USERS: u64 = 150;

/// The maximum memory of a process that lists users, in KiB.
const MOST_MEMORY: u64 = 64 * 1024;

/// Returns the number of kills: 10 unless `COGNITO_BULK_KILLS` is set.
fn kills_of_job() -> usize {
    let set = std::env::var("COGNITO_BULK_KILLS").ok();
    set.map_or(10, |kills| kills.parse().expect("COGNITO_BULK_KILLS is a number"))
}

/// Returns the number of users of a larger pool, for tests of memory: 6,000 unless
/// `COGNITO_BULK_MEMORY_USERS` is set.
fn users_of_larger_pool() -> usize {
    let set = std::env::var("COGNITO_BULK_MEMORY_USERS").ok();
    set.map_or(6000, |users| users.parse().expect("COGNITO_BULK_MEMORY_USERS is a number"))
}

async fn pool(users: usize) -> LocalPool {
    let builder = Emulator::builder().signing_keys(SigningKeys::ForTests);
    let local = builder.start().await.unwrap().create_pool(PoolSettings::default()).unwrap();
    local.call("CreateGroup", json!({ "GroupName": "thirds" })).unwrap();
    for number in 0..users {
        let name = format!("user{number}");
        local
            .call("AdminCreateUser", json!({ "Username": name, "MessageAction": "SUPPRESS" }))
            .unwrap();
        if number % 3 == 0 {
            let membership = json!({ "GroupName": "thirds", "Username": name });
            local.call("AdminAddUserToGroup", membership).unwrap();
        }
    }
    local
}

fn export(local: &LocalPool, output: &Path) -> Child {
    let command = Command::new(env!("CARGO_BIN_EXE_export_users"));
    start(command, local, output, SHARD_USERS)
}

fn start(mut command: Command, local: &LocalPool, output: &Path, shard_users: u64) -> Child {
    command.args([local.emulator().endpoint(), local.id().as_str()]).arg(output);
    command.arg(shard_users.to_string()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

fn audit(local: &LocalPool, directory: &Path, lists: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit_pool"));
    command.args([local.emulator().endpoint(), local.id().as_str()]);
    command.arg(directory.join("job")).arg(directory.join(lists));
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Returns the report and the peak memory, if the audit prints it.
fn finished(audit: Child) -> (String, Option<u64>) {
    let finished = audit.wait_with_output().unwrap();
    assert!(finished.status.success());
    let printed = String::from_utf8(finished.stdout).unwrap();
    let mut lines = printed.lines().map(str::to_owned);
    (lines.next().unwrap(), lines.next().map(|peak| peak.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_by_a_process_that_is_killed_has_the_output_of_an_undisturbed_one() {
    let local = pool(USERS).await;
    let directory = tempfile::tempdir().unwrap();
    let [path, undisturbed] =
        ["users.jsonl", "undisturbed.jsonl"].map(|name| directory.path().join(name));
    let finished = export(&local, &undisturbed).wait_with_output().unwrap();
    assert!(finished.status.success());

    let (mut kills, expected) = (0, kills_of_job());
    for attempt in (0_u64..).take(expected * 10) {
        let mut child = export(&local, &path);
        tokio::time::sleep(Duration::from_millis(60 + attempt * 67 % 600)).await;
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() || status.code().is_none(), "the export fails");
        // A process that is killed at its very end has finished the export too.
        let ended = path.exists() && fs::read_dir(directory.path()).unwrap().count() == 2;
        kills += usize::from(!ended);
        if ended {
            fs::remove_file(&path).unwrap();
        }
        if kills == expected {
            break;
        }
    }
    assert_eq!(kills, expected, "the export ends before it is killed");
    let finished = export(&local, &path).wait_with_output().unwrap();
    assert!(finished.status.success());
    assert!(fs::read(&path).unwrap() == fs::read(&undisturbed).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), USERS);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "the files of the job are gone");
    println!("{kills} kills");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_of_an_export_does_not_grow_with_the_pool() {
    let users = users_of_larger_pool();
    let local = pool(users).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users.jsonl");
    let command = Command::new(env!("CARGO_BIN_EXE_export_users"));
    let finished = start(command, &local, &path, DEFAULT_SHARD_USERS).wait_with_output().unwrap();
    assert!(finished.status.success());
    let lines = BufReader::new(File::open(&path).unwrap()).lines();
    let rows = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let (count, members) = rows.fold((0, 0), |(count, members), row| {
        (count + 1, members + usize::from(row["groups"] == json!(["thirds"])))
    });
    assert_eq!((count, members), (users, users.div_ceil(3)));
    let printed = String::from_utf8(finished.stdout).unwrap();
    if printed.is_empty() && !Path::new("/proc/self/status").exists() {
        println!("skipped: the memory is not known without /proc/self/status");
        return;
    }
    let peak: u64 = printed.trim().parse().unwrap();
    println!("{users} users, {peak} KiB of memory");
    assert!(peak < MOST_MEMORY, "{peak} KiB");
}

/// Returns a command of the program with a limit on the length of files, in blocks of 512 bytes.
#[cfg(unix)]
fn limited(blocks: u32) -> Command {
    let mut command = Command::new("sh");
    // A write over the limit fails with EFBIG if the signal is ignored, as on a full disk.
    command.args(["-c", r#"trap '' XFSZ; ulimit -f "$0"; exec "$@""#]).arg(blocks.to_string());
    command.arg(env!("CARGO_BIN_EXE_export_users")).stderr(Stdio::piped());
    command
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_whose_disk_is_full_fails_with_the_file_and_is_resumed() {
    let local = pool(USERS).await;
    let directory = tempfile::tempdir().unwrap();
    let [path, undisturbed] =
        ["users.jsonl", "undisturbed.jsonl"].map(|name| directory.path().join(name));
    assert!(export(&local, &undisturbed).wait_with_output().unwrap().status.success());

    let mut files = BTreeSet::new();
    for blocks in [0, 1, 4, 8, 16, 40, 100, 200] {
        let full = start(limited(blocks), &local, &path, SHARD_USERS).wait_with_output().unwrap();
        let error = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(1), "{blocks} blocks: {error}");
        assert!(error.contains("FileTooLarge") && error.contains("resumable: true"), "{error}");
        assert!(!path.exists());
        // Files of members are shorter than the journal here.
        let named = ["journal", "parts", "output"];
        files.extend(named.into_iter().filter(|name| error.contains(&format!("/{name}"))));
    }
    assert_eq!(files.len(), 3, "a write to each kind of file has failed: {files:?}");
    assert!(export(&local, &path).wait_with_output().unwrap().status.success());
    assert!(fs::read(&path).unwrap() == fs::read(&undisturbed).unwrap());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "the files of the job are gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_by_a_process_that_is_killed_has_the_report_of_an_undisturbed_one() {
    let local = pool(USERS).await;
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (undisturbed, _) = finished(audit(&local, directory, "undisturbed"));
    let (mut kills, expected) = (0, kills_of_job());
    for attempt in (0_u64..).take(expected * 10) {
        let mut child = audit(&local, directory, "killed");
        tokio::time::sleep(Duration::from_millis(60 + attempt * 67 % 600)).await;
        child.kill().unwrap();
        let killed = !child.wait().unwrap().success();
        kills += usize::from(killed);
        // The process may have ended just before it was killed.
        if !directory.join("job").join("journal.jsonl").exists() {
            let _ = fs::remove_dir_all(directory.join("killed"));
        }
        if kills == expected {
            break;
        }
    }
    assert_eq!(kills, expected, "the audit ends before it is killed");
    let (report, _) = finished(audit(&local, directory, "killed"));
    assert_eq!(report, undisturbed);
    for list in fs::read_dir(directory.join("undisturbed")).unwrap() {
        let list = list.unwrap();
        let killed = fs::read(directory.join("killed").join(list.file_name())).unwrap();
        assert!(fs::read(list.path()).unwrap() == killed, "{:?}", list.file_name());
    }
    assert!(!directory.join("job").exists(), "the files of the job are gone");
    println!("{kills} kills");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_of_an_audit_does_not_grow_with_the_pool() {
    let users = users_of_larger_pool();
    let local = pool(users).await;
    let directory = tempfile::tempdir().unwrap();
    let (report, peak) = finished(audit(&local, directory.path(), "lists"));
    assert!(report.contains(&format!(r#""users":{users},"#)), "{report}");
    let Some(peak) = peak else {
        println!("skipped: the memory is not known without /proc/self/status");
        return;
    };
    println!("{users} users, {peak} KiB of memory");
    assert!(peak < MOST_MEMORY, "{peak} KiB");
}
