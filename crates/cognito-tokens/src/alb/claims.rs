//! The verified claims.

use std::fmt;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::claims::{CustomClaimsError, custom};
use crate::error::VerifyError;
use crate::json::{Object, object};

object! {
    AlbPayload { sub "sub", }
}

/// The verified claims about a user in a header that a load balancer signed.
#[derive(Clone)]
pub struct AlbClaims {
    subject: String,
    expires_at: SystemTime,
    payload: String,
}

impl AlbClaims {
    pub(super) fn new(payload: String, expires_at: SystemTime) -> Result<Self, VerifyError> {
        let read = AlbPayload::parse(&payload).ok_or(VerifyError::Malformed("payload"))?;
        Ok(Self { subject: read.sub.required()?.to_owned(), expires_at, payload })
    }

    /// Returns the user (`sub`).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the time at which the claims expire (`exp`).
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Deserializes all claims into a type of your own.
    ///
    /// They come from the pool's userInfo endpoint, which sends booleans such as `email_verified`
    /// as the texts `"true"` and `"false"`. A field of type `bool` accepts both forms.
    ///
    /// # Errors
    ///
    /// [`CustomClaimsError`] when the claims are not of that shape.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, CustomClaimsError> {
        custom::read(&self.payload)
    }
}

impl fmt::Debug for AlbClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbClaims").field("subject", &self.subject).finish_non_exhaustive()
    }
}
