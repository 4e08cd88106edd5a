//! The commands that send requests to a running emulator, and `env`.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tokio::net::TcpSocket;

use crate::running::Program;
use crate::support::{end, program, send, serve, shell, write_seed};

const URL: &str = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER";

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Runs a command with the address of a running emulator.
fn on(server: &Program, arguments: &[&str]) -> (i32, String, String) {
    run(program(arguments).env(URL, format!("http://{}/", server.address)))
}

/// Serves pools with the user `alice`, and creates a code in each.
fn serve_with_codes(pools: &[&str]) -> Program {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.toml");
    let pool = |id: &&str| {
        format!(
            "[[Pools]]\nId = '{id}'\n[[Pools.Users]]\nUsername = 'alice'\nPassword = 'Correct-horse1'\n\
             Attributes = {{ email = 'a@example.com', email_verified = true }}\n"
        )
    };
    fs::write(&path, pools.iter().map(pool).collect::<String>()).unwrap();
    let server = serve(&["--seed-file", path.to_str().unwrap()]);
    for id in pools {
        let reset = format!(r#"{{"UserPoolId":"{id}","Username":"alice"}}"#);
        send(&server.address, "POST /", "AdminResetUserPassword", &reset);
    }
    server
}

#[test]
fn codes_prints_the_last_code_of_a_user() {
    let server = serve_with_codes(&["eu-west-1_Example01"]);
    let (status, code, error) = on(&server, &["codes", "alice"]);
    assert_eq!(status, 0, "{error}");
    assert!(code.trim_end().len() == 6 && code.trim_end().parse::<u32>().is_ok(), "{code}");
    let (status, output, error) = on(&server, &["codes", "bob+tests@example.com"]);
    assert_eq!((status, &*output), (1, ""));
    assert_eq!(error, "cognito-emulator: no code was sent to bob+tests@example.com\n");
    end(server);
}

#[test]
fn codes_needs_the_pool_of_a_user_of_several_pools() {
    let server = serve_with_codes(&["eu-west-1_Example01", "eu-west-1_Example02"]);
    let (status, _, error) = on(&server, &["codes", "alice"]);
    let pools = "eu-west-1_Example01, eu-west-1_Example02";
    assert!(status == 1 && error.contains(pools) && error.contains("--pool"), "{error}");
    let (status, code, _) = on(&server, &["codes", "alice", "--pool", "eu-west-1_Example02"]);
    assert_eq!((status, code.trim_end().len()), (0, 6));
    let (status, _, error) = on(&server, &["codes", "alice", "--pool", "eu-west-1_Example03"]);
    assert!(
        status == 1 && error.contains("the pool eu-west-1_Example03 does not exist"),
        "{error}"
    );
    end(server);
}

#[test]
fn reset_returns_to_the_seed_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    write_seed(&path, "Correct-horse1");
    let server = serve(&["--seed-file", path.to_str().unwrap()]);
    let alice = r#"{"UserPoolId":"eu-west-1_Example01","Username":"alice"}"#;
    send(&server.address, "POST /", "AdminDeleteUser", alice);
    assert_eq!(on(&server, &["reset"]), (0, String::new(), String::new()));
    let found = send(&server.address, "POST /", "AdminGetUser", alice);
    assert_eq!(found["Username"], "alice", "{found}");
    end(server);
}

#[test]
fn health_succeeds_where_the_test_interface_is_off() {
    let server = serve(&["--bind", "0.0.0.0"]);
    let url = server.address.replace("0.0.0.0", "http://127.0.0.1");
    assert_eq!(run(&mut program(&["health", "--url", &url])), (0, String::new(), String::new()));
    let (status, _, error) = run(&mut program(&["reset", "--url", &url]));
    assert!(status == 1 && error.contains("status 403") && error.contains("--test-interface"));
    end(server);
}

#[test]
fn health_fails_where_no_emulator_responds() {
    // A bound socket that does not listen refuses connections, and keeps its port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let free = socket.local_addr().unwrap();
    let (status, _, error) = run(&mut program(&["health", "--url", &format!("http://{free}")]));
    assert_eq!(status, 1);
    let expected = format!("cognito-emulator: no emulator responds at http://{free}; check that");
    assert!(error.starts_with(&expected), "{error}");
    let (status, _, error) = run(&mut program(&["health", "--url", "https://localhost:1"]));
    assert!(status == 1 && error.contains("pass the http address"), "{error}");
}

#[test]
fn health_waits_for_an_emulator_that_starts() {
    let server = serve(&[]);
    let (listener, address) = (TcpListener::bind("127.0.0.1:0").unwrap(), server.address.clone());
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        // The connections of two attempts end without a response.
        for _ in 0..2 {
            drop(listener.accept().unwrap());
        }
        let mut client = listener.accept().unwrap().0;
        let mut emulator = TcpStream::connect(address).unwrap();
        let (mut requests, mut to) = (client.try_clone().unwrap(), emulator.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut requests, &mut to));
        io::copy(&mut emulator, &mut client)
    });
    let (status, _, error) = run(&mut program(&["health", "--url", &url, "--wait", "20"]));
    assert_eq!(status, 0, "{error}");
    end(server);
}

