//! Conversion of error responses.

use std::time::Duration;

use super::{Error, ErrorKind, Fault, classify, typed};

/// An error response.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The name of the service's exception; none if the response is not from the service.
    pub(crate) exception: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The pause that the server asks for (`Retry-After`).
    pub(crate) retry_after: Option<Duration>,
}

impl Error {
    /// Creates the error of an error response.
    pub(crate) fn from_refusal(operation: &'static str, refusal: Refusal) -> Self {
        let error = match &refusal.exception {
            Some(exception) => {
                let message = refusal.message.clone().unwrap_or_default();
                let kind = classify::of_exception(refusal.status, exception, &message);
                let is_typed = kind == ErrorKind::InvalidParameter
                    && typed::refuses_typed_value(operation, &message);
                Self::new(kind).changed(|inner| {
                    inner.service_message = Some(message);
                    if is_typed {
                        inner.fault = Fault::User;
                    }
                })
            }
            None => without_exception(&refusal),
        };
        error.changed(|inner| {
            inner.operation = Some(operation);
            inner.request_id = refusal.request_id;
            inner.exception = refusal.exception;
            inner.retry_after = refusal.retry_after;
        })
    }
}

fn without_exception(refusal: &Refusal) -> Error {
    let status = refusal.status;
    // Servers of AWS send a request id, firewalls and proxies do not: the response was damaged.
    let is_damaged = refusal.request_id.is_some() && status != 429;
    if status < 300 || is_damaged {
        return Error::new(ErrorKind::Service).with_detail("the response cannot be understood");
    }
    // A firewall, a proxy or a captive portal responded, not a user pool.
    let detail = format!("the response has status {status} and no exception of the service");
    Error::new(classify::of_status(status)).with_detail(detail)
}
