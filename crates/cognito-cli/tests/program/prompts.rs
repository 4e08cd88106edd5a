//! Questions at a terminal.

use std::time::Duration;

use cognito_emulator::{LocalPool, Mfa, PoolSettings};
use serde_json::json;

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD, pool, pool_with};

/// Signs in at a terminal, up to the question after the password.
fn login(home: &Home) -> Terminal {
    let mut terminal = Terminal::start(home, &["login", "alice"]);
    terminal.expect("Password: ");
    terminal.type_line(PASSWORD);
    terminal
}

/// A pool whose users must have an authenticator app, which alice has not set up.
async fn pool_with_mfa() -> LocalPool {
    pool_with(PoolSettings::default().mfa(Mfa::Required)).await
}

/// Sets up an app at the terminal, and returns its key.
fn set_up(pool: &LocalPool, terminal: &mut Terminal) -> String {
    terminal.expect("or type its key: ");
    let key = terminal.expect("\r\n");
    terminal.expect("First code of the authenticator app: ");
    terminal.type_line(pool.totp(&key).unwrap().expose_secret());
    terminal.expect("signed in as alice");
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn password_is_asked_for_and_not_shown() {
    let pool = pool().await;
    let home = Home::of(&pool);
    let mut terminal = Terminal::start(&home, &["login"]);
    terminal.expect("User name: ");
    terminal.type_line("alice");
    terminal.expect("Password: ");
    terminal.type_line(PASSWORD);
    terminal.expect("signed in as alice");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0);
    assert!(!seen.contains(PASSWORD), "{seen}");
}