#[test]
fn health_does_not_wait_after_a_permanent_error() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    thread::spawn(move || {
        for stream in other.incoming() {
            let response = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            let mut stream = stream.unwrap();
            let mut request = [0; 1024];
            let _read = stream.read(&mut request).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
        }
    });
    for (url, message) in [
        (format!("http://{address}"), "check that it is the address of an emulator"),
        ("https://localhost:1".to_owned(), "pass the http address"),
    ] {
        let begin = Instant::now();
        let (status, _, error) = run(&mut program(&["health", "--url", &url, "--wait", "60"]));
        assert!(status == 1 && error.contains(message), "{url}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{url}");
    }
}

#[test]
fn commands_without_an_address_or_a_file_are_invalid() {
    let import = ["import", "--password", "Correct-horse1"];
    for command in [&["health"][..], &["reset"], &["codes", "alice"], &["env"], &import] {
        let (status, output, error) = run(program(command).env_remove(URL));
        assert_eq!((status, &*output), (2, ""), "{command:?}: {error}");
    }
}

#[test]
fn env_exports_variables_that_a_shell_evaluates() {
    let quoted = "/tmp/it's a directory/ca.pem";
    let options =
        ["env", "--url", "http://127.0.0.1:9229/", "--region", "eu-west-1", "--ca", quoted];
    let (status, exports, _) = run(&mut program(&options));
    assert_eq!(status, 0);
    let names = [
        URL,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "NODE_EXTRA_CA_CERTS",
    ];
    let values = names.map(|name| shell(&format!("{exports}printf %s \"${name}\"")));
    let url = "http://127.0.0.1:9229";
    assert_eq!(values, [url, url, "eu-west-1", "test", quoted]);
    let (_, lines, _) = run(&mut program(&["env", "--url", url, "--syntax", "dotenv"]));
    assert!(lines.starts_with(&format!("{URL}={url}\n")) && !lines.contains("CA_CERTS"), "{lines}");
    let proxied = "https://proxy.example/emulator";
    let (status, lines, _) = run(&mut program(&["env", "--url", proxied, "--region", "eu-west-1"]));
    assert!(status == 0 && lines.contains(&format!("{URL}='{proxied}'")), "{lines}");
    assert_eq!(run(&mut program(&["health", "--url", proxied])).0, 2);
    let (_, lines, _) = run(program(&options).args(["--syntax", "powershell"]));
    assert!(lines.contains("$env:SSL_CERT_FILE = '/tmp/it''s a directory/ca.pem'\n"), "{lines}");
}

#[test]
fn env_removes_the_developers_variables_except_the_address_of_other_services() {
    let set = "export AWS_PROFILE=work AWS_SESSION_TOKEN=t AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true \
               AWS_ENDPOINT_URL=http://localhost:4566\n";
    let (_, exports, warning) = run(&mut program(&["env", "--url", "http://127.0.0.1:1"]));
    let value = |name: &str| shell(&format!("set -eu\n{set}{exports}printf %s \"${{{name}-}}\""));
    assert_eq!(value("AWS_PROFILE") + &value("AWS_SESSION_TOKEN"), "");
    assert_eq!(value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "false");
    assert_eq!(value("AWS_ENDPOINT_URL"), "http://localhost:4566");
    assert_eq!(value("AWS_REGION"), "us-east-1", "no emulator runs");
    assert!(
        warning.contains("the Region is us-east-1; set it with --region (no emulator"),
        "{warning}"
    );
    let (_, lines, _) =
        run(&mut program(&["env", "--url", "http://127.0.0.1:1", "--syntax", "powershell"]));
    assert!(
        lines.contains("Remove-Item Env:AWS_PROFILE -ErrorAction SilentlyContinue\n"),
        "{lines}"
    );
}

#[test]
fn env_adds_the_host_to_those_without_a_proxy() {
    let env = |url: &str, upper: &str, lower: &str| {
        let mut command = program(&["env", "--url", url, "--syntax", "dotenv"]);
        let (_, lines, _) = run(command.env("NO_PROXY", upper).env("no_proxy", lower));
        let value =
            |name: &str| lines.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        assert_eq!(value("NO_PROXY="), value("no_proxy="));
        value("NO_PROXY=").unwrap()
    };
    assert_eq!(env("http://127.0.0.1:1", "", ""), "127.0.0.1");
    assert_eq!(
        env("http://[::1]:1/", "corp.example, 127.0.0.1", ".local"),
        "corp.example,127.0.0.1,.local,::1"
    );
    assert_eq!(env("http://127.0.0.1:1", "", "127.0.0.1"), "127.0.0.1");
    assert_eq!(env("http://127.0.0.1:1", "*", ""), "*");
}

