//! The sign-in in the browser, with a browser that has no screen.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cognito_emulator::{LocalPool, PoolSettings};

use crate::pseudo_terminal::Terminal;
use crate::support::{Home, PASSWORD, Ran, pool_with};

/// A port that is free on both loopback addresses at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn pool_for(port: u16) -> LocalPool {
    let callback = format!("http://localhost:{port}/callback");
    pool_with(PoolSettings::default().managed_login([callback])).await
}

/// Signs alice in on the pages, and returns the address that the browser would open next.
async fn sign_in(url: &str) -> String {
    let policy = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().redirect(policy).no_proxy().build().unwrap();
    let (mut url, mut cookies) = (url.to_owned(), Vec::<String>::new());
    loop {
        let response = http.get(&url).header("cookie", cookies.join("; ")).send().await.unwrap();
        cookies.extend(new_cookies(&response));
        match response.headers().get("location") {
            Some(next) => url = absolute(&url, next.to_str().unwrap()),
            None => break,
        }
    }
    let csrf = cookies.iter().find_map(|cookie| cookie.strip_prefix("XSRF-TOKEN=")).unwrap();
    let form = [("_csrf", csrf), ("username", "alice"), ("password", PASSWORD)];
    let request = http.post(&url).header("cookie", cookies.join("; "));
    let body = form.map(|(name, value)| format!("{name}={value}")).join("&");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let response = request.send().await.unwrap();
    let next = response.headers().get("location").unwrap().to_str().unwrap();
    absolute(&url, next)
}

fn new_cookies(response: &reqwest::Response) -> Vec<String> {
    let cookies = response.headers().get_all("set-cookie").iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    cookies.map(str::to_owned).collect()
}

