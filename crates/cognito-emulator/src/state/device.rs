//! Devices of a user, from the sign-in that made one known to its own proof of a password.

use cognito_srp::PasswordVerifier;
use serde_json::{Value, json};

use crate::flows::sign_in::challenge::Attempt;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::pool::Pool;
use crate::state::user::User;

/// A device.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) key: String,
    pub(crate) group_key: String,
    /// What ConfirmDevice brought; a device without it is not confirmed.
    pub(crate) verifier: Option<PasswordVerifier>,
    pub(crate) name: Option<String>,
    pub(crate) remembered: bool,
    /// The Session of its DEVICE_SRP_AUTH, for clients that do not send it back.
    pub(crate) session: Option<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
    pub(crate) authenticated: f64,
}

impl Device {
    /// DeviceType.
    pub(crate) fn to_json(&self) -> Value {
        let status = if self.remembered { "remembered" } else { "not_remembered" };
        let mut attributes = vec![json!({ "Name": "device_status", "Value": status })];
        if let Some(name) = &self.name {
            attributes.push(json!({ "Name": "device_name", "Value": name }));
        }
        json!({
            "DeviceKey": self.key,
            "DeviceAttributes": attributes,
            "DeviceCreateDate": self.created,
            "DeviceLastModifiedDate": self.modified,
            "DeviceLastAuthenticatedDate": self.authenticated,
        })
    }
}

impl User {
    /// A device that was confirmed.
    pub(crate) fn device(&self, key: &str) -> Result<&Device, ServiceError> {
        let device = self.devices.get(key).filter(|device| device.verifier.is_some());
        device.ok_or_else(device_unknown)
    }

    pub(crate) fn device_mut(&mut self, key: &str) -> Result<&mut Device, ServiceError> {
        let device = self.devices.get_mut(key).filter(|device| device.verifier.is_some());
        device.ok_or_else(device_unknown)
    }
}

pub(crate) fn device_unknown() -> ServiceError {
    ServiceError::resource_not_found("Device does not exist.")
}

impl Pool {
    /// The remembered device of a sign-in that has not yet proven its password.
    ///
    /// A key of no device is refused, so that clients drop it and begin again.
    pub(crate) fn unproven_device(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<&Device>, ServiceError> {
        let Some(key) = attempt.device_key.as_deref().filter(|_| self.tracks_devices()) else {
            return Ok(None);
        };
        let user = self.users.get(&attempt.username).ok_or_else(ServiceError::user_unknown)?;
        let device = user.device(key)?;
        Ok((device.remembered && !attempt.device_proven).then_some(device))
    }

    pub(crate) fn tracks_devices(&self) -> bool {
        self.settings.device_configuration.is_some()
    }
}

/// Seconds after which a device cannot be confirmed any more: no access token lasts longer.
const DAY: f64 = 86_400.0;

impl Step<'_> {
    /// Makes a device known to a user, to be confirmed; returns NewDeviceMetadata.
    pub(crate) fn new_device(&mut self, username: &str) -> Result<(String, Value), ServiceError> {
        let id = self.random.uuid();
        let key = format!("{}_{id}", self.pool.id.region());
        let group_key = format!("-{}", self.random.opaque(8));
        let metadata = json!({ "DeviceKey": key, "DeviceGroupKey": group_key });
        let now = self.date();
        let device = Device {
            key: key.clone(),
            group_key,
            verifier: None,
            name: None,
            remembered: false,
            session: None,
            created: now,
            modified: now,
            authenticated: now,
        };
        let devices = &mut self.pool.user_mut(username)?.devices;
        devices.retain(|_, known| known.verifier.is_some() || known.created + DAY > now);
        devices.insert(key.clone(), device);
        Ok((key, metadata))
    }
}
