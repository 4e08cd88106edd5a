//! Changes of single users and of groups, and their confirmation.

use cognito_emulator::LocalPool;
use serde_json::{Value, json};

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD};
use crate::users::pool_of;

/// The operations that the emulator has received and that change something.
pub(crate) fn writes(pool: &LocalPool) -> Vec<String> {
    const READS: [&str; 6] = ["AdminGet", "AdminList", "Describe", "Get", "List", "Initiate"];
    let requests = pool.emulator().requests();
    let operations = requests.iter().map(|request| request.operation.clone());
    let is_write = |name: &String| !READS.iter().any(|read| name.starts_with(read));
    operations.filter(is_write).collect()
}

fn user(pool: &LocalPool, name: &str) -> Value {
    pool.call("AdminGetUser", json!({ "Username": name })).unwrap()
}

fn attribute(user: &Value, name: &str) -> Option<String> {
    let attributes = user["UserAttributes"].as_array()?;
    let found = attributes.iter().find(|attribute| attribute["Name"] == name)?;
    Some(found["Value"].as_str()?.to_owned())
}

/// Runs the program with `--dry-run`, and returns the operations that it shows.
#[track_caller]
fn planned(home: &Home, arguments: &[&str]) -> Vec<String> {
    let arguments = [arguments, &["--dry-run", "-o", "jsonl"]].concat();
    let shown = home.run_with(&arguments, PASSWORD).succeeded().stdout;
    assert!(!shown.contains(PASSWORD), "{shown}");
    let calls = crate::users::lines(&shown);
    calls.iter().map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_shows_the_requests_and_sends_none() {
    let (pool, home) = pool_of(&["alice"]).await;
    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let before = writes(&pool);
    let create = "users create bob --password-stdin --group staff -a email=b@example.com";
    let cases: [(&str, &[&str]); 13] = [
        (create, &["AdminCreateUser", "AdminSetUserPassword", "AdminAddUserToGroup"]),
        ("users create bob --password-stdin --temporary", &["AdminCreateUser"]),
        ("users set alice -a nickname=al", &["AdminUpdateUserAttributes"]),
        ("users set alice --remove nickname", &["AdminDeleteUserAttributes"]),
        ("users password alice --password-stdin", &["AdminSetUserPassword"]),
        ("users password alice --reset", &["AdminResetUserPassword"]),
        ("users confirm alice", &["AdminConfirmSignUp"]),
        ("users disable alice", &["AdminDisableUser"]),
        ("users sign-out alice", &["AdminUserGlobalSignOut"]),
        ("users delete alice", &["AdminDeleteUser"]),
        ("groups create admins --precedence 1", &["CreateGroup"]),
        ("groups delete staff", &["DeleteGroup"]),
        ("groups add staff alice", &["AdminAddUserToGroup"]),
    ];
    for (command, operations) in cases {
        let arguments: Vec<&str> = command.split(' ').collect();
        assert_eq!(planned(&home, &arguments), operations, "{command}");
    }
    assert_eq!(writes(&pool), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn user_is_created_without_a_message_unless_one_is_asked_for() {
    let (pool, home) = pool_of(&[]).await;
    let arguments = ["users", "create", "bob", "-a", "email=bob@example.com", "-o", "json"];
    let bob = home.run(&arguments).succeeded().json();
    assert_eq!(bob["status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(pool.emulator().outbox().len(), 0);
    home.run(&arguments).failed(1, "");

    let invited =
        ["users", "create", "carol", "-a", "email=carol@example.com", "--invite", "email"];
    home.run(&invited).succeeded();
    assert_eq!(pool.emulator().outbox().len(), 1);

    pool.call("CreateGroup", json!({ "GroupName": "staff" })).unwrap();
    let whole = ["users", "create", "dora", "--password-stdin", "--group", "staff", "-o", "json"];
    let dora = home.run_with(&whole, PASSWORD).succeeded().json();
    assert_eq!((&dora["status"], &dora["groups"]), (&json!("CONFIRMED"), &json!(["staff"])));
    home.run_with(&["login", "dora", "--password-stdin"], PASSWORD).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn invitation_has_no_permanent_password() {
    let (pool, home) = pool_of(&[]).await;
    let create = ["users", "create", "bob", "-a", "email=b@example.com", "--invite", "email"];
    let create = [&create[..], &["--password-stdin"]].concat();
    for more in [&[][..], &["--dry-run"]] {
        home.run_with(&[&create[..], more].concat(), PASSWORD).failed(2, "pass --temporary");
    }
    assert!(writes(&pool).is_empty());
    home.run_with(&[&create[..], &["--temporary"]].concat(), PASSWORD).succeeded();
    assert_eq!(user(&pool, "bob")["UserStatus"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(pool.emulator().outbox().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn password_is_reset_after_a_confirmation() {
    let (pool, home) = pool_of(&[]).await;
    let create =
        ["users", "create", "bob", "-a", "email=b@example.com", "-a", "email_verified=true"];
    home.run_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD).succeeded();
    let reset = ["users", "password", "bob", "--reset"];
    home.run(&reset).failed(2, "the change is not confirmed");
    let mut terminal = Terminal::start(&home, &reset);
    terminal.expect("The password of the user `bob` becomes invalid");
    terminal.type_line("n");
    assert_eq!(terminal.end().0, 7);
    assert_eq!(user(&pool, "bob")["UserStatus"], "CONFIRMED");
    home.run(&[&reset[..], &["--yes"]].concat()).succeeded();
    assert_eq!(user(&pool, "bob")["UserStatus"], "RESET_REQUIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn incomplete_user_is_named() {
    let (pool, home) = pool_of(&[]).await;
    let ran = home.run(&["users", "create", "bob", "--group", "absent"]).failed(6, "error: ");
    assert!(ran.stderr.contains("done: create the user `bob`\n"), "{}", ran.stderr);
    assert_eq!(user(&pool, "bob")["Enabled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_set_and_removed_and_the_others_stay() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.run(&["users", "set", "alice", "-a", "nickname=al=x", "-a", "name=Alice"]).succeeded();
    let alice = user(&pool, "alice");
    assert_eq!(attribute(&alice, "nickname").as_deref(), Some("al=x"));
    assert_eq!(attribute(&alice, "custom:tenant").as_deref(), Some("acme"));
    home.run(&["users", "set", "alice", "--remove", "nickname"]).succeeded();
    assert_eq!(attribute(&user(&pool, "alice"), "nickname"), None);
    home.run(&["users", "set", "alice"]).failed(2, "nothing to change");
    home.run(&["users", "set", "nobody", "-a", "name=x"]).failed(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn password_is_set_from_input_environment_or_terminal() {
    let (_pool, mut home) = pool_of(&["alice"]).await;
    let arguments = ["users", "password", "alice"];
    home.run(&arguments).failed(2, "pass --password-stdin, or set COGNITO_NEW_PASSWORD");
    home.run_with(&[&arguments[..], &["--password-stdin"]].concat(), "short").failed(7, "");

    let mut terminal = Terminal::start(&home, &arguments);
    terminal.expect("New password: ");
    terminal.type_line(PASSWORD);
    terminal.expect("New password again: ");
    terminal.type_line(PASSWORD);
    terminal.expect("the password of `alice` was set");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0);
    assert!(!seen.contains(PASSWORD), "{seen}");
    home.run_with(&["login", "alice", "--password-stdin"], PASSWORD).succeeded();

    home.set("COGNITO_NEW_PASSWORD", "Better-horse2");
    home.run(&arguments).succeeded();
    home.run_with(&["login", "alice", "--password-stdin"], "Better-horse2").succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_disabled_enabled_and_confirmed() {
    let (pool, home) = pool_of(&["alice"]).await;
    home.run(&["users", "disable", "alice"]).succeeded();
    assert_eq!(user(&pool, "alice")["Enabled"], false);
    home.run(&["users", "enable", "alice"]).succeeded();
    assert_eq!(user(&pool, "alice")["Enabled"], true);
    let sign_up = json!({
        "ClientId": pool.client_id().as_str(), "Username": "bob", "Password": PASSWORD
    });
    pool.call("SignUp", sign_up).unwrap();
    home.run(&["users", "confirm", "bob"]).succeeded();
    assert_eq!(user(&pool, "bob")["UserStatus"], "CONFIRMED");
    home.run(&["users", "confirm", "nobody"]).failed(4, "");
    for name in ["carol", "dora"] {
        let client = pool.client_id();
        let client = client.as_str();
        let sign_up = json!({ "ClientId": client, "Username": name, "Password": PASSWORD });
        pool.call("SignUp", sign_up).unwrap();
    }
    let waiting = ["users", "confirm", "--filter", "status=UNCONFIRMED", "--yes", "-o", "json"];
    assert_eq!(home.run(&waiting).succeeded().json()["done"], 2);
    assert_eq!(user(&pool, "dora")["UserStatus"], "CONFIRMED");
    let again = home.run(&["users", "confirm", "carol", "dora", "--yes"]);
    again.failed(6, "2 users failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_before_the_name_of_the_pool_is_typed() {
    let (pool, home) = pool_of(&["alice", "bob"]).await;
    let described = pool.call("DescribeUserPool", json!({})).unwrap();
    let name = described["UserPool"]["Name"].as_str().unwrap().to_owned();
    let arguments = ["users", "delete", "alice"];
    home.run(&arguments).failed(2, "pass --yes");
    home.run(&[&arguments[..], &["--no-input"]].concat()).failed(2, "pass --yes");

    let mut terminal = Terminal::start(&home, &arguments);
    let shown = terminal.expect("Name of the user pool, to confirm: ");
    for part in ["`alice`", &*name, pool.id().as_str(), pool.id().region(), "about 2 users"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("account "), "{shown}");
    terminal.type_line("another");
    terminal.expect("nothing was changed");
    assert_eq!(terminal.end().0, 7);
    user(&pool, "alice");

    let mut terminal = Terminal::start(&home, &arguments);
    terminal.expect("Name of the user pool, to confirm: ");
    terminal.type_line(&name);
    terminal.expect("the user `alice` was deleted");
    assert_eq!(terminal.end().0, 0);
    pool.call("AdminGetUser", json!({ "Username": "alice" })).unwrap_err();
    home.run(&["users", "delete", "bob", "--yes"]).succeeded();
    home.run(&["users", "delete", "bob", "--yes"]).failed(4, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_created_filled_emptied_and_deleted() {
    let (pool, home) = pool_of(&["alice"]).await;
    let create = ["groups", "create", "staff", "--precedence", "3", "-o", "json"];
    assert_eq!(home.run(&create).succeeded().json()["precedence"], 3);
    home.run(&create).failed(1, "");
    home.run(&["groups", "add", "staff", "alice"]).succeeded();
    let members = || {
        let members = pool.call("ListUsersInGroup", json!({ "GroupName": "staff" })).unwrap();
        members["Users"].as_array().unwrap().len()
    };
    assert_eq!(members(), 1);
    home.run(&["groups", "remove", "staff", "alice"]).succeeded();
    assert_eq!(members(), 0);
    home.run(&["groups", "add", "absent", "alice"]).failed(4, "");
    home.run(&["groups", "delete", "staff"]).failed(2, "pass --yes");
    home.run(&["groups", "delete", "staff", "--yes"]).succeeded();
    home.run(&["groups", "delete", "staff", "--yes"]).failed(4, "");
}
