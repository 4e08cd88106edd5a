//! Methods of a session for the user's devices and passkeys.

use cognito_types::SerializedSecret;

use super::effect::Effect;
use super::{Session, SessionDevice};
use crate::device::Device;
use crate::error::ErrorKind;
use crate::kept_device::KeptDevices;
use crate::passkey::{PasskeyCreationOptions, PasskeyRegistration};
use crate::request::Request;
use crate::transport::Operation;
use crate::user::Passkey;

/// Devices.
impl Session {
    /// Sets whether a device is remembered, so that it replaces the second factor
    /// (UpdateDeviceStatus).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for an unknown key, and as
    /// [all requests](Self#errors).
    pub fn remember_device<'a>(&self, device_key: &'a str, remembered: bool) -> Request<'a, ()> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::UpdateDeviceStatus).await?;
            let client = session.app_client();
            let outcome = client.update_device_status(&token, device_key, remembered).await;
            session.note_rejection(&token, outcome)?;
            let is_decision =
                |own: &SessionDevice| own.undecided && own.credentials.key() == device_key;
            if session.own_device().as_ref().is_some_and(is_decision) {
                session.state().change_device(|own| own.undecided = false);
                session.try_to_save_device().await;
            }
            Ok(())
        })
    }

    /// Lists the user's devices (ListDevices).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a pool that does not track
    /// devices, and as [all requests](Self#errors).
    pub fn devices(&self) -> Request<'static, Vec<Device>> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::ListDevices).await?;
            let outcome = session.app_client().list_devices(&token).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Gets one of the user's devices (GetDevice).
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for an unknown key, and as
    /// [all requests](Self#errors).
    pub fn device_details<'a>(&self, device_key: &'a str) -> Request<'a, Device> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::GetDevice).await?;
            let outcome = session.app_client().get_device(&token, device_key).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Makes the service forget a device of the user (ForgetDevice).
    ///
    /// If it is the session's own device, the session forgets it too, and the pool's store under the
    /// name of the sign-in, also if the service has forgotten it before. The service then refuses to
    /// refresh the session's tokens, so the session ends when they expire.
    ///
    /// # Errors
    ///
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) for an unknown key of another device,
    /// and as [all requests](Self#errors).
    pub fn forget_device<'a>(&self, device_key: &'a str) -> Request<'a, ()> {
        Request::of(self, move |session| async move {
            let client = session.app_client();
            let effect = Effect::DeviceForgotten(device_key.to_owned());
            let forgotten = session.resolve(effect, |token| async move {
                client.forget_device(&token, device_key).await
            });
            let outcome = forgotten.await;
            if session.own_device().is_none_or(|own| own.credentials.key() != device_key) {
                return outcome;
            }
            // The service has forgotten it if an earlier call was dropped after its request.
            outcome.or_else(|error| match error.kind() {
                ErrorKind::DeviceForgotten => Ok(()),
                _ => Err(error),
            })?;
            session.forget_own_device().await;
            Ok(())
        })
    }

    async fn forget_own_device(&self) {
        self.forget_kept_device().await;
        self.state().remove_device();
        self.try_to_save_device().await;
    }

    /// Stores the session and only logs a failure, because the service has made the change.
    async fn try_to_save_device(&self) {
        if let Err(error) = self.save_device().await {
            tracing::warn!(error = ?error.kind(), "the change of the device cannot be stored");
        }
    }

    /// Deletes the session's device from the pool's store, so that no sign-in uses it.
    pub(super) async fn forget_kept_device(&self) {
        let Some(device) = self.device() else { return };
        let kept_as = self.own_device().and_then(|own| own.kept_as);
        let own = self.key().map(|key| key.name());
        let names = [kept_as.as_ref().map(SerializedSecret::expose_secret), own];
        for name in names.into_iter().flatten() {
            let kept = KeptDevices { pool: &self.inner.pool, name };
            if let Err(error) = kept.forget(self.username(), device.key()).await {
                tracing::warn!(error = ?error.kind(), "the device cannot be deleted from the store");
            }
        }
    }
}

/// Passkeys.
impl Session {
    /// Gets the options for an authenticator to create a passkey (StartWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for a pool without passkeys, and as
    /// [all requests](Self#errors).
    pub fn start_passkey_registration(&self) -> Request<'static, PasskeyCreationOptions> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::StartWebAuthnRegistration).await?;
            let outcome = session.app_client().start_passkey_registration(&token).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Registers the passkey that the authenticator created (CompleteWebAuthnRegistration).
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) when the options have expired,
    /// [`Configuration`](crate::ErrorKind::Configuration) for a passkey of another site,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a passkey that the service does
    /// not support, and as [all requests](Self#errors).
    pub fn complete_passkey_registration<'a>(
        &self,
        passkey: &'a PasskeyRegistration,
    ) -> Request<'a, ()> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::CompleteWebAuthnRegistration).await?;
            let outcome = session.app_client().complete_passkey_registration(&token, passkey).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Lists the user's passkeys (ListWebAuthnCredentials).
    ///
    /// # Errors
    ///
    /// The errors of [all requests](Self#errors).
    pub fn passkeys(&self) -> Request<'static, Vec<Passkey>> {
        Request::of(self, move |session| async move {
            let token = session.token_for(Operation::ListWebAuthnCredentials).await?;
            let outcome = session.app_client().list_passkeys(&token).await;
            session.note_rejection(&token, outcome)
        })
    }

    /// Deletes one of the user's passkeys by its id (DeleteWebAuthnCredential).
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) for an unknown id, and as
    /// [all requests](Self#errors).
    pub fn delete_passkey<'a>(&self, credential_id: &'a str) -> Request<'a, ()> {
        Request::of(self, move |session| async move {
            let client = session.app_client();
            let effect = Effect::PasskeyDeleted(credential_id.to_owned());
            let deleted = session.resolve(effect, |token| async move {
                client.delete_passkey(&token, credential_id).await
            });
            deleted.await
        })
    }
}
