//! The request log, which contains no secrets.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// A completed request, without bodies and secrets.
///
/// Its `Display` form is, for example, `InitiateAuth 400 NotAuthorizedException 3 ms`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The operation, or the method and the path of a request without an operation.
    pub operation: String,
    /// The HTTP status of the response.
    pub status: u16,
    /// The name of the exception in the response.
    pub error: Option<String>,
    /// The request id in the response; `None` if no operation was called.
    pub request_id: Option<String>,
    /// The time of the response by the test clock.
    pub time: SystemTime,
    /// The duration by the operating system's clock, including injected delays.
    pub duration: Duration,
}

impl fmt::Display for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, error, duration, .. } = self;
        let error = error.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        write!(f, "{operation} {status}{error} {} ms", duration.as_millis())
    }
}

/// The newest [`KEPT`] requests.
#[derive(Default)]
pub(crate) struct RequestLog(Mutex<VecDeque<RequestRecord>>);

/// The maximum number of records; older ones are dropped.
const KEPT: usize = 10_000;

impl RequestLog {
    pub(crate) fn push(&self, record: RequestRecord) {
        let mut records = self.lock();
        if records.len() >= KEPT {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// Returns the records, oldest first.
    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn record(operation: &str) -> RequestRecord {
        RequestRecord {
            operation: operation.to_owned(),
            status: 400,
            error: Some("NotAuthorizedException".to_owned()),
            request_id: None,
            time: UNIX_EPOCH,
            duration: Duration::from_micros(3700),
        }
    }

    #[test]
    fn a_request_is_shown_on_one_line() {
        let mut record = record("InitiateAuth");
        assert_eq!(record.to_string(), "InitiateAuth 400 NotAuthorizedException 3 ms");
        (record.status, record.error) = (200, None);
        assert_eq!(record.to_string(), "InitiateAuth 200 3 ms");
    }

    #[test]
    fn the_newest_requests_are_kept() {
        let log = RequestLog::default();
        for number in 0..KEPT + 5 {
            log.push(record(&number.to_string()));
        }
        let records = log.records();
        assert_eq!(records.len(), KEPT);
        assert_eq!(records[0].operation, "5");
        log.clear();
        assert!(log.records().is_empty());
    }
}
