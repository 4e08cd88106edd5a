//! Injected faults over HTTP and in process.

use std::time::Duration;

use cognito_emulator::{Emulator, EmulatorError, InjectedFault, LocalPool, PoolSettings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::support::{post, start};

fn pool(emulator: &Emulator) -> LocalPool {
    emulator.create_pool(PoolSettings::default()).unwrap()
}

fn sign_up(local: &LocalPool, username: &str) -> String {
    let client_id = local.client_id();
    json!({ "ClientId": client_id.as_str(), "Username": username, "Password": "Correct-horse1" })
        .to_string()
}

fn is_there(local: &LocalPool, username: &str) -> bool {
    local.call("AdminGetUser", json!({ "Username": username })).is_ok()
}

/// Returns all bytes of the response to a sign-up, even if it is incomplete.
async fn bytes_back(emulator: &Emulator, body: &str) -> Vec<u8> {
    let address = emulator.endpoint().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.SignUp\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _end = stream.read_to_end(&mut answer).await;
    answer
}

#[tokio::test]
async fn planned_rejections_do_not_execute_the_operation() {
    let emulator = start().await;
    let local = pool(&emulator);
    emulator.plan_fault("SignUp", 1, InjectedFault::Throttled);
    emulator.plan_fault("SignUp", 2, InjectedFault::InternalError);
    emulator.plan_fault(
        "SignUp",
        3,
        InjectedFault::exception("OfTheFutureException", "Zukünftig."),
    );
    emulator.plan_fault("SignUp", 4, InjectedFault::exception("InternalServerException", ""));
    emulator.plan_fault("SignUp", 5, InjectedFault::exception("InternalRuleException", ""));
    for (status, name) in [
        (400, "TooManyRequestsException"),
        (500, "InternalErrorException"),
        (400, "OfTheFutureException"),
        (500, "InternalServerException"),
        (400, "InternalRuleException"),
    ] {
        let answer = post(&emulator, "SignUp", "", &sign_up(&local, "alice")).await;
        assert!(answer.head.starts_with(&format!("HTTP/1.1 {status}")), "{}", answer.head);
        assert_eq!(answer.json()["__type"], name);
        assert!(answer.has_header(&format!("x-amzn-errortype: {name}:")));
        assert!(!is_there(&local, "alice"));
    }
    let answer = post(&emulator, "SignUp", "", &sign_up(&local, "alice")).await;
    assert!(answer.head.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn connections_end_before_in_and_after_a_call() {
    let emulator = start().await;
    let local = pool(&emulator);
    emulator.plan_fault("SignUp", 1, InjectedFault::ConnectionRefused);
    assert!(bytes_back(&emulator, &sign_up(&local, "alice")).await.is_empty());
    assert!(!is_there(&local, "alice"));

    emulator.plan_fault("SignUp", 1, InjectedFault::ResponseLost);
    assert!(bytes_back(&emulator, &sign_up(&local, "alice")).await.is_empty());
    assert!(is_there(&local, "alice"), "the operation was executed");

    emulator.plan_fault("SignUp", 1, InjectedFault::ResponseTruncated);
    let answer = bytes_back(&emulator, &sign_up(&local, "bob")).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let line = head.lines().find(|line| line.starts_with("content-length: ")).unwrap();
    let length: usize = line.trim_start_matches("content-length: ").parse().unwrap();
    assert_eq!(body.len(), length / 2);
    assert!(is_there(&local, "bob"), "the operation was executed");
}

#[tokio::test]
async fn faults_are_errors_of_calls_in_process() {
    let emulator = Emulator::builder().in_process();
    let local = pool(&emulator);
    let sign_up = |name: &str| {
        let input = json!({ "Username": name, "Password": "Correct-horse1" });
        local.call("SignUp", input)
    };
    for (fault, name) in
        [(InjectedFault::ResponseLost, "alice"), (InjectedFault::ResponseTruncated, "bob")]
    {
        emulator.plan_fault("SignUp", 1, fault);
        assert!(matches!(sign_up(name), Err(EmulatorError::ResponseLost)));
        assert!(is_there(&local, name));
    }
    emulator.plan_fault("SignUp", 1, InjectedFault::ConnectionRefused);
    let refused = sign_up("carol").unwrap_err();
    assert!(matches!(refused, EmulatorError::ConnectionRefused));
    assert_eq!(refused.to_string(), "the connection was refused");
    assert!(!is_there(&local, "carol"));
}

#[tokio::test(start_paused = true)]
async fn response_can_be_delayed() {
    let emulator = start().await;
    let local = pool(&emulator);
    emulator.plan_fault("SignUp", 2, InjectedFault::Delayed(Duration::from_secs(40)));
    let begin = Instant::now();
    post(&emulator, "SignUp", "", &sign_up(&local, "alice")).await;
    assert!(begin.elapsed() < Duration::from_secs(40));
    let answer = post(&emulator, "SignUp", "", &sign_up(&local, "bob")).await;
    assert!(begin.elapsed() >= Duration::from_secs(40));
    assert!(answer.head.starts_with("HTTP/1.1 200"));
}