/// Returns whether the memory of a process contains a text.
#[cfg(target_os = "linux")]
fn memory_has(process: u32, text: &str) -> bool {
    use std::os::unix::fs::FileExt;

    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let writable = maps.lines().filter(|line| line.split(' ').nth(1).unwrap().starts_with("rw"));
    writable.into_iter().any(|line| {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let address = |text| u64::from_str_radix(text, 16).unwrap();
        let mut bytes = vec![0; (address(end) - address(start)).try_into().unwrap()];
        // Mappings of devices cannot be read.
        memory.read_exact_at(&mut bytes, address(start)).is_ok()
            && bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_has_no_password_after_its_proof() {
    let pool = pool_with_mfa().await;
    let home = Home::of(&pool);
    let mut terminal = login(&home);
    terminal.expect("First code of the authenticator app: ");
    assert!(memory_has(terminal.process(), "alice"), "the memory can be read");
    assert!(!memory_has(terminal.process(), PASSWORD));
    terminal.interrupt();
    assert_eq!(terminal.end().0, 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn authenticator_app_is_set_up_with_a_code_to_scan_and_asked_for_later() {
    let pool = pool_with_mfa().await;
    let home = Home::of(&pool);
    let mut terminal = login(&home);
    let code = terminal.expect("or type its key: ");
    assert!(code.contains("scan this code") && code.contains('█'), "{code}");
    let key = terminal.expect("\r\n");
    terminal.expect("First code of the authenticator app: ");
    terminal.type_line("000000");
    terminal.expect("error: the code is wrong");
    terminal.expect("First code of the authenticator app: ");
    terminal.type_line(pool.totp(&key).unwrap().expose_secret());
    terminal.expect("signed in as alice");
    assert_eq!(terminal.end().0, 0);

    // Each code is accepted once.
    pool.clock().advance(Duration::from_secs(30));
    let mut terminal = login(&home);
    terminal.expect("Code of the authenticator app");
    terminal.type_line(pool.totp(&key).unwrap().expose_secret());
    terminal.expect("signed in as alice");
    assert_eq!(terminal.end().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_code_is_asked_for_again() {
    let pool = pool_with_mfa().await;
    let home = Home::of(&pool);
    let mut terminal = login(&home);
    let key = set_up(&pool, &mut terminal);
    pool.clock().advance(Duration::from_secs(30));
    let mut terminal = login(&home);
    terminal.expect("Code of the authenticator app");
    for wrong in ["000000", "12", ""] {
        terminal.type_line(wrong);
        terminal.expect("error: ");
        terminal.expect("Code of the authenticator app");
    }
    terminal.type_line(pool.totp(&key).unwrap().expose_secret());
    terminal.expect("signed in as alice");
    assert_eq!(terminal.end().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupt_ends_each_question_with_130_and_restores_the_terminal() {
    let pool = pool_with_mfa().await;
    let home = Home::of(&pool);
    let mut terminal = Terminal::start(&home, &["login"]);
    terminal.expect("User name: ");
    terminal.interrupt();
    assert_eq!(terminal.end().0, 130);

    let mut terminal = Terminal::start(&home, &["login", "alice"]);
    terminal.expect("Password: ");
    terminal.interrupt();
    assert_eq!(terminal.end().0, 130);

    let mut terminal = login(&home);
    terminal.expect("First code of the authenticator app: ");
    terminal.interrupt();
    let (code, seen) = terminal.end();
    assert_eq!(code, 130);
    assert!(seen.contains("interrupted"), "{seen}");
    home.run(&["whoami"]).failed(3, "no user is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminal_shows_what_is_typed_after_an_interrupt() {
    let pool = pool().await;
    let mut home = Home::of(&pool);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_cognito")).parent().unwrap();
    home.set("PATH", &format!("{}:/usr/bin:/bin", program.display()));
    // The shell stays, so that the terminal does.
    let script = "trap : INT; cognito login alice; echo code $?; stty -a | tr ';' ' '";
    let mut terminal = Terminal::of(&home, "/bin/sh", &["-c", script]);
    terminal.expect("Password: ");
    terminal.interrupt();
    terminal.expect("code 130");
    let (_, seen) = terminal.end();
    let words: Vec<_> = seen.split_whitespace().collect();
    assert!(words.contains(&"echo") && !words.contains(&"-echo"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_password_is_replaced() {
    let pool = pool().await;
    let user = json!({ "Username": "bob", "TemporaryPassword": PASSWORD });
    pool.call("AdminCreateUser", user).unwrap();
    let home = Home::of(&pool);
    let mut terminal = Terminal::start(&home, &["login", "bob"]);
    terminal.expect("Password: ");
    terminal.type_line(PASSWORD);
    for (first, second, next) in [
        ("Better-horse2", "Other-horse2", "the passwords differ"),
        ("short", "short", "error: "),
        ("Better-horse2", "Better-horse2", "signed in as bob"),
    ] {
        terminal.expect("New password: ");
        terminal.type_line(first);
        terminal.expect("New password again: ");
        terminal.type_line(second);
        terminal.expect(next);
    }
    assert_eq!(terminal.end().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_waits_without_a_person() {
    let pool = pool_with_mfa().await;
    let home = Home::of(&pool);
    home.run(&["login", "alice"])
        .failed(2, "cannot ask for the password: the input is not interactive");
    home.run(&["login"]).failed(2, "pass the user name");
    let ran = home.run_with(&["login", "alice", "--password-stdin"], PASSWORD);
    ran.failed(2, "cannot ask for the first code");

    let mut terminal = Terminal::start(&home, &["login", "alice", "--no-input"]);
    terminal.expect("cannot ask for the password: the input is not interactive");
    assert_eq!(terminal.end().0, 2);
}

#[test]
fn secret_from_standard_input_is_not_cut() {
    let home = Home::new();
    home.run_with(&["verify"], &"x".repeat(64 * 1024 + 1)).failed(2, "more than 64 KiB");
    home.run_with(&["verify"], &"x".repeat(64 * 1024)).failed(1, "is malformed");
    home.run_with(&["verify"], "\n").failed(2, "standard input is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminal_is_not_read_as_piped_input_without_a_person() {
    let pool = pool().await;
    let mut home = Home::of(&pool).with_credentials();
    home.set("COGNITO_DOMAIN", pool.endpoint());
    // A secret would be shown as it is typed, also with a person.
    for arguments in [
        &["login", "alice", "--password-stdin"][..],
        &["login", "alice", "--password-stdin", "--no-input"],
        &["users", "password", "alice", "--password-stdin"],
        &["verify"],
        &["users", "disable", "--from", "-", "--no-input", "--yes"],
        &["users", "import", "-", "--no-input", "--yes"],
        &["users", "diff", "-", "--no-input"],
    ] {
        let mut terminal = Terminal::start(&home, arguments);
        terminal.expect("standard input is a terminal");
        assert_eq!(terminal.end().0, 2, "{arguments:?}");
    }
    let mut terminal = Terminal::start(&home, &["login", "--no-browser", "--no-input"]);
    terminal.expect("a sign-in in the browser needs a user to respond");
    assert_eq!(terminal.end().0, 2);
}
