//! The program: its seed file, its log, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/program.rs"]
mod running;
#[path = "support/trust.rs"]
mod trust;

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};

use self::running::{Program, command};
use self::trust::trusting;

fn program(arguments: &[&str]) -> Command {
    let mut program = command();
    program.args(arguments);
    program
}

fn serve(options: &[&str]) -> Program {
    Program::spawn(program(&[&["serve"], options].concat()))
}

/// Ends the program by SIGTERM.
fn end(program: Program) -> Output {
    program.stop("TERM")
}

/// The body of an answer.
fn ask(address: &str, line: &str, operation: &str, body: &str) -> Value {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn seed_file(path: &Path, password: &str) {
    let client = json!({
        "ClientId": "1example23456789", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]
    });
    let alice = json!({ "Username": "alice", "Password": password });
    let pool = json!({ "Id": "eu-west-1_Example01", "Clients": [client], "Users": [alice] });
    fs::write(path, json!({ "Pools": [pool] }).to_string()).unwrap();
}

fn sign_in(password: &str) -> String {
    let parameters = json!({ "USERNAME": "alice", "PASSWORD": password });
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789",
        "AuthParameters": parameters
    })
    .to_string()
}

#[test]
fn it_serves_a_seed_file_logs_no_secret_and_ends_when_asked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    seed_file(&path, "Correct-horse1");
    let program = serve(&["--log", "--seed-file", path.to_str().unwrap()]);
    let wrong = ask(&program.address, "POST /", "InitiateAuth", &sign_in("Wrong-horse1"));
    assert_eq!(wrong["__type"], "NotAuthorizedException");
    let signed_in = ask(&program.address, "POST /", "InitiateAuth", &sign_in("Correct-horse1"));
    let token = signed_in["AuthenticationResult"]["AccessToken"].as_str().unwrap();
    // A connection that is kept alive does not keep the program alive.
    let _idle = TcpStream::connect(&program.address).unwrap();

    let output = end(program);
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[0].starts_with("InitiateAuth 400 NotAuthorizedException "), "{log}");
    assert!(lines[1].starts_with("InitiateAuth 200 ") && lines[1].ends_with(" ms"), "{log}");
    for secret in ["horse1", "alice", token] {
        assert!(!log.contains(secret));
    }
}