#[test]
fn env_has_the_region_of_the_first_pool() {
    let server = serve_with_codes(&["eu-west-1_Example02", "ap-south-1_Example01"]);
    let (_, exports, _) = on(&server, &["env"]);
    let regions = shell(&format!("{exports}printf %s $AWS_REGION,$AWS_DEFAULT_REGION"));
    assert_eq!(regions, "eu-west-1,eu-west-1");
    end(server);
}

/// Serves one response to every request, like a program that is not an emulator.
fn serve_response(status: &str, body: &str) -> String {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", other.local_addr().unwrap());
    let response = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    thread::spawn(move || {
        for stream in other.incoming() {
            let mut stream = stream.unwrap();
            let _read = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn env_writes_no_region_that_is_not_one() {
    for id in
        ["eu-west-1\\nLD_PRELOAD=/tmp/evil.so\\nX_1", "eu west_1", "$(id)_1", "_1", "no-underscore"]
    {
        let url = serve_response("200 OK", &format!(r#"[{{ "Id": "{id}" }}]"#));
        for syntax in ["dotenv", "sh", "powershell"] {
            let arguments = ["env", "--url", &url, "--syntax", syntax];
            let (status, printed, error) = run(&mut program(&arguments));
            assert_eq!(status, 0, "{error}");
            assert!(printed.contains("us-east-1") && !printed.contains("evil"), "{id}: {printed}");
            assert!(error.contains("the id of the first pool is invalid"), "{id}: {error}");
        }
    }
}

#[test]
fn value_with_a_line_break_is_rejected_where_it_would_be_another_variable() {
    let arguments = ["env", "--url", "https://localhost:1", "--region", "eu-west-1"];
    let run = |syntax| {
        let mut program = program(&arguments);
        run(program.env("NO_PROXY", "a\nLD_PRELOAD=/tmp/evil.so,b").args(["--syntax", syntax]))
    };
    let (status, printed, error) = run("dotenv");
    assert!(status == 1 && printed.is_empty(), "{printed}");
    assert!(error.contains("the value of NO_PROXY has a line break"), "{error}");
    assert_eq!(run("sh").0, 0);
}

#[test]
fn text_of_a_server_cannot_control_the_terminal() {
    let controls = r"a\u001b]0;title\u0007\u001b[2J\nnext\u009b\u202e\u061c";
    let message = format!(r#"{{ "message": "{controls}" }}"#);
    let pools = format!(r#"[{{ "Id": "{controls}" }}, {{ "Id": "b" }}]"#);
    for (status, body, arguments) in [
        ("404 Not Found", &message, &["health"][..]),
        ("500 Internal Server Error", &message, &["reset"]),
        ("403 Forbidden", &message, &["codes", "alice"]),
        ("403 Forbidden", &message, &["env"]),
        ("200 OK", &pools, &["codes", "alice"]),
        ("200 OK", &r#"[{ "Id": "a" }]"#.to_owned(), &["codes", "\u{1b}[2J"]),
    ] {
        let url = serve_response(status, body);
        let (_, printed, error) = run(program(arguments).args(["--url", &url]));
        for text in [&printed, &error] {
            let is_harmless =
                |c: char| c == '\n' || !(c.is_control() || ['\u{202e}', '\u{61c}'].contains(&c));
            assert!(text.chars().all(is_harmless), "{arguments:?}: {text:?}");
        }
        assert!(error.matches('\n').count() <= 1, "{arguments:?}: {error}");
    }
}

#[test]
fn commands_name_the_http_address_that_they_need_after_env_of_an_https_address() {
    let url = "https://localhost:9230";
    let (status, exports, warning) = run(&mut program(&["env", "--url", url]));
    assert!(status == 0 && exports.contains("AWS_REGION='us-east-1'"), "{exports}");
    assert!(warning.contains("the Region is us-east-1; set it with --region"), "{warning}");
    for command in [&["health"][..], &["reset"], &["codes", "alice"]] {
        let (status, _, error) = run(program(command).env(URL, url));
        let hint = "pass the http address of the emulator with --url";
        assert!(status == 1 && error.contains(hint), "{command:?}: {error}");
    }
}

#[test]
fn help_has_examples_and_exit_codes() {
    let (status, help, _) = run(&mut program(&["--help"]));
    assert_eq!(status, 0);
    for word in ["Examples:", "Exit codes:", "--ready-json", "import --from-json"] {
        assert!(help.contains(word), "{help}");
    }
    let (status, version, _) = run(&mut program(&["--version"]));
    let expected = format!("cognito-emulator {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((status, version), (0, expected));
    assert_eq!(run(&mut program(&["serv"])).0, 2);
}

#[test]
fn port_in_use_is_reported() {
    let server = serve(&[]);
    let port = server.address.rsplit(':').next().unwrap();
    let (status, _, error) = run(&mut program(&["serve", "--port", port]));
    let expected =
        format!("cognito-emulator: cannot listen on 127.0.0.1:{port}: the port is in use; ");
    assert!(status == 1 && error.starts_with(&expected), "{error}");
    end(server);
}
