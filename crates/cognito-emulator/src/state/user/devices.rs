//! The devices of a user.

use super::User;
use crate::model::ServiceError;
use crate::state::device::{Device, device_unknown};

/// The number of seconds after which a device can no longer be confirmed: access tokens do not live
/// longer.
const DAY: f64 = 86_400.0;

impl User {
    /// Adds an unconfirmed device, and removes devices that were not confirmed in time.
    pub(crate) fn add_device(&mut self, device: Device) {
        let date = device.created;
        self.change_extras(|extras| {
            let confirmable = |known: &Device| known.created + DAY > date;
            extras.devices.retain(|_, known| known.verifier.is_some() || confirmable(known));
            extras.devices.insert(device.key.clone(), device);
        });
    }

    /// Returns a confirmed device.
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
