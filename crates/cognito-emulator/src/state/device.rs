//! Devices of a user, from the sign-in that made one known to its own proof of a password.

use cognito_srp::PasswordVerifier;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::user::{User, stored};

/// A device.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group_key: String,
    /// What ConfirmDevice brought; a device without it is not confirmed.
    #[serde(with = "stored::verifier")]
    pub(crate) verifier: Option<Box<PasswordVerifier>>,
    pub(crate) name: Option<String>,
    pub(crate) remembered: bool,
    /// The Session of its DEVICE_SRP_AUTH, for clients that do not send it back.
    pub(crate) session: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
    pub(crate) authenticated: f64,
}

/// Seconds after which a device cannot be confirmed any more: no access token lasts longer.
const DAY: f64 = 86_400.0;

impl Device {
    /// Makes a device that is to be confirmed.
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

impl User {
    /// Adds a device that is to be confirmed, and removes those that were not in time.
    pub(crate) fn add_device(&mut self, device: Device) {
        let date = device.created;
        self.change_extras(|extras| {
            let confirmable = |known: &Device| known.created + DAY > date;
            extras.devices.retain(|_, known| known.verifier.is_some() || confirmable(known));
            extras.devices.insert(device.key.clone(), device);
        });
    }

    /// A device that was confirmed.
    pub(crate) fn device(&self, key: &str) -> Result<&Device, ServiceError> {
        let device = self.extras().devices.get(key).filter(|device| device.verifier.is_some());
        device.ok_or_else(device_unknown)
    }

    pub(crate) fn device_mut(&mut self, key: &str) -> Result<&mut Device, ServiceError> {
        let devices = self.extras_mut().map(|extras| &mut extras.devices);
        let device = devices.and_then(|devices| devices.get_mut(key));
        let device = device.filter(|device| device.verifier.is_some());
        device.ok_or_else(device_unknown)
    }
}

pub(crate) fn device_unknown() -> ServiceError {
    ServiceError::resource_not_found("Device does not exist.")
}
