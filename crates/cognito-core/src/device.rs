//! Devices that the service tracks, and the credentials of a device.

use std::fmt;
use std::time::SystemTime;

use cognito_types::{Password, SerializedSecret, StoredSession};
use serde::{Deserialize, Serialize};

use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind};

/// A device that the service tracks.
#[derive(Clone)]
pub struct Device {
    pub(crate) key: String,
    pub(crate) attributes: Attributes,
    pub(crate) created: Option<SystemTime>,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) authenticated: Option<SystemTime>,
}

impl Device {
    /// Returns the device's key (DeviceKey), such as `eu-west-1_0f1e2d3c-…`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the name that was set when the device was confirmed.
    pub fn name(&self) -> Option<&str> {
        self.attribute("device_name")
    }

    /// Returns an attribute by name, such as `device_status` (`valid`) or `last_ip_used`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)
    }

    /// Returns when the device first signed in.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }

    /// Returns when the device was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Returns when the device was last used to sign in.
    pub fn last_authenticated_at(&self) -> Option<SystemTime> {
        self.authenticated
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Attributes reveal the locations of the user.
        f.debug_struct("Device").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Credentials of a remembered device: its keys and its generated password.
///
/// A token store keeps them for sign-ins with a [name](crate::SignInRequest::store_device_as).
/// Without a store or a name, keep the result of [`Session::device`](crate::Session::device) and pass
/// it to the next sign-in.
#[derive(Clone, Debug)]
pub struct DeviceCredentials {
    key: String,
    group_key: String,
    password: Password,
}

impl DeviceCredentials {
    /// Creates credentials from values that the application stored.
    pub fn new(
        key: impl Into<String>,
        group_key: impl Into<String>,
        password: impl Into<Password>,
    ) -> Self {
        Self { key: key.into(), group_key: group_key.into(), password: password.into() }
    }

    /// Returns the device's key (DeviceKey).
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the key of the user's group of devices (DeviceGroupKey).
    pub fn group_key(&self) -> &str {
        &self.group_key
    }

    /// Returns the password that proves the device.
    ///
    /// # Security
    ///
    /// It replaces the second factor: protect it like a refresh token.
    pub fn password(&self) -> &Password {
        &self.password
    }

    pub(crate) fn encode(&self) -> Result<StoredSession, Error> {
        let bytes = serde_json::to_vec(&Record::from(self))
            .map_err(|error| Error::new(ErrorKind::Store).with_source(error))?;
        Ok(bytes.into())
    }

    /// Decodes the output of [`encode`](Self::encode); the error does not contain it.
    pub(crate) fn decode(stored: &StoredSession) -> Result<Self, Error> {
        let record: Option<Record> = serde_json::from_slice(stored.expose_secret()).ok();
        let known = record.filter(|record| record.version == VERSION);
        known.map(Self::from).ok_or_else(|| ErrorKind::Store.into())
    }
}

/// The version of the format; others are refused.
const VERSION: u32 = 1;

/// Credentials in their stored form.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    version: u32,
    device_key: String,
    device_group_key: String,
    device_password: SerializedSecret,
}

impl From<&DeviceCredentials> for Record {
    fn from(device: &DeviceCredentials) -> Self {
        Self {
            version: VERSION,
            device_key: device.key.clone(),
            device_group_key: device.group_key.clone(),
            device_password: SerializedSecret::from(device.password.expose_secret()),
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
    fn credentials_survive_encoding_and_decoding() {
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "cGFzc3dvcmQ=");
        let read = DeviceCredentials::decode(&device.encode().unwrap()).unwrap();
        assert_eq!((read.key(), read.group_key()), (device.key(), device.group_key()));
        assert_eq!(read.password().expose_secret(), "cGFzc3dvcmQ=");
        let newer =
            r#"{"version":2,"device_key":"k","device_group_key":"g","device_password":"p"}"#;
        let known = newer.replace("\"version\":2", "\"version\":1");
        DeviceCredentials::decode(&known.into_bytes().into()).unwrap();
        for bytes in ["", "{}", newer] {
            let error = DeviceCredentials::decode(&bytes.as_bytes().to_vec().into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store, "{bytes}");
        }
    }
}
