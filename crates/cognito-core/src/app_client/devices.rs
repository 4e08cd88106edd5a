//! Devices of a signed-in user.

use cognito_srp::DeviceSecret;
use cognito_types::AccessToken;
use serde::{Deserialize, Serialize};

use super::wire::{EpochSeconds, Nothing, ReadAttributes};
use super::{AppClient, unreadable};
use crate::device::Device;
use crate::error::Error;
use crate::list::{List, Page};
use crate::transport::Operation;

/// The maximum number of devices on a page.
const PAGE: i32 = 60;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceRequest<'a> {
    access_token: &'a str,
    device_key: &'a str,
}

impl AppClient {
    /// Sends ConfirmDevice; returns true if the user should choose whether to remember the device.
    pub(crate) async fn confirm_device(
        &self,
        token: &AccessToken,
        device_key: &str,
        secret: &DeviceSecret,
        name: Option<&str>,
    ) -> Result<bool, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            #[serde(flatten)]
            device: DeviceRequest<'a>,
            device_secret_verifier_config: VerifierConfig<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            device_name: Option<&'a str>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct VerifierConfig<'a> {
            password_verifier: &'a str,
            salt: &'a str,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            user_confirmation_necessary: Option<bool>,
        }
        let (password_verifier, salt) = (secret.password_verifier(), secret.salt());
        let input = Input {
            device: DeviceRequest { access_token: token.expose_secret(), device_key },
            device_secret_verifier_config: VerifierConfig { password_verifier, salt },
            device_name: name,
        };
        let output: Output = self.transport.call(Operation::ConfirmDevice, &input).await?;
        Ok(output.user_confirmation_necessary.unwrap_or_default())
    }

    /// Sends ListDevices.
    pub(crate) fn list_devices(&self, token: &AccessToken) -> List<Device> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            access_token: &'a str,
            limit: i32,
            #[serde(skip_serializing_if = "Option::is_none")]
            pagination_token: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            devices: Option<Vec<WireDevice>>,
            pagination_token: Option<String>,
        }
        let (transport, token) = (self.transport.clone(), token.clone());
        List::new(move |page| {
            let (transport, token) = (transport.within(page.timeout), token.clone());
            async move {
                let access_token = token.expose_secret();
                let input = Input { access_token, limit: PAGE, pagination_token: page.token };
                let output: Output = transport.call(Operation::ListDevices, &input).await?;
                Ok(Page::new(output.devices, output.pagination_token))
            }
        })
    }

    /// Sends GetDevice.
    pub(crate) async fn get_device(&self, token: &AccessToken, key: &str) -> Result<Device, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            device: Option<WireDevice>,
        }
        let input = DeviceRequest { access_token: token.expose_secret(), device_key: key };
        let output: Output = self.transport.call(Operation::GetDevice, &input).await?;
        output.device.map(Device::from).ok_or_else(unreadable)
    }

    /// Sends ForgetDevice.
    pub(crate) async fn forget_device(&self, token: &AccessToken, key: &str) -> Result<(), Error> {
        let input = DeviceRequest { access_token: token.expose_secret(), device_key: key };
        let Nothing {} = self.transport.call(Operation::ForgetDevice, &input).await?;
        Ok(())
    }

    /// Sends UpdateDeviceStatus.
    pub(crate) async fn update_device_status(
        &self,
        token: &AccessToken,
        key: &str,
        remembered: bool,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input<'a> {
            #[serde(flatten)]
            device: DeviceRequest<'a>,
            device_remembered_status: &'static str,
        }
        let input = Input {
            device: DeviceRequest { access_token: token.expose_secret(), device_key: key },
            device_remembered_status: if remembered { "remembered" } else { "not_remembered" },
        };
        let Nothing {} = self.transport.call(Operation::UpdateDeviceStatus, &input).await?;
        Ok(())
    }
}

/// DeviceType.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireDevice {
    device_key: Option<String>,
    #[serde(default)]
    device_attributes: ReadAttributes,
    device_create_date: Option<EpochSeconds>,
    device_last_modified_date: Option<EpochSeconds>,
    device_last_authenticated_date: Option<EpochSeconds>,
}

impl From<WireDevice> for Device {
    fn from(device: WireDevice) -> Self {
        Self {
            key: device.device_key.unwrap_or_default(),
            attributes: device.device_attributes.0,
            created: device.device_create_date.and_then(EpochSeconds::time),
            modified: device.device_last_modified_date.and_then(EpochSeconds::time),
            authenticated: device.device_last_authenticated_date.and_then(EpochSeconds::time),
        }
    }
}