#[test]
fn tests_in_any_language_have_the_clock_and_the_faults() {
    let program = serve(&[]);
    let moved = ask(&program.address, "POST /_emulator/clock", "", r#"{"AdvanceSeconds":60}"#);
    assert!(moved["Now"].is_u64());
    let fault = r#"{"Operation":"GetUser","Fault":"Throttled"}"#;
    ask(&program.address, "POST /_emulator/faults", "", fault);
    let refused = ask(&program.address, "POST /", "GetUser", "{}");
    assert_eq!(refused["__type"], "TooManyRequestsException");
    assert_eq!(ask(&program.address, "GET /_emulator/outbox", "", ""), json!([]));
    assert_eq!(end(program).status.code(), Some(0));
}

#[test]
fn test_interface_needs_an_option_beyond_loopback() {
    for (options, is_on) in [(&[][..], false), (&["--test-interface"][..], true)] {
        let program = serve(&[&["--bind", "0.0.0.0"], options].concat());
        let address = program.address.replace("0.0.0.0", "127.0.0.1");
        let reset = ask(&address, "POST /_emulator/reset", "", "");
        assert_eq!(reset == json!({}), is_on, "{reset}");
        end(program);
    }
}

#[test]
fn it_says_what_is_wrong_and_what_it_can() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    seed_file(&path, "hunter2");
    let path = path.to_str().unwrap();
    let output = program(&["serve", "--seed-file", path]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("cognito-emulator: Pools[0].Users[0] (alice): "), "{error}");
    assert!(!error.contains("hunter2") && output.stdout.is_empty());

    let missing = program(&["serve", "--seed-file", "/nowhere/seed.json"]).output().unwrap();
    let error = String::from_utf8(missing.stderr).unwrap();
    assert!(error.starts_with("cognito-emulator: /nowhere/seed.json: "), "{error}");

    let help = program(&["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "--seed-file",
        "--test-interface",
        "--quotas",
        "/_emulator/reset",
        "AdvanceSeconds",
        "Throttled",
    ] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn quotas_are_the_default_or_those_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("quotas.json");
    let path = path.to_str().unwrap();
    fs::write(path, r#"{ "UserPoolRead": 0 }"#).unwrap();
    for (quotas, status) in [("default", Value::Null), (path, json!("TooManyRequestsException"))] {
        let program = serve(&["--quotas", quotas]);
        let listed = ask(&program.address, "POST /", "ListUserPools", r#"{"MaxResults":1}"#);
        assert_eq!(listed["__type"], status, "{listed}");
        end(program);
    }
    fs::write(path, r#"{ "UserPoolRed": 0 }"#).unwrap();
    let refused = program(&["serve", "--quotas", path]).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains(path) && told.contains("UserPoolRed"), "{told}");
}

/// Runs a command of a shell, and returns what it prints.
fn shell(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Requests the clock from an endpoint over TLS, and returns the response.
fn clock_over_tls(endpoint: &str, ca_certificate: &str) -> io::Result<String> {
    let port = endpoint.strip_prefix("https://localhost:").unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(trusting(ca_certificate), name).unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(
        b"GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

/// A program that serves TLS.
struct Tls {
    program: Program,
    endpoint: String,
    /// The file with the certificate of its authority, quoted for a shell.
    ca: String,
}

fn serve_tls(options: &[&str]) -> Tls {
    let mut program = serve(options);
    let endpoint = program.line().split(' ').next().unwrap().to_owned();
    let curl = program.line();
    let ca = curl.split_once("curl --cacert ").unwrap().1.to_owned();
    Tls { program, endpoint, ca }
}

#[test]
fn tls_is_served_and_the_program_tells_how_to_trust_it() {
    let kept = tempfile::tempdir().unwrap();
    let kept = kept.path().join("it's a directory");
    let other = serve_tls(&["--tls"]);
    let other_ca = shell(&format!("cat {}", other.ca));
    for options in [&["--tls"][..], &["--tls-ca", kept.to_str().unwrap()]] {
        let Tls { program, endpoint, ca } = serve_tls(options);
        let response = clock_over_tls(&endpoint, &shell(&format!("cat {ca}"))).unwrap();
        assert!(response.contains("\"Frozen\""), "{endpoint} {ca}: {response}");
        let distrusted = clock_over_tls(&endpoint, &other_ca).unwrap_err().to_string();
        assert!(distrusted.contains("certificate"), "{distrusted}");
        end(program);
        let exists = shell(&format!("test -e {ca} && echo kept"));
        assert_eq!(exists.trim() == "kept", options.len() == 2, "{options:?}");
    }
    end(other.program);
}

#[test]
fn tls_that_cannot_be_served_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("ca.pem"), "").unwrap();
    let path = directory.path().to_str().unwrap();
    let first = serve(&[]);
    let port = first.address.rsplit(':').next().unwrap();
    for (options, told) in [
        (&["--tls-ca", path][..], "cannot serve TLS: "),
        (&["--tls-port", port], "cannot listen on 127.0.0.1:"),
        (&["--issuer", "tls"], "TLS is off"),
        (&["--tls", "--public-url", "https://not a host"], "`https://not a host`"),
    ] {
        let refused = program(&[&["serve"], options].concat()).output().unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && error.contains(told), "{options:?}: {error}");
    }
    end(first);
}

#[test]
fn options_that_no_client_could_use_are_refused() {
    for option in [
        ["--public-url", "localhost:4567"],
        ["--endpoint", "localhost:4567"],
        ["--endpoint", "http://"],
        ["--trigger-url", "functions/sign-up"],
        ["--region", ""],
        ["--region", "eu west"],
    ] {
        let refused = program(&["serve", option[0], option[1]]).output().unwrap();
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(option[0]), "{option:?}: {told}");
    }
}
