//! Devices, for users and for administrators.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cognitoidentityprovider::primitives::DateTime;
use aws_sdk_cognitoidentityprovider::types::{
    DeviceRememberedStatusType, DeviceSecretVerifierConfigType, DeviceType,
};
use cognito_srp::DeviceSecret;
use cognito_types::AccessToken;

use super::{Carrier, once, read_attributes, sent, unreadable};
use crate::admin::{List, Page};
use crate::device::Device;
use crate::error::Error;

/// The most devices on one page.
const PAGE: i32 = 60;

impl Carrier {
    /// ConfirmDevice; true when the user is to be asked whether to remember the device.
    pub(crate) async fn confirm_device(
        &self,
        token: &AccessToken,
        device_key: &str,
        secret: &DeviceSecret,
        name: Option<&str>,
    ) -> Result<bool, Error> {
        let verifier = DeviceSecretVerifierConfigType::builder();
        let verifier = verifier.password_verifier(secret.password_verifier()).salt(secret.salt());
        let call = self.client.confirm_device().access_token(token.expose_secret());
        let call = call.device_key(device_key).device_secret_verifier_config(verifier.build());
        let call = call.set_device_name(name.map(str::to_owned));
        let output = sent("ConfirmDevice", call.send()).await?;
        Ok(output.user_confirmation_necessary)
    }

    /// ListDevices.
    pub(crate) fn list_devices(&self, token: &AccessToken) -> List<Device> {
        let (client, token) = (self.client.clone(), token.clone());
        List::new(move |page| {
            let call = client.list_devices().access_token(token.expose_secret());
            let call = call.limit(PAGE).set_pagination_token(page.token);
            async move {
                let output = sent("ListDevices", call.send()).await?;
                Ok(Page::new(output.devices, output.pagination_token))
            }
        })
    }

    /// GetDevice.
    pub(crate) async fn get_device(&self, token: &AccessToken, key: &str) -> Result<Device, Error> {
        let call = self.client.get_device().access_token(token.expose_secret()).device_key(key);
        let output = sent("GetDevice", call.send()).await?;
        output.device.map(Device::from).ok_or_else(unreadable)
    }

    /// ForgetDevice.
    pub(crate) async fn forget_device(&self, token: &AccessToken, key: &str) -> Result<(), Error> {
        let call = self.client.forget_device().access_token(token.expose_secret());
        let call = call.device_key(key).customize().config_override(once());
        sent("ForgetDevice", call.send()).await.map(drop)
    }

    /// UpdateDeviceStatus.
    pub(crate) async fn update_device_status(
        &self,
        token: &AccessToken,
        key: &str,
        remembered: bool,
    ) -> Result<(), Error> {
        let call = self.client.update_device_status().access_token(token.expose_secret());
        let call = call.device_key(key).device_remembered_status(remembered_status(remembered));
        sent("UpdateDeviceStatus", call.send()).await.map(drop)
    }
}

pub(crate) fn remembered_status(remembered: bool) -> DeviceRememberedStatusType {
    if remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    }
}

impl From<DeviceType> for Device {
    fn from(device: DeviceType) -> Self {
        Self {
            key: device.device_key.unwrap_or_default(),
            attributes: read_attributes(device.device_attributes.unwrap_or_default()),
            created: device.device_create_date.and_then(time),
            modified: device.device_last_modified_date.and_then(time),
            authenticated: device.device_last_authenticated_date.and_then(time),
        }
    }
}

pub(crate) fn time(date: DateTime) -> Option<SystemTime> {
    let millis = u64::try_from(date.to_millis().ok()?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}
