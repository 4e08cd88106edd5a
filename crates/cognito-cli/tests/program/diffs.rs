//! Comparisons of users with a file.

use std::time::Duration;

use cognito_emulator::{InjectedFault, LocalPool};
use serde_json::{Value, json};

use crate::support::{Home, Ran};
use crate::users::{add, lines, pool_of, requests, signal, started};
use crate::writes::writes;

/// The differences as `user difference field`, sorted.
fn differences(ran: &Ran) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<String> = lines(&ran.stdout)
        .iter()
        .map(|row| [&row["user"], &row["difference"], &row["field"]].map(text).join(" "))
        .collect();
    found.sort();
    found
}

fn diff(home: &Home, more: &[&str]) -> Ran {
    home.run(&[&["users", "diff", "-o", "jsonl"], more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn export_differs_from_its_pool_in_what_was_changed_since() {
    let (pool, home) = pool_of(&["alice", "bob", "carol"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    home.run(&["users", "export", "users.jsonl"]).succeeded();
    home.run(&["users", "export", "users.csv"]).succeeded();
    for file in ["users.jsonl", "users.csv"] {
        let ran = diff(&home, &[file]).succeeded();
        assert_eq!(ran.stdout, "", "{file}");
        assert!(ran.stderr.contains("users: 3 the same"), "{}", ran.stderr);
    }
    home.run(&["groups", "add", "staff", "bob"]).succeeded();
    home.run(&["users", "disable", "bob"]).succeeded();
    home.run(&["users", "set", "alice", "-a", "custom:tenant=other"]).succeeded();
    home.run(&["users", "delete", "carol", "--yes"]).succeeded();
    add(&pool, "dora");
    let before = writes(&pool).len();
    for file in ["users.jsonl", "users.csv"] {
        let ran = diff(&home, &[file]).failed(10, "users: 0 the same, 2 different, 1 only in");
        assert!(ran.stderr.contains(pool.id().as_str()), "{}", ran.stderr);
        let expected = [
            "alice differs custom:tenant",
            "bob differs enabled",
            "bob differs groups",
            "carol only_in_file ",
            "dora only_in_pool ",
        ];
        assert_eq!(differences(&ran), expected, "{file}");
    }
    assert_eq!(writes(&pool).len(), before);
    assert_eq!(left(&pool, &home), ["1/lock"], "no users of the pool are left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_in_each_format_and_encoding_are_the_same_as_their_pool() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    let name = r#"é, "B""#;
    let named = json!([{ "Name": "name", "Value": name }]);
    pool.call("AdminUpdateUserAttributes", json!({ "Username": "bob", "UserAttributes": named }))
        .unwrap();
    for (format, file) in [("jsonl", "list.jsonl"), ("csv", "list.csv")] {
        let list = home.run(&["users", "list", "-o", format]).succeeded().stdout;
        let utf16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(list.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        home.write(file, &list);
        diff(&home, &[file]).succeeded();
        let plan = ["users", "import", file, "--dry-run", "-o", "json"];
        let plan = home.run(&plan).succeeded().json();
        assert_eq!((&plan["users"], &plan["rejected_lines"]), (&json!(2), &json!(0)), "{format}");
        // Windows PowerShell writes the output of a program in UTF-16.
        std::fs::write(home.path().join(file), &utf16).unwrap();
        let ran = diff(&home, &[file]).succeeded();
        assert!(ran.stderr.contains("users: 2 the same"), "{ran:?}");
        let mut command = home.command(&["users", "diff", "-"]);
        let input = std::fs::File::open(home.path().join(file)).unwrap();
        Ran::of(command.stdin(input)).succeeded();
    }
    home.write("list.csv", "username,attributes\nbob,\"{}\"\n");
    let ran = diff(&home, &["list.csv"]).failed(10, "1 different, 0 only in the file, 1 only in");
    let fields: Vec<_> = differences(&ran).into_iter().filter(|row| row.contains("bob")).collect();
    assert_eq!(fields, ["bob differs custom:tenant", "bob differs email", "bob differs name"]);
}

/// The files in the directories of comparisons, sorted.
fn left(pool: &LocalPool, home: &Home) -> Vec<String> {
    let of_pool = home.path().join(".local/state/cognito/diffs").join(pool.id().as_str());
    let names = |directory: &std::path::Path| {
        let entries = std::fs::read_dir(directory).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let files = names(&of_pool).into_iter().flat_map(|number| {
        let files = names(&of_pool.join(&number)).into_iter();
        files.map(move |file| format!("{number}/{file}"))
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn comparisons_of_a_pool_at_the_same_time_have_a_directory_each() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    home.write("alice.jsonl", "{\"username\":\"alice\"}\n");
    home.write("both.jsonl", "{\"username\":\"alice\"}\n{\"username\":\"bob\"}\n");
    let delay = InjectedFault::Delayed(Duration::from_secs(600));
    pool.emulator().plan_fault("ListUsers", 1, delay);
    let arguments = ["users", "diff", "alice.jsonl", "-o", "jsonl"];
    let mut first = started(&pool, &home, &arguments, "ListUsers", 1);
    diff(&home, &["both.jsonl"]).succeeded();
    signal(&first, "-KILL");
    first.wait().unwrap();
    // The killed one is resumed in its directory.
    let ran = diff(&home, &["alice.jsonl"]).failed(10, "resuming the job");
    assert!(ran.stderr.contains("has listed users since 20"), "{}", ran.stderr);
    assert_eq!(differences(&ran), ["bob only_in_pool "]);
    assert_eq!(left(&pool, &home), ["1/lock", "2/lock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_another_program_are_found_by_an_attribute() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    home.write("staff.csv", "email,custom:tenant\nalice@example.com,acme\nz@example.com,acme\n");
    let ran = diff(&home, &["staff.csv", "--by", "email"]).failed(10, "");
    let expected = ["bob@example.com only_in_pool ", "z@example.com only_in_file "];
    assert_eq!(differences(&ran), expected);
    assert_eq!(requests(&pool, "ListUsersInGroup") + requests(&pool, "ListGroups"), 0);
    diff(&home, &["staff.csv"])
        .failed(2, "line 2 of the file staff.csv: the user has no `username`");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_other_pools_are_compared_through_a_pipe() {
    let (_pool, home) = pool_of(&["alice"]).await;
    let list = home.run(&["users", "list", "-o", "jsonl"]).succeeded().stdout;
    let arguments = ["users", "diff", "-", "-o", "jsonl"];
    home.run_with(&arguments, &list).succeeded();
    let csv = "username,email\nalice,a@x.io\n";
    let ran = home.run_with(&arguments, csv).failed(10, "1 different");
    assert_eq!(lines(&ran.stdout)[0]["file"], "a@x.io");
    home.run_with(&arguments, "").failed(2, "standard input contains no users");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_files_are_refused_before_a_request() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.write("twice.jsonl", "{\"username\":\"a\"}\n{\"username\":\"a\"}\n");
    home.write("wrong.jsonl", "{\"username\":\"a\",\"pasword\":\"Secret-1\"}\n");
    home.write("empty.jsonl", "\n");
    for (file, code, text) in [
        (
            "twice.jsonl",
            2,
            "line 2 of the file twice.jsonl: an earlier line has the same `username`",
        ),
        ("wrong.jsonl", 2, "line 1 of the file wrong.jsonl: it has the unknown field `pasword`"),
        ("empty.jsonl", 2, "the file empty.jsonl contains no users"),
        ("absent.jsonl", 4, "absent.jsonl cannot be read"),
    ] {
        let ran = diff(&home, &[file]).failed(code, text);
        assert!(!ran.stderr.contains("Secret-1"));
    }
    assert_eq!(requests(&pool, "ListUsers"), 0);
    home.write("one.jsonl", "{\"username\":\"alice\"}\n");
    let plan = home.run(&["users", "diff", "one.jsonl", "--dry-run", "-o", "json"]);
    assert_eq!(plan.succeeded().json()["users"], 1);
    assert_eq!(requests(&pool, "ListUsers"), 0);
}
