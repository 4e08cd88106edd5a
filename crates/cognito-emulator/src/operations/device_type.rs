//! DeviceType: a device in responses.

use serde::Serialize;

use crate::state::device::Device;

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

impl From<&Device> for DeviceType {
    fn from(device: &Device) -> Self {
        let status = if device.remembered { "remembered" } else { "not_remembered" };
        let status = DeviceAttribute { name: "device_status", value: status.to_owned() };
        let name = device.name.clone();
        let name = name.map(|value| DeviceAttribute { name: "device_name", value });
        Self {
            device_attributes: [status].into_iter().chain(name).collect(),
            device_create_date: device.created,
            device_key: device.key.clone(),
            device_last_authenticated_date: device.authenticated,
            device_last_modified_date: device.modified,
        }
    }
}
