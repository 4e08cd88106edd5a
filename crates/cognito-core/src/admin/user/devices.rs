//! The devices of a user.

use super::UserHandle;
use crate::admin::convert::remembered_status;
use crate::admin::sdk_client::sent;
use crate::admin::{List, Page};
use crate::app_client::unreadable;
use crate::device::Device;
use crate::request::Request;
use crate::transport::Operation;

/// Devices.
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
            let limits = user.admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::AdminListDevices, || call.clone().send()).await?;
                Ok(Page::new(output.devices, output.pagination_token))
            }
        })
    }

    /// Gets one of the user's devices (AdminGetDevice).
    ///
    /// Permission `cognito-idp:AdminGetDevice`; quota UserResourceRead.
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for an unknown key, and as
    /// [all methods](Self#errors).
    pub fn device<'a>(&self, key: &'a str) -> Request<'a, Device> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_get_device();
            let call = call.user_pool_id(user.admin.id()).username(&user.username).device_key(key);
            let output =
                sent(user.admin.limits(), Operation::AdminGetDevice, || call.clone().send())
                    .await?;
            output.device.map(Device::from).ok_or_else(unreadable)
        })
    }

    /// Forgets one of the user's devices (AdminForgetDevice).
    ///
    /// Permission `cognito-idp:AdminForgetDevice`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [`device`](Self::device).
    pub fn forget_device<'a>(&self, key: &'a str) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_forget_device();
            let call = call.user_pool_id(user.admin.id()).username(&user.username).device_key(key);
            sent(user.admin.limits(), Operation::AdminForgetDevice, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Sets whether one of the user's devices is remembered (AdminUpdateDeviceStatus).
    ///
    /// Permission `cognito-idp:AdminUpdateDeviceStatus`; quota UserResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [`device`](Self::device).
    pub fn remember_device<'a>(&self, key: &'a str, remembered: bool) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_update_device_status();
            let call = call.user_pool_id(user.admin.id()).username(&user.username).device_key(key);
            let call = call.device_remembered_status(remembered_status(remembered));
            sent(user.admin.limits(), Operation::AdminUpdateDeviceStatus, || call.clone().send())
                .await
                .map(drop)
        })
    }
}
