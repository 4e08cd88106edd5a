//! Workers that claim the parts of a job through a real Redis.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cognito_emulator::InjectedFault;
use serde_json::{Value, json};

use crate::credentials::{throttling_sts, with_profiles};
use crate::redis::Redis;
use crate::support::{Home, Ran, stub};
use crate::users::{lines, pool_of_users, requests, signal, started};
use crate::writes::writes;

/// Returns the arguments of a worker that disables the users of `users.txt`.
fn worker<'a>(redis: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let worker = ["job", "worker", "--redis", redis, "--job", "leavers", "--parts", "4"];
    let job = ["--yes", "-o", "json", "--", "users", "disable", "--from", "users.txt"];
    [&worker[..], more, &job].concat()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn three_workers_change_each_user_once() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (pool, home) = pool_of_users(40).await;
    let children = [(); 3].map(|()| {
        let mut command = home.command(&worker(&redis, &[]));
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    let ended = children.map(|child| Ran::from(child.wait_with_output().unwrap()).succeeded());
    // Each worker reports all parts.
    for ran in &ended {
        let report = ran.json();
        assert_eq!((&report["done"], &report["parts"]), (&json!(40), &json!(4)), "{report}");
    }
    assert_eq!(requests(&pool, "AdminDisableUser"), 40);
    let begun: usize = ended.iter().map(|ran| ran.stderr.matches(" begins").count()).sum();
    assert_eq!(begun, 4);
    let jobs = lines(&home.run(&["job", "list", "-o", "jsonl"]).succeeded().stdout);
    let shards: Vec<&Value> = jobs.iter().map(|job| &job["shard"]).collect();
    assert_eq!(shards, [&json!("1/4"), &json!("2/4"), &json!("3/4"), &json!("4/4")]);
    assert!(jobs.iter().all(|job| job["state"] == "finished"), "{jobs:?}");
    let again = home.run(&worker(&redis, &[])).succeeded().json();
    assert_eq!((&again["done"], requests(&pool, "AdminDisableUser")), (&json!(40), 40));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn part_of_a_killed_worker_is_taken_over() {
    let server = Redis::start(&[]);
    let redis = server.url();
    for is_shared in [true, false] {
        let (pool, home) = pool_of_users(40).await;
        let name = if is_shared { "shared" } else { "alone" };
        let worker = |directory, rate: &'static str| {
            let more = ["--lease", "3", "--directory", directory];
            let mut worker = worker(&redis, &more);
            worker.extend(["--reserve", "0", "--rate", rate]);
            // Each run of the test has a job of its own.
            worker[5] = name;
            worker
        };
        let slow = worker("first", "UserUpdate=5");
        let mut killed = started(&pool, &home, &slow, "AdminDisableUser", 3);
        signal(&killed, "-KILL");
        killed.wait().unwrap();
        let journal = format!("first/{name}-1-of-4/outcomes.jsonl.job/journal.jsonl");
        let journal = fs::read_to_string(home.path().join(journal)).unwrap();
        assert!(journal.lines().all(|line| line.contains(r#","fence":"#)), "{journal}");
        let directory = if is_shared { "first" } else { "second" };
        let ran = home.run(&worker(directory, "UserUpdate=500")).succeeded();
        assert_eq!(ran.json()["done"], 40);
        let requests = requests(&pool, "AdminDisableUser");
        let (text, expected) = match is_shared {
            true => ("part 1/4 is taken over, and resumed by its journal", 40..=42),
            false => ("part 1/4 is taken over, and begins again", 43..=45),
        };
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
        assert!(expected.contains(&requests), "{requests}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn stopped_worker_gives_its_part_back() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (pool, home) = pool_of_users(40).await;
    let mut slow = worker(&redis, &[]);
    slow.extend(["--rate", "UserUpdate=10"]);
    let child = started(&pool, &home, &slow, "AdminDisableUser", 2);
    signal(&child, "-INT");
    let ran = Ran::from(child.wait_with_output().unwrap());
    ran.failed(75, "run the same command again to resume it");
    // Without a wait for the lease of 30 seconds.
    let ran = home.run(&worker(&redis, &[])).succeeded();
    assert!(ran.stderr.contains("resumed by its journal"), "{}", ran.stderr);
    assert_eq!((&ran.json()["done"], requests(&pool, "AdminDisableUser")), (&json!(40), 40));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn workers_import_users_and_refuse_other_work() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (pool, home) = pool_of_users(0).await;
    home.write("new.csv", "username,email\nalice,a@example.com\nbob,b@example.com\n");
    let import = |parts, file| {
        let worker = ["job", "worker", "--redis", &redis, "--job", "new", "--parts", parts];
        let command = ["--yes", "-o", "json", "--", "users", "import", file];
        home.run(&[&worker[..], &command].concat())
    };
    assert_eq!(import("2", "new.csv").succeeded().json()["done"], 2);
    import("3", "new.csv").failed(2, "other work or another number of parts");
    fs::copy(home.path().join("new.csv"), home.path().join("other.csv")).unwrap();
    import("2", "other.csv").failed(2, "other work or another number of parts");
    import("2", "-").failed(2, "a worker cannot read the users from standard input");
    assert_eq!(requests(&pool, "AdminCreateUser"), 2);
}

/// The users in the files of the parts of an export.
fn exported(home: &Home, jobs: &str, job: &str, parts: u32) -> Vec<String> {
    let part =
        |number| home.path().join(jobs).join(format!("{job}-{number}-of-{parts}/users.jsonl"));
    let texts = (1..=parts).map(|number| fs::read_to_string(part(number)).unwrap());
    let users = lines(&texts.collect::<String>());
    users.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn workers_export_each_user_once() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (_pool, home) = pool_of_users(40).await;
    let worker = ["job", "worker", "--redis", &redis, "--job", "copy", "--parts", "4"];
    let command = ["-o", "json", "--", "users", "export", "staff.jsonl"];
    let worker = [&worker[..], &command].concat();
    let children = [(); 2].map(|()| {
        let mut command = home.command(&worker);
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    });
    for child in children {
        let report = Ran::from(child.wait_with_output().unwrap()).succeeded().json();
        assert_eq!((&report["done"], &report["parts"]), (&json!(40), &json!(4)), "{report}");
    }
    let mut users = exported(&home, ".local/state/cognito/jobs", "copy", 4);
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 40);
    let shown = home.run(&["job", "show", "copy-1-of-4", "-o", "json"]).succeeded().json();
    assert_eq!((&shown["change"], &shown["state"]), (&json!("export"), &json!("finished")));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn export_of_a_killed_worker_is_resumed() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (pool, home) = pool_of_users(40).await;
    let worker = ["job", "worker", "--redis", &redis, "--job", "copy", "--parts", "2"];
    let command = ["--lease", "3", "--directory", "jobs", "--", "users", "export", "staff.jsonl"];
    let worker = [&worker[..], &command].concat();
    pool.emulator().plan_fault("ListUsers", 2, InjectedFault::Delayed(Duration::from_secs(600)));
    let mut killed = started(&pool, &home, &worker, "ListUsers", 2);
    signal(&killed, "-KILL");
    killed.wait().unwrap();
    let ran = home.run(&worker).succeeded();
    assert!(ran.stderr.contains("is taken over, and resumed by its journal"), "{}", ran.stderr);
    let mut users = exported(&home, "jobs", "copy", 2);
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server; `cargo xtask services` installs it"]
async fn user_import_jobs_are_one_part() {
    let server = Redis::start(&[]);
    let redis = server.url();
    let (pool, home) = pool_of_users(0).await;
    home.write("new.csv", "username,email,email_verified\nalice,a@example.com,true\n");
    let worker = ["job", "worker", "--redis", &redis, "--job", "new", "--parts", "1", "--yes"];
    let import = ["-o", "json", "--", "users", "import", "new.csv", "--by", "import-job"];
    let role = ["--role", "arn:aws:iam::123456789012:role/import-log"];
    let ran = home.run(&[&worker[..], &import, &role].concat()).succeeded();
    assert_eq!((&ran.json()["done"], requests(&pool, "StartUserImportJob")), (&json!(1), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_have_no_parts_are_refused() {
    let (pool, home) = pool_of_users(2).await;
    let worker = ["job", "worker", "--redis", "redis://127.0.0.1:1", "--job", "a", "--parts", "2"];
    let refused = |command: &[&str], code, text: &str| {
        home.run(&[&worker[..], &["--yes", "--"], command].concat()).failed(code, text);
    };
    refused(&["users", "list"], 2, "a worker cannot run parts of this command");
    refused(&["users", "disable"], 2, "the command of the job is invalid");
    refused(&["users", "disable", "--all", "--yes"], 2, "write global options before --");
    refused(&["users", "disable", "--all", "--shard", "1/2"], 2, "--shard cannot be combined");
    refused(&["users", "password", "user1"], 2, "pass --reset");
    home.write("new.csv", "username\nalice\n");
    let by_service =
        ["users", "import", "new.csv", "--by", "import-job", "--role", "arn:aws:iam::1:role/a"];
    refused(&by_service, 2, "user import jobs have no parts");
    let many = ["job", "worker", "--redis", "redis://127.0.0.1:1", "--job", "a", "--parts", "17"];
    home.run(&[&many[..], &["--", "users", "export", "a.jsonl"]].concat())
        .failed(2, "an export has at most 16 parts");
    refused(&["users", "disable", "--all"], 1, "Redis cannot be reached");
    let unnamed = ["job", "worker", "--redis", "redis://127.0.0.1:1", "--", "users", "disable"];
    home.run(&unnamed).failed(2, "--job");
    let invalid = ["--redis", "http://127.0.0.1", "--job", "a", "--parts", "2", "--yes"];
    let command = ["--", "users", "disable", "--all"];
    home.run(&[&["job", "worker"], &invalid[..], &command].concat())
        .failed(2, "the address of Redis is invalid");
    assert!(writes(&pool).is_empty());
}

/// Runs a worker of a queue that has this body in each message, until there is none for a second.
/// Step Functions refuses its requests with an exception.
fn queue_worker(home: &mut Home, body: &str, exception: &'static str) -> Ran {
    let message = json!({ "Messages": [{ "ReceiptHandle": "r", "Body": body }] }).to_string();
    let address = stub(move |head| match head {
        _ if head.contains("amazonsqs.receivemessage") => (200, message.clone()),
        _ if head.contains("amazonsqs") => (200, "{}".to_owned()),
        _ => (400, json!({ "__type": exception, "message": "refused" }).to_string()),
    });
    home.set("AWS_ENDPOINT_URL_SQS", &address);
    home.set("AWS_ENDPOINT_URL_SFN", &address);
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/parts";
    let worker = ["job", "worker", "--queue", queue, "--until-idle", "1", "--yes", "-o", "json"];
    home.run(&[&worker[..], &["--", "users", "disable", "--all"]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_another_kind_do_not_keep_a_worker_alive() {
    let (_pool, mut home) = pool_of_users(1).await;
    let ran = queue_worker(&mut home, "hello", "AccessDeniedException").succeeded();
    assert!(ran.stderr.contains("is not a part of a job"), "{}", ran.stderr);
    assert_eq!(ran.json()["parts"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_heartbeat_and_missing_credentials_end_a_worker() {
    let (pool, mut home) = pool_of_users(1).await;
    let part = json!({ "job": "leavers", "part": "1/1", "taskToken": "t" }).to_string();
    let ran = queue_worker(&mut home, &part, "AccessDeniedException");
    ran.failed(1, "the heartbeat of part 1/1 was refused: AccessDeniedException");
    home.unset("AWS_ACCESS_KEY_ID");
    home.unset("AWS_SECRET_ACCESS_KEY");
    queue_worker(&mut home, &part, "").failed(3, "there are no AWS credentials");
    assert!(writes(&pool).is_empty());
}

/// Starts stubs of SQS, with a single message, and of Step Functions, which throttles the first two
/// requests of this kind and of SQS.
pub(crate) fn throttled_queue(home: &mut Home, throttled: &'static str) {
    let body = json!({ "job": "leavers", "part": "1/1", "taskToken": "t" }).to_string();
    let message = json!({ "Messages": [{ "ReceiptHandle": "r", "Body": body }] }).to_string();
    let (refused, sent) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let address = stub(move |head| match head {
        _ if head.contains(throttled) && refused.fetch_add(1, Ordering::Relaxed) < 2 => {
            (400, json!({ "__type": "ThrottlingException", "message": "Rate" }).to_string())
        }
        _ if head.contains(".receivemessage") && sent.fetch_add(1, Ordering::Relaxed) == 0 => {
            (200, message.clone())
        }
        _ => (200, "{}".to_owned()),
    });
    home.set("AWS_ENDPOINT_URL_SQS", &address);
    home.set("AWS_ENDPOINT_URL_SFN", &address);
}

/// A worker of the queue that disables the users of `users.txt`.
pub(crate) const QUEUE_WORKER: [&str; 13] = [
    "job",
    "worker",
    "--queue",
    "https://sqs.eu-west-1.amazonaws.com/123456789012/parts",
    "--until-idle",
    "8",
    "--yes",
    "-o",
    "json",
    "--",
    "users",
    "disable",
    "--all",
];

#[tokio::test(flavor = "multi_thread")]
async fn throttled_requests_about_a_task_and_its_message_are_sent_again() {
    for throttled in [".sendtasksuccess", ".receivemessage"] {
        let (pool, mut home) = pool_of_users(2).await;
        throttled_queue(&mut home, throttled);
        let ran = home.run(&QUEUE_WORKER).succeeded();
        assert_eq!((&ran.json()["parts"], &ran.json()["done"]), (&json!(1), &json!(2)), "{ran:?}");
        assert_eq!(requests(&pool, "AdminDisableUser"), 2, "{throttled}");
    }
}

/// Starts stubs of SQS, with a single message, and of Step Functions, which refuses these first
/// results. The message is received again once it was released.
fn queue_that_refuses_results(home: &mut Home, refused: usize, exception: &'static str) {
    let body = json!({ "job": "leavers", "part": "1/1", "taskToken": "t" }).to_string();
    let message = json!({ "Messages": [{ "ReceiptHandle": "r", "Body": body }] }).to_string();
    let (sent, is_visible) = (AtomicUsize::new(0), AtomicBool::new(true));
    let is_released = AtomicBool::new(false);
    let address = stub(move |head| match head {
        _ if head.contains(".sendtasksuccess") => match sent.fetch_add(1, Ordering::Relaxed) {
            number if number < refused => {
                (400, json!({ "__type": exception, "message": "no" }).to_string())
            }
            _ => (200, "{}".to_owned()),
        },
        _ if head.contains(".changemessagevisibility")
            && sent.load(Ordering::Relaxed) == refused
            && !is_released.swap(true, Ordering::Relaxed) =>
        {
            is_visible.store(true, Ordering::Relaxed);
            (200, "{}".to_owned())
        }
        _ if head.contains(".receivemessage") && is_visible.swap(false, Ordering::Relaxed) => {
            (200, message.clone())
        }
        _ => (200, "{}".to_owned()),
    });
    home.set("AWS_ENDPOINT_URL_SQS", &address);
    home.set("AWS_ENDPOINT_URL_SFN", &address);
}

#[tokio::test(flavor = "multi_thread")]
async fn part_whose_result_is_throttled_is_released_and_its_result_is_sent_again() {
    let (pool, mut home) = pool_of_users(2).await;
    queue_that_refuses_results(&mut home, 5, "ThrottlingException");
    let ran = home.run(&QUEUE_WORKER).succeeded();
    assert!(ran.stderr.contains("the result of part 1/1 was not sent"), "{}", ran.stderr);
    assert_eq!((&ran.json()["parts"], &ran.json()["done"]), (&json!(1), &json!(2)), "{ran:?}");
    assert_eq!(requests(&pool, "AdminDisableUser"), 2, "the journal has the outcomes");
}

#[tokio::test(flavor = "multi_thread")]
async fn part_whose_result_is_refused_is_released_for_the_next_worker() {
    let (pool, mut home) = pool_of_users(2).await;
    queue_that_refuses_results(&mut home, 1, "AccessDeniedException");
    let ran = home.run(&QUEUE_WORKER);
    let ran = ran.failed(1, "sending the result of part 1/1 was refused: AccessDeniedException");
    assert!(
        ran.stderr.contains("the part returns to the queue, at the latest when its lease"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&QUEUE_WORKER).succeeded();
    assert_eq!((&ran.json()["parts"], &ran.json()["done"]), (&json!(1), &json!(2)), "{ran:?}");
    assert_eq!(requests(&pool, "AdminDisableUser"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_of_a_queue_uses_the_endpoints_of_the_profile() {
    let (_pool, mut home) = pool_of_users(2).await;
    throttled_queue(&mut home, "nothing");
    let [sqs, sfn] = ["AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_SFN"].map(|name| home.take(name));
    // A request to AWS must not leave this machine.
    home.set("HTTPS_PROXY", "http://127.0.0.1:9");
    let services = [("sqs", sqs), ("sfn", sfn)]
        .map(|(name, address)| format!("{name} =\n  endpoint_url = {address}\n"));
    let profile = "[default]\nservices = local\n[services local]\n";
    home.write(".aws/config", &format!("{profile}{}", services.concat()));
    let ran = home.run(&QUEUE_WORKER).succeeded();
    assert_eq!((&ran.json()["parts"], &ran.json()["done"]), (&json!(1), &json!(2)), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_of_a_queue_waits_for_the_credentials_of_a_role_and_loads_them_once() {
    let (_pool, home) = pool_of_users(2).await;
    let mut home = with_profiles(home);
    throttled_queue(&mut home, "nothing");
    let (sts, requested) = throttling_sts();
    home.set("AWS_ENDPOINT_URL_STS", &sts);
    let ran = home.run(&[&["--profile", "role"], &QUEUE_WORKER[..]].concat()).succeeded();
    assert!(ran.stderr.contains("the AWS credentials cannot be loaded"), "{}", ran.stderr);
    assert_eq!((&ran.json()["parts"], &ran.json()["done"]), (&json!(1), &json!(2)), "{ran:?}");
    // Three are throttled, and the requests to the queue and to the user pool have one each.
    assert_eq!(requested.load(Ordering::Relaxed), 5);
}