fn absolute(base: &str, next: &str) -> String {
    reqwest::Url::parse(base).unwrap().join(next).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn callback_on_this_machine_signs_in_and_tokens_are_refreshed_at_the_domain() {
    let port = free_port();
    let pool = pool_for(port).await;
    let mut home = Home::of(&pool);
    home.set("COGNITO_DOMAIN", pool.endpoint());
    let port = port.to_string();
    let arguments = ["login", "alice", "--no-browser", "--port", &port, "--scope", "openid"];
    let mut command = home.command(&arguments);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.find(|line| line.as_ref().unwrap().starts_with("http")).unwrap().unwrap();
    assert!(url.contains("login_hint=alice"), "{url}");
    let callback = sign_in(&url).await;
    assert!(callback.starts_with(&format!("http://localhost:{port}/callback?")), "{callback}");
    let page = reqwest::get(&callback).await.unwrap().text().await.unwrap();
    assert!(page.contains("close") && !page.contains("<script"), "{page}");
    assert!(child.wait().unwrap().success());

    let whoami = home.run(&["whoami", "-o", "json"]).succeeded().json();
    assert_eq!(whoami["username"], "alice");
    home.unset("COGNITO_DOMAIN");
    home.run(&["token", "--refresh"]).succeeded();
    home.run(&["logout"]).succeeded();
}

/// Adds a browser that copies the page and its arguments to the home.
fn with_browser(home: &mut Home) {
    let script = "#!/bin/sh\ncp -p \"$1\" \"$HOME/page.html\"\necho \"$@\" > \"$HOME/draft\"\n\
                  mv \"$HOME/draft\" \"$HOME/arguments\"\n";
    home.write("bin/xdg-open", script);
    let program = home.path().join("bin/xdg-open");
    fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    home.set("PATH", &format!("{}:/usr/bin:/bin", home.path().join("bin").display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_users_cannot_see_the_address_with_which_the_browser_starts() {
    let port = free_port();
    let pool = pool_for(port).await;
    let mut home = Home::of(&pool);
    with_browser(&mut home);
    let port = port.to_string();
    let arguments = ["login", "--browser", "--domain", pool.endpoint(), "--port", &port];
    let mut command = home.command(&arguments);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let given = home.path().join("arguments");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !given.exists() {
        assert!(Instant::now() < deadline, "no browser was started");
        thread::sleep(Duration::from_millis(5));
    }
    let page = PathBuf::from(fs::read_to_string(given).unwrap().trim());
    assert!(page.starts_with(home.path().join(".local/state/cognito")), "{page:?}");
    let copy = home.path().join("page.html");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(copy).unwrap();
    let (_, rest) = text.split_once("url=").unwrap();
    let url = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    assert!(url.contains("&state="), "{url}");
    let callback = sign_in(&url).await;
    reqwest::get(&callback).await.unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!page.exists());
    assert_eq!(home.run(&["whoami", "-o", "json"]).succeeded().json()["username"], "alice");
}

/// Starts a sign-in in the browser with `--quiet`, and returns the lines up to the address.
fn quiet_sign_in(home: &Home, pool: &LocalPool, port: u16) -> String {
    let port = port.to_string();
    let arguments = ["login", "--browser", "--quiet", "--domain", pool.endpoint(), "--port", &port];
    let mut command = home.command(&arguments);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || lines.for_each(|line| drop(sender.send(line))));
    let mut shown = String::new();
    while let Ok(line) = receiver.recv_timeout(Duration::from_secs(20)) {
        shown.push_str(&format!("{line}\n"));
        if line.starts_with("http") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn address_is_shown_with_quiet_and_if_no_page_can_be_written() {
    let port = free_port();
    let pool = pool_for(port).await;
    let mut home = Home::of(&pool);
    with_browser(&mut home);
    let shown = quiet_sign_in(&home, &pool, port);
    assert!(shown.contains("the browser opens") && shown.contains("\nhttp"), "{shown}");
    let state = home.path().join(".local/state");
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "not a directory").unwrap();
    let shown = quiet_sign_in(&home, &pool, port);
    assert!(shown.starts_with("open this address in a browser:\nhttp"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn address_of_a_browser_on_another_machine_is_pasted() {
    let port = free_port();
    let pool = pool_for(port).await;
    let mut home = Home::of(&pool);
    home.set("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
    let port = port.to_string();
    let arguments = ["login", "--browser", "--domain", pool.endpoint(), "--port", &port];
    let mut terminal = Terminal::start(&home, &arguments);
    terminal.expect("open this address in a browser:\r\n");
    let url = terminal.expect("\r\n");
    terminal.expect("Address: ");
    terminal.type_line("http://localhost/other?state=x&code=y");
    terminal.expect("this is not the address");
    terminal.expect("Address: ");
    let callback = sign_in(&url).await;
    terminal.type_line(&callback);
    terminal.expect("signed in as alice");
    assert_eq!(terminal.end().0, 0);
    home.run(&["whoami"]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn port_in_use_and_missing_domain_say_what_to_do() {
    let port = free_port();
    let pool = pool_for(port).await;
    let home = Home::of(&pool);
    home.run(&["login", "--browser"]).failed(2, "--domain");
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let port = port.to_string();
    let arguments = ["login", "--no-browser", "--domain", pool.endpoint(), "--port", &port];
    let ran: Ran = home.run(&arguments);
    ran.failed(1, "choose another registered port with --port");
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_the_other_sign_in_are_refused() {
    let home = Home::of(&pool_for(free_port()).await);
    for option in [&["--port", "9000"][..], &["--scope", "openid"], &["--identity-provider", "G"]] {
        home.run(&[&["login", "alice"], option].concat()).failed(2, "--browser");
    }
    for option in ["--password-stdin", "--choose", "--custom"] {
        home.run(&["login", "alice", "--no-browser", option]).failed(2, "cannot be used with");
    }
    for option in ["--choose", "--custom"] {
        let arguments = ["login", "alice", "--password-stdin", option];
        home.run(&arguments).failed(2, "cannot be used with");
    }
}
