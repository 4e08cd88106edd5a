//! Devices of a user, from the sign-in that added them to device SRP.

use cognito_srp::PasswordVerifier;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::user::stored;

/// A device.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group_key: String,
    /// The verifier from ConfirmDevice; `None` for an unconfirmed device.
    #[serde(with = "stored::verifier")]
    pub(crate) verifier: Option<Box<PasswordVerifier>>,
    pub(crate) name: Option<String>,
    pub(crate) remembered: bool,
    /// The Session of its DEVICE_SRP_AUTH, for clients that do not return it.
    pub(crate) session: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
    pub(crate) authenticated: f64,
}

impl Device {
    /// Creates an unconfirmed device.
    pub(crate) fn new(key: String, group_key: String, date: f64) -> Self {
        Self {
            key,
            group_key,
            verifier: None,
            name: None,
            remembered: false,
            session: None,
            created: date,
            modified: date,
            authenticated: date,
        }
    }
}

pub(crate) fn device_unknown() -> ServiceError {
    ServiceError::resource_not_found("Device does not exist.")
}
