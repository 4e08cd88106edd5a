//! The devices of signed-in users, and their passkeys.

use std::sync::atomic::Ordering;

use super::Session;
use crate::device::{Device, DeviceCredentials};
use crate::error::Error;
use crate::passkey::{PasskeyCreationOptions, PasskeyRegistration};
use crate::user::Passkey;

impl Session {
    /// The device that the session was begun with, in a pool that tracks devices.
    ///
    /// A pool with a token store keeps it for the next sign-in; without one that is up to you.
    pub fn device(&self) -> Option<&DeviceCredentials> {
        self.inner.device.as_ref().map(|device| &device.credentials)
    }

    /// Whether the user is to be asked if this device is to be remembered: the answer goes to
    /// [`remember_device`](Self::remember_device).
    pub fn asks_to_remember_device(&self) -> bool {
        let device = self.inner.device.as_ref();
        device.is_some_and(|device| device.undecided.load(Ordering::Relaxed))
    }

    /// Remembers a device, so that it stands in for the second factor, or does not
    /// (UpdateDeviceStatus).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn remember_device(&self, device_key: &str, remembered: bool) -> Result<(), Error> {
        let token = self.access_token().await?;
        let carrier = self.inner.pool.carrier();
        carrier.update_device_status(&token, device_key, remembered).await?;
        if let Some(own) = &self.inner.device
            && own.credentials.key() == device_key
        {
            own.undecided.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Lists the user's devices (ListDevices).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a pool that tracks none.
    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().list_devices(&token).await
    }

    /// Reads one of the user's devices (GetDevice).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn device_details(&self, device_key: &str) -> Result<Device, Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().get_device(&token, device_key).await
    }

    /// Makes the service forget a device of the user (ForgetDevice).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn forget_device(&self, device_key: &str) -> Result<(), Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().forget_device(&token, device_key).await
    }
}

/// Passkeys.
impl Session {
    /// Gets what an authenticator needs to make a passkey for the user
    /// (StartWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without passkeys.
    pub async fn start_passkey_registration(&self) -> Result<PasskeyCreationOptions, Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().start_passkey_registration(&token).await
    }

    /// Registers the passkey that the authenticator made (CompleteWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) when it took too long,
    /// [`Configuration`](crate::ErrorKind::Configuration) for one of another site,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for one that the service does not
    /// support.
    pub async fn complete_passkey_registration(
        &self,
        passkey: &PasskeyRegistration,
    ) -> Result<(), Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().complete_passkey_registration(&token, passkey).await
    }

    /// Lists the user's passkeys (ListWebAuthnCredentials).
    ///
    /// # Errors
    ///
    /// Those of every method here.
    pub async fn passkeys(&self) -> Result<Vec<Passkey>, Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().list_passkeys(&token).await
    }

    /// Deletes one of the user's passkeys, by the id that the service gave it
    /// (DeleteWebAuthnCredential).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for an id that is not known.
    pub async fn delete_passkey(&self, credential_id: &str) -> Result<(), Error> {
        let token = self.access_token().await?;
        self.inner.pool.carrier().delete_passkey(&token, credential_id).await
    }
}
