//! The server of the program: log, test interface, and end.

use std::net::TcpStream;

use serde_json::json;

use crate::support::{end, send, serve, sign_in, write_seed};

#[test]
fn log_of_requests_has_no_secret() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    write_seed(&path, "Correct-horse1");
    let program = serve(&["--log", "--seed-file", path.to_str().unwrap()]);
    let wrong = send(&program.address, "POST /", "InitiateAuth", &sign_in("Wrong-horse1"));
    assert_eq!(wrong["__type"], "NotAuthorizedException");
    let signed_in = send(&program.address, "POST /", "InitiateAuth", &sign_in("Correct-horse1"));
    let token = signed_in["AuthenticationResult"]["AccessToken"].as_str().unwrap();
    // An idle connection does not keep the program running.
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
fn rejected_origin_is_printed_with_the_option() {
    let program = serve(&[]);
    // The header follows that of the operation.
    let header = "GetUser\r\nOrigin: https://evil.example";
    let rejected = send(&program.address, "GET /_emulator/outbox", header, "");
    assert!(rejected["message"].is_string(), "{rejected}");
    let header = "GetUser\r\nSec-Fetch-Site: cross-site";
    send(&program.address, "POST /_emulator/reset", header, "");
    let log = String::from_utf8(end(program).stderr).unwrap();
    assert_eq!(log.lines().count(), 2, "{log}");
    assert!(log.contains("without the header origin is rejected"), "{log}");
    assert!(log.contains("the origin `https://evil.example` is rejected"), "{log}");
    assert!(log.contains("start the server with --allow-origin"), "{log}");
}

#[test]
fn test_interface_has_the_clock_and_faults() {
    let program = serve(&[]);
    let moved = send(&program.address, "POST /_emulator/clock", "", r#"{"AdvanceSeconds":60}"#);
    assert!(moved["Now"].is_u64());
    let fault = r#"{"Operation":"GetUser","Fault":"Throttled"}"#;
    send(&program.address, "POST /_emulator/faults", "", fault);
    let refused = send(&program.address, "POST /", "GetUser", "{}");
    assert_eq!(refused["__type"], "TooManyRequestsException");
    assert_eq!(send(&program.address, "GET /_emulator/outbox", "", ""), json!([]));
    assert_eq!(end(program).status.code(), Some(0));
}

#[test]
fn test_interface_needs_an_option_beyond_loopback() {
    for (options, is_on) in [(&[][..], false), (&["--test-interface"][..], true)] {
        let program = serve(&[&["--bind", "0.0.0.0"], options].concat());
        let address = program.address.replace("0.0.0.0", "127.0.0.1");
        let reset = send(&address, "POST /_emulator/reset", "", "");
        assert_eq!(reset == json!({}), is_on, "{reset}");
        end(program);
    }
}
