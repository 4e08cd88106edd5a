//! DeviceType: a device in responses.

use serde::Serialize;

use crate::state::device::Device;
use crate::state::pool::{ACCOUNT, Pool};

/// DeviceType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeviceType {
    device_attributes: Vec<DeviceAttribute>,
    device_create_date: f64,
    pub(super) device_key: String,
    device_last_authenticated_date: f64,
    device_last_modified_date: f64,
}

/// AttributeType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceAttribute {
    name: &'static str,
    value: String,
}

impl DeviceType {
    /// Returns a device of a user, with the attributes of the API reference (ListDevices).
    pub(super) fn new(pool: &Pool, username: &str, device: &Device) -> Self {
        let Device { key, name, remembered, .. } = device;
        let owner = format!("{username}.{}", pool.id);
        let arn = format!("arn:aws:cognito-idp:{}:{ACCOUNT}", pool.id.region());
        let arn = format!("{arn}:owner/{owner}/device/{key}");
        let remembered = if *remembered { "remembered" } else { "not_remembered" };
        let attributes = [
            ("device_status", Some("valid".to_owned())),
            ("device_name", name.clone()),
            ("dev:device_arn", Some(arn)),
            ("dev:device_owner", Some(owner)),
            // Steps do not have the address of the client.
            ("last_ip_used", Some("127.0.0.1".to_owned())),
            ("dev:device_remembered_status", Some(remembered.to_owned())),
            ("dev:device_sdk", Some("aws-sdk-unknown-unknown".to_owned())),
        ];
        let attribute = |(name, value)| Some(DeviceAttribute { name, value: value? });
        Self {
            device_attributes: attributes.into_iter().filter_map(attribute).collect(),
            device_create_date: device.created,
            device_key: key.clone(),
            device_last_authenticated_date: device.authenticated,
            device_last_modified_date: device.modified,
        }
    }
}
