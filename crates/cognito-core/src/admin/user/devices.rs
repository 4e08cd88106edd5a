//! The devices of a user.

use super::UserHandle;
use crate::admin::convert::remembered_status;
use crate::admin::sdk_client::sent;
use crate::admin::{List, Page};
use crate::app_client::unreadable;
use crate::device::Device;
use crate::error::Error;
use crate::transport::Operation;

/// Devices; requests for an unknown device fail with
/// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten).
impl UserHandle {
    /// Lists the user's devices (AdminListDevices).
    ///
    /// Permission `cognito-idp:AdminListDevices`; quota UserResourceRead.
    pub fn devices(&self) -> List<Device> {
        let user = self.clone();
        List::new(move |page| {
            let call = user.admin.sdk().admin_list_devices();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.set_limit(page.limit).set_pagination_token(page.token);
            let limits = user.admin.limits();
            async move {
                let output =
                    sent(limits, Operation::AdminListDevices, || call.clone().send()).await?;
                Ok(Page::new(output.devices, output.pagination_token))
            }
        })
    }

    /// Reads one of the user's devices (AdminGetDevice).
    ///
    /// Permission `cognito-idp:AdminGetDevice`; quota UserResourceRead.
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn device(&self, key: &str) -> Result<Device, Error> {
        let call = self.admin.sdk().admin_get_device();
        let call = call.user_pool_id(self.admin.id()).username(&self.username).device_key(key);
        let output =
            sent(self.admin.limits(), Operation::AdminGetDevice, || call.clone().send()).await?;
        output.device.map(Device::from).ok_or_else(unreadable)
    }

    /// Forgets one of the user's devices (AdminForgetDevice).
    ///
    /// Permission `cognito-idp:AdminForgetDevice`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub async fn forget_device(&self, key: &str) -> Result<(), Error> {
        let call = self.admin.sdk().admin_forget_device();
        let call = call.user_pool_id(self.admin.id()).username(&self.username).device_key(key);
        sent(self.admin.limits(), Operation::AdminForgetDevice, || call.clone().send())
            .await
            .map(drop)
    }

    /// Remembers one of the user's devices, or does not (AdminUpdateDeviceStatus).
    ///
    /// Permission `cognito-idp:AdminUpdateDeviceStatus`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub async fn remember_device(&self, key: &str, remembered: bool) -> Result<(), Error> {
        let call = self.admin.sdk().admin_update_device_status();
        let call = call.user_pool_id(self.admin.id()).username(&self.username).device_key(key);
        let call = call.device_remembered_status(remembered_status(remembered));
        sent(self.admin.limits(), Operation::AdminUpdateDeviceStatus, || call.clone().send())
            .await
            .map(drop)
    }
}
