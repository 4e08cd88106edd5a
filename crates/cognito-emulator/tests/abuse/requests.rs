//! Requests that are too long, too deep, or have too many headers.

use std::io::{Read, Write};
use std::thread;

use serde_json::json;

use crate::bystander::Bystander;
use crate::support::{Served, call, head, send, sign_in, size};

const MEBIBYTE: usize = 1024 * 1024;

/// The framing of a long body.
#[derive(Clone, Copy)]
enum Body {
    WithLength,
    Chunked,
}

/// Sends a body with a length in MiB, and returns the response.
fn send_long(served: &Served, body: Body, mebibytes: usize) -> String {
    let mut stream = served.connect();
    let head = head("SignUp", mebibytes * MEBIBYTE);
    let length = format!("Content-Length: {}\r\n", mebibytes * MEBIBYTE);
    let (head, begin, end) = match body {
        Body::WithLength => (head, "", ""),
        Body::Chunked => {
            (head.replace(&length, "Transfer-Encoding: chunked\r\n"), "100000\r\n", "\r\n")
        }
    };
    stream.write_all(head.as_bytes()).unwrap();
    let piece = "a".repeat(MEBIBYTE);
    for _ in 0..mebibytes {
        stream.write_all([begin, &piece, end].concat().as_bytes()).unwrap();
    }
    if let Body::Chunked = body {
        stream.write_all(b"0\r\n\r\n").unwrap();
    }
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn body_of_100_mb_is_rejected_without_using_memory() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    sign_in(served.address());
    let before = served.mebibytes();
    thread::scope(|scope| {
        for body in [Body::WithLength, Body::Chunked].repeat(size("COGNITO_EMULATOR_BODIES", 1)) {
            let served = &served;
            scope.spawn(move || {
                let response = send_long(served, body, 100);
                assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
            });
        }
    });
    let after = served.mebibytes();
    println!("{before} MiB, {after} MiB after bodies of 100 MiB");
    assert!(after < before + 20, "{before} MiB became {after} MiB");
    bystander.was_served("bodies of 100 MiB");
    served.end();
}

#[test]
fn long_body_with_expect_continue_is_rejected_before_it_is_sent() {
    let served = Served::start(&[]);
    let head = head("SignUp", 100 * MEBIBYTE).replace("Host:", "Expect: 100-continue\r\nHost:");
    let response = send(served.address(), head.as_bytes());
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    served.end();
}

#[test]
fn incomplete_long_bodies_do_not_block_short_ones() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    let before = served.mebibytes();
    let body = "a".repeat(MEBIBYTE - 1);
    let held: Vec<_> = (0..300)
        .map(|_| {
            let mut stream = served.connect();
            stream.set_nonblocking(true).unwrap();
            let request = head("SignUp", MEBIBYTE) + &body;
            let _full = stream.write(request.as_bytes());
            stream
        })
        .collect();
    sign_in(served.address());
    let after = served.mebibytes();
    println!("{before} MiB, {after} MiB with 300 long bodies that do not end");
    assert!(after < before + 120, "{before} MiB became {after} MiB");
    bystander.was_served("long bodies that do not end");
    drop(held);
    served.end();
}

/// Returns values with a nesting depth: lists, objects, and a string that contains lists.
fn deep(levels: usize) -> [String; 3] {
    let lists = "[".repeat(levels) + &"]".repeat(levels);
    let objects = r#"{"a":"#.repeat(levels) + "1" + &"}".repeat(levels);
    let text = json!(lists).to_string();
    [lists, objects, text]
}

#[test]
fn deep_json_is_rejected() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    let token = sign_in(served.address())["AccessToken"].as_str().unwrap().to_owned();
    for value in [200, 10_000, 150_000].into_iter().flat_map(deep) {
        let operations = ["SignUp", "AdminCreateUser", "CreateUserPool", "InitiateAuth"];
        let calls = operations.map(|operation| head(operation, value.len()) + &value);
        let members = ["ClientMetadata", "UserAttributes", "LambdaConfig", "AuthParameters"];
        let nested = members.map(|member| {
            let body = format!(r#"{{"ClientId":"1example23456789","{member}":{value}}}"#);
            head("SignUp", body.len()) + &body
        });
        let others = ["/_emulator/tokens", "/_emulator/faults", "/_emulator/clock"].map(|path| {
            head("", value.len()).replacen("POST /", &format!("POST {path}"), 1) + &value
        });
        for request in calls.into_iter().chain(nested).chain(others) {
            let response = send(served.address(), request.as_bytes());
            assert!(response.starts_with("HTTP/1.1 4"), "{response}");
        }
    }
    let (status, _) = call(served.address(), "GetUser", json!({ "AccessToken": token }));
    assert_eq!(status, "200");
    bystander.was_served("deep JSON");
    served.end();
}

#[test]
fn deep_metadata_of_a_saml_provider_uses_no_memory() {
    let served = Served::start(&[]);
    let before = served.mebibytes();
    // Below the maximum length of details.
    let [elements, entities] = [
        "<a>".repeat(15_000) + &"</a>".repeat(15_000),
        (0..10).fold("<!DOCTYPE a [<!ENTITY e0 \"ha\">".to_owned(), |text, at| {
            text + &format!("<!ENTITY e{} \"{}\">", at + 1, format!("&e{at};").repeat(10))
        }) + "]><a>&e10;</a>",
    ];
    for metadata in [elements, entities] {
        let details = json!({ "MetadataFile": &metadata });
        let input = json!({
            "ProviderName": format!("Corp{}", metadata.len()), "ProviderType": "SAML", "ProviderDetails": details
        });
        let (status, body) = call(served.address(), "CreateIdentityProvider", input);
        assert!(["200", "400"].contains(&&*status), "{status}: {body}");
    }
    let after = served.mebibytes();
    assert!(after < before + 20, "{before} MiB became {after} MiB");
    served.end();
}

#[test]
fn too_many_headers_are_rejected() {
    let served = Served::start(&[]);
    let bystander = Bystander::of(served.address());
    let before = served.mebibytes();
    let begin = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    let many: String = (0..200_000).map(|at| format!("X-{at}: a\r\n")).collect();
    let same = "X-Same: a\r\n".repeat(200_000);
    let long = format!("X-Long: {}\r\n", "a".repeat(20 * MEBIBYTE));
    let cookies = format!("Cookie: {}\r\n", "a=b; ".repeat(200_000));
    let floods = [many, same, long, cookies, "a".repeat(10 * MEBIBYTE), "\r\n".repeat(200_000)];
    for flood in &floods {
        for _ in 0..size("COGNITO_EMULATOR_FLOODS", 2) {
            let response = send(served.address(), (begin.to_owned() + flood).as_bytes());
            assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
        }
    }
    let line = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(MEBIBYTE));
    let response = send(served.address(), line.as_bytes());
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
    let after = served.mebibytes();
    println!("{before} MiB, {after} MiB after floods of headers");
    assert!(after < before + 20, "{before} MiB became {after} MiB");
    bystander.was_served("floods of headers");
    served.end();
}
