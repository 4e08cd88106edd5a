//! Responses of the service: their output, or the error that they report.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::Span;
use tracing::field::display;
use zeroize::Zeroizing;

use super::Operation;
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
        let response =
            Self { status: parts.status, headers: parts.headers, body: Zeroizing::new(body) };
        if let Some(id) = response.header("x-amzn-requestid") {
            Span::current().record("request_id", display(id));
        }
        response
    }

    /// Returns the response unless it reports an error.
    pub(super) fn accepted(self, operation: Operation) -> Result<Self, Error> {
        if !self.status.is_success() {
            return Err(Error::from_refusal(operation.name(), self.refusal()));
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
        match self.header("x-amzn-requestid") {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    fn refusal(&self) -> Refusal {
        let body: ErrorBody = serde_json::from_slice(&self.body).unwrap_or_default();
        let named = self.header("x-amzn-errortype").map(str::to_owned);
        let named = named.or(body.kind).or(body.code);
        Refusal {
            status: self.status.as_u16(),
            exception: named.as_deref().map(exception_name).filter(|name| !name.is_empty()),
            message: body.message.or(body.capital_message),
            request_id: self.header("x-amzn-requestid").map(str::to_owned),
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

/// The body of an error, whose members have two spellings.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(rename = "__type")]
    kind: Option<String>,
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "Message")]
    capital_message: Option<String>,
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
