//! The devices of signed-in users, and their passkeys.

use super::effect::Effect;
use super::{Session, SessionDevice};
use crate::device::Device;
use crate::error::Error;
use crate::kept_device::KeptDevices;
use crate::passkey::{PasskeyCreationOptions, PasskeyRegistration};
use crate::transport::Operation;
use crate::user::Passkey;

impl Session {
    /// Remembers a device, so that it stands in for the second factor, or does not
    /// (UpdateDeviceStatus).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn remember_device(&self, device_key: &str, remembered: bool) -> Result<(), Error> {
        let token = self.token_for(Operation::UpdateDeviceStatus).await?;
        let client = self.inner.pool.app_client();
        let outcome = client.update_device_status(&token, device_key, remembered).await;
        self.heed(&token, outcome)?;
        let is_decision =
            |own: &SessionDevice| own.undecided && own.credentials.key() == device_key;
        if self.own_device().as_ref().is_some_and(is_decision) {
            self.state().change_device(|own| own.undecided = false);
            self.try_to_save_device().await;
        }
        Ok(())
    }

    /// Lists the user's devices (ListDevices).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a pool that tracks none.
    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        let token = self.token_for(Operation::ListDevices).await?;
        let outcome = self.inner.pool.app_client().list_devices(&token).await;
        self.heed(&token, outcome)
    }

    /// Reads one of the user's devices (GetDevice).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn device_details(&self, device_key: &str) -> Result<Device, Error> {
        let token = self.token_for(Operation::GetDevice).await?;
        let outcome = self.inner.pool.app_client().get_device(&token, device_key).await;
        self.heed(&token, outcome)
    }

    /// Makes the service forget a device of the user (ForgetDevice).
    ///
    /// If it is the device of this session, the session and the pool's store forget it too. The
    /// service then refuses to refresh the session's tokens: it ends when they expire.
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for a key that is not known.
    pub async fn forget_device(&self, device_key: &str) -> Result<(), Error> {
        let client = self.inner.pool.app_client();
        let effect = Effect::DeviceForgotten(device_key.to_owned());
        let forgotten = self
            .resolve(effect, |token| async move { client.forget_device(&token, device_key).await });
        forgotten.await?;
        if self.own_device().is_some_and(|own| own.credentials.key() == device_key) {
            self.forget_own_device().await;
        }
        Ok(())
    }

    async fn forget_own_device(&self) {
        self.forget_kept_device().await;
        self.state().remove_device();
        self.try_to_save_device().await;
    }

    /// The service has the change, so a failure here is no failure of the request.
    async fn try_to_save_device(&self) {
        if let Err(error) = self.save_device().await {
            tracing::warn!(error = ?error.kind(), "the change of the device cannot be stored");
        }
    }

    /// Deletes the session's device from the pool's store, so that no sign-in uses it.
    pub(super) async fn forget_kept_device(&self) {
        let Some(device) = self.device() else { return };
        let own = self.key().map(|key| key.name());
        for store_as in [None, own] {
            let kept = KeptDevices { pool: &self.inner.pool, store_as };
            if let Err(error) = kept.forget(self.username(), device.key()).await {
                tracing::warn!(error = ?error.kind(), "the device cannot be deleted from the store");
            }
        }
    }
}

/// Passkeys.
impl Session {
    /// Requests the options for an authenticator to create a passkey for the user
    /// (StartWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without passkeys.
    pub async fn start_passkey_registration(&self) -> Result<PasskeyCreationOptions, Error> {
        let token = self.token_for(Operation::StartWebAuthnRegistration).await?;
        let outcome = self.inner.pool.app_client().start_passkey_registration(&token).await;
        self.heed(&token, outcome)
    }

    /// Registers the passkey that the authenticator created (CompleteWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) after the options have expired,
    /// [`Configuration`](crate::ErrorKind::Configuration) for one of another site,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for one that the service does not
    /// support.
    pub async fn complete_passkey_registration(
        &self,
        passkey: &PasskeyRegistration,
    ) -> Result<(), Error> {
        let token = self.token_for(Operation::CompleteWebAuthnRegistration).await?;
        let outcome =
            self.inner.pool.app_client().complete_passkey_registration(&token, passkey).await;
        self.heed(&token, outcome)
    }

    /// Lists the user's passkeys (ListWebAuthnCredentials).
    ///
    /// # Errors
    ///
    /// Those of every method here.
    pub async fn passkeys(&self) -> Result<Vec<Passkey>, Error> {
        let token = self.token_for(Operation::ListWebAuthnCredentials).await?;
        let outcome = self.inner.pool.app_client().list_passkeys(&token).await;
        self.heed(&token, outcome)
    }

    /// Deletes one of the user's passkeys, by the id that the service gave it
    /// (DeleteWebAuthnCredential).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for an id that is not known.
    pub async fn delete_passkey(&self, credential_id: &str) -> Result<(), Error> {
        let client = self.inner.pool.app_client();
        let effect = Effect::PasskeyDeleted(credential_id.to_owned());
        let deleted = self.resolve(effect, |token| async move {
            client.delete_passkey(&token, credential_id).await
        });
        deleted.await
    }
}
