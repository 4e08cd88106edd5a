//! Calls of functions over HTTP: a function receives an event, as a Lambda function does, and
//! returns it with a response.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Request, StatusCode, Uri};
use http_body_util::Full;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::flows::http_client::{self, ServerName};

/// Time limit of a function, as in the service.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(5);

/// The maximum response of a function in bytes, which is Lambda's limit.
const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024;

/// An error of a function call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FunctionError {
    /// The function failed, with this message.
    Failed(String),
    /// The function did not respond within the time limit.
    TimedOut,
    /// The function could not be called, for this reason.
    NotCalled(String),
    /// The response is not an event.
    Unreadable,
}

/// Sends an event to a function and returns the event in the response.
///
/// Errors have the format of the runtime interface emulator in Lambda's container images, so that
/// functions in these images can be used unchanged.
pub(crate) async fn call(
    url: &str,
    event: &Value,
    limit: Duration,
) -> Result<Value, FunctionError> {
    let posted = tokio::time::timeout(limit, post(url, event.to_string())).await;
    let (status, body) = posted.unwrap_or(Err(FunctionError::TimedOut))?;
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    match failure(&event) {
        Some(message) => Err(FunctionError::Failed(message.to_owned())),
        None if status.is_success() && event.is_object() => Ok(event),
        None if status.is_success() => Err(FunctionError::Unreadable),
        None => Err(not_called(format!("HTTP status {}", status.as_u16()))),
    }
}

/// Returns the message of an error in place of an event. The error of an exception without a
/// message has only a type (aws-lambda-java-libs, `LambdaError`).
fn failure(event: &Value) -> Option<&str> {
    ["errorMessage", "errorType"].into_iter().find_map(|name| event.get(name)?.as_str())
}

async fn post(url: &str, body: String) -> Result<(StatusCode, Bytes), FunctionError> {
    let uri: Uri = url.parse().map_err(not_called)?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(not_called("it has no http URL"));
    };
    let ServerName { host, port, authority } = ServerName::of(authority, 80);
    let stream = TcpStream::connect((host, port)).await.map_err(not_called)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(not_called)?;
    http_client::exchange(stream, request, MAX_RESPONSE_BYTES).await.map_err(not_called)
}

fn not_called(reason: impl ToString) -> FunctionError {
    FunctionError::NotCalled(reason.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use serde_json::json;

    use super::*;
    use crate::flows::workers::workers;

    /// Calls a function that responds with these bytes, or never responds if there are none.
    fn call_to(response: &'static str) -> Result<Value, FunctionError> {
        let limit = Duration::from_millis(if response.is_empty() { 100 } else { 60_000 });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/function?x=1", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 4096];
            let _read = stream.read(&mut head).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
            // Waits until the caller disconnects.
            let _end = stream.read(&mut head);
            String::from_utf8_lossy(&head).into_owned()
        });
        let result = workers().block_on(call(&url, &json!({ "version": "1" }), limit));
        assert!(!server.join().unwrap().is_empty());
        result
    }

    #[test]
    fn event_is_sent_and_returned() {
        let event = call_to("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"answer\":1}");
        assert_eq!(event, Ok(json!({ "answer": 1 })));
    }

    #[test]
    fn kinds_of_failure_are_distinguished() {
        let failed =
            call_to("HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{\"errorMessage\":\"no!\"}");
        assert_eq!(failed, Err(FunctionError::Failed("no!".to_owned())));
        let failed = call_to(
            "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n\
             {\"errorMessage\":null,\"errorType\":\"E.Java\"}",
        );
        assert_eq!(failed, Err(FunctionError::Failed("E.Java".to_owned())));
        assert_eq!(call_to(""), Err(FunctionError::TimedOut));
        let unreadable = call_to("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        assert_eq!(unreadable, Err(FunctionError::Unreadable));
        let error = call_to("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(error, Err(FunctionError::NotCalled("HTTP status 503".to_owned())));
        let nonsense = ["", "nonsense", "https://localhost/x", "http://127.0.0.1:1/"];
        for url in nonsense {
            let refused = workers().block_on(call(url, &json!({}), TIME_LIMIT));
            assert!(matches!(refused, Err(FunctionError::NotCalled(_))), "{url}: {refused:?}");
        }
    }
}
