//! Imports of users.

use cognito_emulator::InjectedFault;
use serde_json::json;

use crate::pseudo_terminal::Terminal;
use crate::users::pool_of;
use crate::writes::writes;

#[tokio::test(flavor = "multi_thread")]
async fn exported_users_are_imported_into_another_pool() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    home.run(&["groups", "add", "staff", "alice"]).succeeded();
    home.run(&["users", "export", "users.jsonl"]).succeeded();
    let (other, mut target) = pool_of(&[]).await;
    target.set("COGNITO_POOL", other.id().as_str());
    let file = home.path().join("users.jsonl").display().to_string();
    let import = ["users", "import", &file, "-o", "json"];
    target.run(&import).failed(2, "the file has 1 rejected line");
    let groups = [&import[..], &["--create-groups"]].concat();
    let plan = target.run(&[&groups[..], &["--dry-run"]].concat()).succeeded().json();
    assert_eq!((&plan["users"], &plan["messages"]), (&json!(2), &json!(0)));
    assert_eq!(plan["groups_to_create"], json!(["staff"]));
    target.run(&groups).failed(2, "pass --yes");
    assert!(writes(&other).is_empty());
    let report = target.run(&[&groups[..], &["--yes"]].concat()).succeeded().json();
    assert_eq!(report["done"], 2);
    let alice = target.run(&["users", "get", "alice", "-o", "json"]).succeeded().json();
    assert_eq!(alice["groups"], json!(["staff"]));
    assert_eq!(alice["attributes"]["custom:tenant"], "acme");
    assert_eq!(other.emulator().outbox().len(), 0);
    let again = target.run(&[&groups[..], &["--yes"]].concat()).succeeded().json();
    assert_eq!((&again["done"], &again["skipped"]), (&json!(0), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_lines_are_named_before_a_user_is_created() {
    let (pool, home) = pool_of(&[]).await;
    home.write("users.csv", "username,email\nalice,a@example.com\n,b@example.com\nc c,x\n");
    let arguments = ["users", "import", "users.csv", "--yes", "--rejected-to", "rejected.jsonl"];
    let ran = home.run(&arguments).failed(2, "the file has 2 rejected lines");
    assert!(ran.stderr.contains("line 3: ") && ran.stderr.contains("line 4 (c c): "));
    let rejected = std::fs::read_to_string(home.path().join("rejected.jsonl")).unwrap();
    assert_eq!(rejected.lines().count(), 2);
    assert!(writes(&pool).is_empty());
    assert!(home.run(&["job", "list"]).succeeded().stdout.is_empty());
    let report = home.run(&[&arguments[..4], &["--skip-rejected", "-o", "json"]].concat());
    let report = report.failed(6, "2 users failed").json();
    assert_eq!((&report["done"], &report["failed"]), (&json!(1), &json!(2)));
    home.run(&["users", "import", "absent.csv", "--yes"]).failed(1, "absent.csv");
}

#[tokio::test(flavor = "multi_thread")]
async fn input_is_not_replaced_by_its_rejected_lines() {
    let (_pool, home) = pool_of(&[]).await;
    let users = "username,email\nalice,a@example.com\nc c,x\n";
    home.write("users.csv", users);
    let role = ["--by", "import-job", "--role", "arn:aws:iam::123456789012:role/import-log"];
    for more in [&[][..], &role] {
        let import = ["users", "import", "users.csv", "--rejected-to", "./users.csv"];
        let ran = home.run(&[&import[..], more, &["--dry-run"]].concat());
        ran.failed(2, "the file of rejected lines is the input itself");
        assert_eq!(std::fs::read_to_string(home.path().join("users.csv")).unwrap(), users);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_imported_and_kept_for_a_resumed_job() {
    let (pool, home) = pool_of(&[]).await;
    let text = "username,email\nalice,a@example.com\nbob,b@example.com\n";
    let arguments = ["users", "import", "-", "-o", "json"];
    let jobs = home.path().join(".local/state/cognito/jobs");
    let directories = || std::fs::read_dir(&jobs).map_or(0, |jobs| jobs.flatten().count());
    let plan = home.run_with(&[&arguments[..], &["--dry-run"]].concat(), text).succeeded().json();
    assert_eq!(plan["users"], 2);
    home.run_with(&arguments, text).failed(2, "pass --yes");
    let yes = [&arguments[..], &["--yes"]].concat();
    home.run_with(&yes, "username\n\"a b\"\n").failed(2, "the file has 1 rejected line\",");
    assert_eq!(directories(), 0, "nothing is left of an import that was not started");
    assert!(writes(&pool).is_empty());

    let message = "User is not authorized to perform: cognito-idp:AdminCreateUser";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("AdminCreateUser", 1, fault);
    home.run_with(&yes, text).failed(7, "cognito job resume ");
    let id = home.run(&["job", "list", "-o", "json"]).succeeded().json()[0]["job"].clone();
    let id = id.as_str().unwrap();
    let report = home.run(&["job", "resume", id, "-o", "json"]).succeeded().json();
    assert_eq!(report["done"], 2);
    let json_lines = "{\"username\":\"carol\"}\n";
    assert_eq!(home.run_with(&yes, json_lines).succeeded().json()["done"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_of_an_import_is_removed_when_the_job_has_finished() {
    let (pool, home) = pool_of(&[]).await;
    let text = "{\"username\":\"alice\",\"password\":\"Correct-horse1\"}\n";
    let message = "User is not authorized to perform: cognito-idp:AdminCreateUser";
    let fault = InjectedFault::exception("AccessDeniedException", message);
    pool.emulator().plan_fault("AdminCreateUser", 1, fault);
    home.run_with(&["users", "import", "-", "--yes"], text).failed(7, "cognito job resume ");
    let job = &home.run(&["job", "list", "-o", "json"]).succeeded().json()[0];
    let id = job["job"].as_str().unwrap().to_owned();
    let input = home.path().join(".local/state/cognito/jobs").join(&id).join("input.jsonl");
    assert_eq!(std::fs::read_to_string(&input).unwrap(), text);
    home.run(&["job", "resume", &id]).succeeded();
    assert!(!input.exists());
    home.run(&["job", "show", &id]).succeeded();
    home.run(&["job", "resume", &id]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn question_of_an_import_says_that_users_are_updated() {
    let (_pool, home) = pool_of(&["alice"]).await;
    home.write("users.csv", "username,email\nalice,a@example.com\n");
    let import = ["users", "import", "users.csv"];
    let shown = |arguments: &[&str]| {
        let mut terminal = Terminal::start(&home, arguments);
        let shown = terminal.expect("Import them? [y/N]: ");
        terminal.type_line("n");
        assert_eq!(terminal.end().0, 7);
        shown
    };
    assert!(!shown(&import).contains("updates"));
    let update = [&import[..], &["--update-existing"]].concat();
    assert!(shown(&update).contains("and updates existing ones"));
    let plan = home.run(&[&update[..], &["--dry-run", "-o", "json"]].concat()).succeeded().json();
    assert_eq!(plan["update_existing"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_imported_by_user_import_jobs() {
    let (pool, home) = pool_of(&[]).await;
    let header = "username,email,email_verified,groups\n";
    home.write("users.csv", &format!("{header}alice,a@example.com,true,\nbob,b@example.com,,\n"));
    let import = ["users", "import", "users.csv", "--by", "import-job", "-o", "json", "--yes"];
    home.run(&import).failed(2, "--role");
    let role = ["--role", "arn:aws:iam::123456789012:role/import-log"];
    let import = [&import[..], &role].concat();
    home.run(&[&import[..], &["--invite"]].concat())
        .failed(2, "--invite cannot be combined with --by import-job");
    let ran = home.run(&import).failed(2, "the file has 1 rejected line");
    assert!(
        ran.stderr.contains("line 3 (bob): the user has no verified address"),
        "{}",
        ran.stderr
    );
    assert!(writes(&pool).is_empty());
    let import = [&import[..], &["--skip-rejected"]].concat();
    let plan = home.run(&[&import[..], &["--dry-run"]].concat()).succeeded().json();
    assert_eq!(
        (&plan["users"], &plan["jobs"], &plan["messages"]),
        (&json!(1), &json!(1), &json!(0))
    );
    let report = home.run(&import).succeeded().json();
    assert_eq!((&report["done"], &report["failed"]), (&json!(1), &json!(0)));
    let alice = pool.call("AdminGetUser", json!({ "Username": "alice" })).unwrap();
    assert_eq!(alice["UserStatus"], "RESET_REQUIRED");
    let id = report["job"].as_str().unwrap();
    let shown = home.run(&["job", "show", id, "-o", "json"]).succeeded().json();
    assert_eq!((&shown["state"], &shown["done"]), (&json!("finished"), &json!(1)));
    home.run(&import).failed(6, "Too many users have failed or been skipped");
}
