//! Responses of the service: their output, or the error that they report.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Operation, Service};
use crate::error::{Error, ErrorKind, Refusal};

/// A response with its whole body, which is wiped when it is dropped.
pub(crate) struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    pub(super) fn new(response: http::Response<Vec<u8>>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body: Zeroizing::new(body) }
    }

    /// Returns the service's id of the request.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.header("x-amzn-requestid")
    }

    /// Returns the response unless it reports an error.
    pub(super) fn accepted(self, operation: Operation) -> Result<Self, Error> {
        if !self.status.is_success() {
            let error = Error::from_refusal(operation.name(), self.refusal());
            return Err(match operation.service() {
                Service::UserPools => error,
                Service::IdentityPools => error.of_identity_pool(),
            });
        }
        if self.body.is_empty() && !operation.may_respond_with_nothing() {
            return Err(self.unusable("the response is empty"));
        }
        Ok(self)
    }

    /// Parses the output of an operation.
    pub(super) fn parse<O: DeserializeOwned>(&self, operation: Operation) -> Result<O, Error> {
        let body = if self.body.is_empty() { b"{}" } else { &**self.body };
        // The cause may quote the response, which holds tokens.
        serde_json::from_slice(body).map_err(|_| {
            let error = self.unusable("the response cannot be understood");
            error.of_operation(operation.name())
        })
    }

    /// Returns the server's time.
    pub(super) fn date(&self) -> Option<SystemTime> {
        httpdate::parse_http_date(self.header("date")?).ok()
    }

    fn unusable(&self, detail: &'static str) -> Error {
        let error = Error::new(ErrorKind::Service).with_detail(detail);
        match self.request_id() {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    fn refusal(&self) -> Refusal {
        // One member of another type than expected must not hide the others.
        let body: Map<String, Value> = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |member: &str| body.get(member).and_then(Value::as_str);
        let named = [self.header("x-amzn-errortype"), text("__type"), text("code")];
        Refusal {
            status: self.status.as_u16(),
            exception: named
                .into_iter()
                .flatten()
                .map(exception_name)
                .find(|name| !name.is_empty()),
            message: text("message").or_else(|| text("Message")).map(str::to_owned),
            request_id: self.request_id().map(str::to_owned),
            // In seconds; dates, which it may hold too, are ignored.
            retry_after: self
                .header("retry-after")
                .and_then(|header| header.trim().parse().ok().map(Duration::from_secs)),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Returns the name of an exception without its namespace before `#` and the address after `:`.
fn exception_name(text: &str) -> String {
    let name = text.split_once(':').map_or(text, |(name, _)| name);
    name.rsplit('#').next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        Response::new(response.body(body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn names_of_exceptions_are_read_in_every_notation() {
        const NAME: &str = "UserNotFoundException";
        let header = |value: &str| response(400, &[("x-amzn-errortype", value)], "{}");
        let body = |value: &str| response(400, &[], value);
        for response in [
            header(NAME),
            header("UserNotFoundException:http://internal.amazon.com/coral/com.amazon/"),
            header("com.amazonaws.cognito#UserNotFoundException"),
            body(r#"{"__type":"UserNotFoundException"}"#),
            body(r#"{"__type":"com.amazonaws.cognito#UserNotFoundException","x":[1]}"#),
            body(r#"{"code":"UserNotFoundException","Message":"m"}"#),
        ] {
            assert_eq!(response.refusal().exception.as_deref(), Some(NAME));
        }
        for none in ["", "{}", "<html>", r#"{"__type":7}"#, r#"{"__type":""}"#] {
            assert_eq!(body(none).refusal().exception, None, "{none}");
        }
    }

    #[test]
    fn an_odd_member_or_an_empty_header_hides_no_exception() {
        let body = |members: &str| format!(r#"{{"__type":"CodeMismatchException",{members}}}"#);
        for members in [r#""code":400"#, r#""message":{"en":"m"}"#, r#""message":null,"code":[]"#] {
            let refusal = response(400, &[], &body(members)).refusal();
            assert_eq!(refusal.exception.as_deref(), Some("CodeMismatchException"), "{members}");
        }
        let odd = body(r#""message":7,"Message":"m""#);
        assert_eq!(response(400, &[], &odd).refusal().message.as_deref(), Some("m"));
        for header in ["", " ", ":http://internal.amazon.com/"] {
            let headers = [("x-amzn-errortype", header)];
            let refusal = response(400, &headers, &body(r#""x":1"#)).refusal();
            assert_eq!(refusal.exception.as_deref(), Some("CodeMismatchException"), "{header}");
        }
        let code = r#"{"__type":7,"code":"CodeMismatchException"}"#;
        let refusal = response(400, &[], code).refusal();
        assert_eq!(refusal.exception.as_deref(), Some("CodeMismatchException"));
    }

    #[test]
    fn messages_have_two_spellings_and_may_be_escaped() {
        for body in [r#"{"message":"a\nb"}"#, r#"{"Message":"a\nb"}"#] {
            assert_eq!(response(400, &[], body).refusal().message.as_deref(), Some("a\nb"));
        }
    }

    #[test]
    fn the_pause_that_a_server_asks_for_is_a_number_of_seconds() {
        let pause = |value| response(429, &[("retry-after", value)], "").refusal().retry_after;
        assert_eq!(pause(" 7 "), Some(Duration::from_secs(7)));
        for ignored in ["", "-1", "soon", "Sat, 28 Nov 2026 15:00:00 GMT"] {
            assert_eq!(pause(ignored), None, "{ignored}");
        }
    }

    #[test]
    fn the_time_of_the_server_is_read_if_it_is_one() {
        let date = |value| response(200, &[("date", value)], "").date();
        let since_epoch = Duration::from_secs(784_111_777);
        let expected = SystemTime::UNIX_EPOCH + since_epoch;
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(expected));
        assert_eq!(date("yesterday"), None);
    }
}
