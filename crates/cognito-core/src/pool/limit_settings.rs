//! Optional limits of requests.

use std::time::Duration;

use crate::transport::{Limits, Retries};

/// The limits that were set on a builder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LimitSettings {
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) operation_timeout: Option<Duration>,
    pub(super) retries: Option<Retries>,
}

impl LimitSettings {
    /// Returns these limits, with `other` for those that are not set.
    pub(super) fn or(self, other: Limits) -> Limits {
        Limits {
            attempt_timeout: self.attempt_timeout.unwrap_or(other.attempt_timeout),
            operation_timeout: self.operation_timeout.unwrap_or(other.operation_timeout),
            retries: self.retries.unwrap_or(other.retries),
            gate: other.gate,
        }
    }
}
