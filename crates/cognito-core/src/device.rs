//! Devices that the service tracks, and the credentials of a device.

use std::fmt;
use std::time::SystemTime;

use cognito_types::{Password, StoredSession};
use serde::{Deserialize, Serialize};

use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind};
use crate::written::Written;

/// A device as the service knows it.
#[derive(Clone)]
pub struct Device {
    pub(crate) key: String,
    pub(crate) attributes: Attributes,
    pub(crate) created: Option<SystemTime>,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) authenticated: Option<SystemTime>,
}

impl Device {
    /// The device's key (DeviceKey), such as `eu-west-1_0f1e2d3c-…`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name that was given when it was confirmed.
    pub fn name(&self) -> Option<&str> {
        self.attribute("device_name")
    }

    /// An attribute by its name, such as `device_status`, which is `valid`, or `last_ip_used`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)
    }

    /// When the service first saw it.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }

    /// When it was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Returns the time of the last sign-in with it.
    pub fn last_authenticated_at(&self) -> Option<SystemTime> {
        self.authenticated
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Attributes tell where the user was.
        f.debug_struct("Device").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Credentials of a remembered device: its keys and its generated password.
///
/// A pool with a token store stores them automatically. Without one, store what
/// [`Session::device`](crate::Session::device) returns and pass it to the next sign-in.
#[derive(Clone, Debug)]
pub struct DeviceCredentials {
    key: String,
    group_key: String,
    password: Password,
}

impl DeviceCredentials {
    /// Credentials that were kept elsewhere.
    pub fn new(
        key: impl Into<String>,
        group_key: impl Into<String>,
        password: impl Into<Password>,
    ) -> Self {
        Self { key: key.into(), group_key: group_key.into(), password: password.into() }
    }

    /// The device's key (DeviceKey).
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key of the user's group of devices (DeviceGroupKey).
    pub fn group_key(&self) -> &str {
        &self.group_key
    }

    /// The password that proves the device.
    ///
    /// # Security
    ///
    /// It stands in for the second factor: keep it as you keep a refresh token.
    pub fn password(&self) -> &Password {
        &self.password
    }

    pub(crate) fn encode(&self) -> Result<StoredSession, Error> {
        let bytes = serde_json::to_vec(&Record::from(self))
            .map_err(|error| Error::new(ErrorKind::Store).with_source(error))?;
        Ok(bytes.into())
    }

    /// Decodes the output of [`encode`](Self::encode); the error does not quote it.
    pub(crate) fn decode(stored: &StoredSession) -> Result<Self, Error> {
        let record: Option<Record> = serde_json::from_slice(stored.expose_secret()).ok();
        let known = record.filter(|record| record.version == VERSION);
        known.map(Self::from).ok_or_else(|| ErrorKind::Store.into())
    }
}

/// The version that is written; others are refused.
const VERSION: u32 = 1;

/// Credentials as they are written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    version: u32,
    device_key: String,
    device_group_key: String,
    device_password: Written,
}

impl From<&DeviceCredentials> for Record {
    fn from(device: &DeviceCredentials) -> Self {
        Self {
            version: VERSION,
            device_key: device.key.clone(),
            device_group_key: device.group_key.clone(),
            device_password: Written::new(device.password.expose_secret()),
        }
    }
}

impl From<Record> for DeviceCredentials {
    fn from(record: Record) -> Self {
        Self::new(
            record.device_key.clone(),
            record.device_group_key.clone(),
            record.device_password.expose_secret(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_back_as_they_were_written() {
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "cGFzc3dvcmQ=");
        let read = DeviceCredentials::decode(&device.encode().unwrap()).unwrap();
        assert_eq!((read.key(), read.group_key()), (device.key(), device.group_key()));
        assert_eq!(read.password().expose_secret(), "cGFzc3dvcmQ=");
        for bytes in ["", "{}", r#"{"version":2,"device_key":"a"}"#] {
            let error = DeviceCredentials::decode(&bytes.as_bytes().to_vec().into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{bytes}");
        }
    }
}
