//! Codes that were sent to users, until they are used or expire.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::address::Address;

/// A code, its expiration, and its destination.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    code: String,
    /// Seconds since 1970.
    ends: u64,
    pub(crate) address: Address,
}

impl SentCode {
    pub(crate) fn new(code: String, ends: u64, address: Address) -> Self {
        Self { code, ends, address }
    }

    /// Compares a code with the sent one, and returns the destination.
    pub(crate) fn check<'a>(
        sent: Option<&'a Self>,
        code: &str,
        now: u64,
    ) -> Result<&'a Address, ServiceError> {
        match sent.filter(|sent| sent.ends > now) {
            None => Err(ended()),
            Some(sent) if sent.is(code) => Ok(&sent.address),
            Some(_) => Err(wrong_code()),
        }
    }

    /// Compares codes in constant time.
    fn is(&self, code: &str) -> bool {
        verify_slices_are_equal(self.code.as_bytes(), code.as_bytes()).is_ok()
    }
}

pub(crate) fn wrong_code() -> ServiceError {
    ServiceError::code_mismatch("Invalid verification code provided, please try again.")
}

/// Returns the rejection of a code that has expired or was not sent.
pub(crate) fn ended() -> ServiceError {
    ServiceError::expired_code("Invalid code provided, please request a code again.")
}
