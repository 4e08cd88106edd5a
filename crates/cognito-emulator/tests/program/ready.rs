//! The ready line in JSON, and the end with the standard input.

use std::io::Write;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use serde_json::{Value, json};

use crate::running::Program;
use crate::support::{end, program, send, write_seed};

fn ready(options: &[&str]) -> (Program, Value) {
    let options = [&["serve", "--ready-json"], options].concat();
    let mut program = Program::launch(program(&options));
    let ready = serde_json::from_str(&program.line()).unwrap();
    (program, ready)
}

#[test]
fn ready_line_has_addresses_pools_and_clients_with_their_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seed.json");
    let clients = json!([
        { "ClientId": "1example23456789", "ClientName": "web" },
        { "ClientId": "2example23456789", "ClientName": "api", "ClientSecret": "of the api" }
    ]);
    let pool = json!({ "Id": "eu-west-1_Example01", "PoolName": "shop", "Clients": clients });
    fs::write(&path, json!({ "Pools": [pool] }).to_string()).unwrap();
    // The line is printed even if quotas reject every request.
    let quotas = directory.path().join("quotas.json");
    fs::write(&quotas, r#"{ "UserPoolRead": 0, "UserPoolClientRead": 0 }"#).unwrap();
    let files = [path.to_str().unwrap(), quotas.to_str().unwrap()];
    let (program, ready) = ready(&["--seed-file", files[0], "--quotas", files[1]]);
    let url = ready["url"].as_str().unwrap().to_owned();
    let expected = json!({
        "version": env!("CARGO_PKG_VERSION"), "url": url, "https_url": null, "ca": null,
        "pools": [{
            "id": "eu-west-1_Example01", "name": "shop",
            "issuer": format!("{url}/eu-west-1_Example01"),
            "jwks": format!("{url}/eu-west-1_Example01/.well-known/jwks.json"),
            "clients": [
                { "id": "1example23456789", "name": "web", "secret": null },
                { "id": "2example23456789", "name": "api", "secret": "of the api" }
            ]
        }]
    });
    assert_eq!(ready, expected);
    let address = url.strip_prefix("http://").unwrap();
    let keys = send(address, "GET /eu-west-1_Example01/.well-known/jwks.json", "", "");
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert_eq!(end(program).stdout, b"", "the line is the only output");
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn ready_line_has_pools_and_clients_in_the_order_of_the_seed_file() {
    let directory = tempfile::tempdir().unwrap();
    let [seed, state] = ["seed.json", "state"].map(|name| directory.path().join(name));
    let client = |id: &str| json!({ "ClientId": id, "ClientName": format!("client {id}") });
    let pool =
        |name: &str| json!({ "Id": format!("eu-west-1_{name}"), "PoolName": name, "Clients": [] });
    let mut pools = ["Zweb", "Aadmin", "Mobile"].map(pool);
    pools[0]["Clients"] = json!(["3", "1", "2"].map(client));
    fs::write(&seed, json!({ "Pools": pools }).to_string()).unwrap();
    let files = [seed.to_str().unwrap(), state.to_str().unwrap()];
    let options = ["--seed-file", files[0], "--state", files[1]];
    let (program, first) = ready(&options);
    assert_eq!(names(&first["pools"]), ["Zweb", "Aadmin", "Mobile"]);
    assert_eq!(names(&first["pools"][0]["clients"]), ["client 3", "client 1", "client 2"]);
    let address = first["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let listed = send(address, "GET /_emulator/pools", "", "");
    assert_eq!(listed[0]["Name"], "Zweb");
    // Updated entries keep their position, and new ones are last, also after a restart.
    for (operation, members) in [
        ("UpdateUserPoolClient", json!({ "ClientId": "3", "ClientName": "changed" })),
        ("CreateUserPoolClient", json!({ "ClientName": "last" })),
        ("CreateUserPool", json!({ "PoolName": "last" })),
    ] {
        let mut request = members;
        if operation != "CreateUserPool" {
            request["UserPoolId"] = "eu-west-1_Zweb".into();
        }
        let response = send(address, "POST /", operation, &request.to_string());
        assert_eq!(response.get("__type"), None, "{response}");
    }
    end(program);
    let (program, second) = ready(&options);
    assert_eq!(names(&second["pools"]), ["Zweb", "Aadmin", "Mobile", "last"]);
    let clients = ["changed", "client 1", "client 2", "last"];
    assert_eq!(names(&second["pools"][0]["clients"]), clients);
    end(program);
}

#[test]
fn ready_line_has_the_certificate_that_clients_trust() {
    let (program, ready) = ready(&["--tls"]);
    assert!(ready["https_url"].as_str().unwrap().starts_with("https://localhost:"), "{ready}");
    let ca = fs::read_to_string(ready["ca"].as_str().unwrap()).unwrap();
    assert!(ca.contains("BEGIN CERTIFICATE"), "{ca}");
    end(program);
    assert!(fs::metadata(ready["ca"].as_str().unwrap()).is_err(), "the file is deleted at the end");
}

#[test]
fn program_ends_within_a_second_of_its_standard_input() {
    for options in [&[][..], &["--tls"]] {
        let mut command = program(&[&["serve", "--exit-with-stdin"], options].concat());
        command.stdin(Stdio::piped());
        let mut program = Program::spawn(command);
        let mut stdin = program.stdin();
        stdin.write_all(b"ignored\n").unwrap();
        // An incomplete request delays an interrupted program by seconds.
        let mut open = TcpStream::connect(&program.address).unwrap();
        open.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n").unwrap();
        thread::sleep(Duration::from_millis(100));
        assert_eq!(
            program.status_within(Duration::ZERO),
            None,
            "the program runs until its input ends"
        );
        drop(stdin);
        let status = program.status_within(Duration::from_secs(1));
        assert!(status.is_some_and(|status| status.success()), "{status:?}");
    }
}

#[test]
fn ctrl_c_ends_a_program_only_if_its_standard_input_does_not() {
    let mut command = program(&["serve", "--exit-with-stdin"]);
    command.stdin(Stdio::piped());
    let mut with_stdin = Program::spawn(command);
    let stdin = with_stdin.stdin();
    for _ in 0..2 {
        with_stdin.send("INT");
        assert_eq!(
            with_stdin.status_within(Duration::from_millis(200)),
            None,
            "the program continues"
        );
    }
    assert_eq!(send(&with_stdin.address, "GET /_emulator/outbox", "", ""), json!([]));
    drop(stdin);
    assert!(with_stdin.status_within(Duration::from_secs(1)).is_some());
    let output = Program::spawn(program(&["serve"])).stop("INT");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn changes_before_the_end_of_the_standard_input_are_in_the_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let (seed, state) = (directory.path().join("seed.json"), directory.path().join("state"));
    write_seed(&seed, "Correct-horse1");
    let files = [seed.to_str().unwrap(), state.to_str().unwrap()];
    let start = || {
        let options = ["--seed-file", files[0], "--state", files[1], "--exit-with-stdin"];
        let mut command = program(&[&["serve"], &options[..]].concat());
        command.stdin(Stdio::piped());
        Program::spawn(command)
    };
    let mut first = start();
    let group = r#"{"UserPoolId":"eu-west-1_Example01","GroupName":"admins"}"#;
    let created = send(&first.address, "POST /", "CreateGroup", group);
    assert_eq!(created["Group"]["GroupName"], "admins", "{created}");
    drop(first.stdin());
    assert!(first.status_within(Duration::from_secs(1)).is_some());
    let mut second = start();
    let found = send(&second.address, "POST /", "GetGroup", group);
    assert_eq!(found["Group"]["GroupName"], "admins", "{found}");
    drop(second.stdin());
}

#[test]
fn standard_input_is_ignored_without_the_option() {
    let mut command = program(&["serve"]);
    command.stdin(Stdio::null());
    let mut program = Program::spawn(command);
    assert_eq!(program.status_within(Duration::from_millis(300)), None);
    end(program);
}
