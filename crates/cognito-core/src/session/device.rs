//! The device that a session signed in with.

use cognito_types::AccessToken;

use super::flight::FlightKind;
use super::{Session, SessionDevice};
use crate::device::DeviceCredentials;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Operation;

impl Session {
    /// Returns the credentials of the device of the sign-in, in a pool that tracks devices.
    ///
    /// A token store keeps them for the next sign-in with the same
    /// [name](crate::SignInRequest::store_device_as). Without a store or a name, the application must
    /// keep them.
    pub fn device(&self) -> Option<DeviceCredentials> {
        self.own_device().map(|device| device.credentials)
    }

    /// Returns whether the user should choose whether to remember this device; pass the choice to
    /// [`remember_device`](Self::remember_device).
    pub fn asks_to_remember_device(&self) -> bool {
        self.own_device().is_some_and(|device| device.undecided)
    }

    /// Returns whether the session's new device is not confirmed, because ConfirmDevice failed
    /// during the sign-in.
    ///
    /// The session confirms it before its first refresh, or when
    /// [`confirm_device`](Self::confirm_device) is called.
    pub fn has_unconfirmed_device(&self) -> bool {
        self.own_device().is_some_and(|device| !device.confirmed)
    }

    /// Confirms the session's device if that failed during the sign-in (ConfirmDevice).
    ///
    /// Nothing is sent if the device is confirmed or there is none.
    ///
    /// # Errors
    ///
    /// The errors of [`access_token`](Self::access_token), and
    /// [`DeviceForgotten`](crate::ErrorKind::DeviceForgotten) if the service does not know the
    /// device.
    pub fn confirm_device(&self) -> Request<'static, ()> {
        Request::of(self, move |session| async move {
            if !session.has_unconfirmed_device() {
                return Ok(());
            }
            let token = session.token_for(Operation::ConfirmDevice).await?;
            let outcome = session.confirm_own_device(&token).await;
            session.note_rejection(&token, outcome)?;
            session.save_device().await
        })
    }

    /// Confirms the device before a refresh.
    ///
    /// The service refuses to refresh tokens of an unconfirmed device (amplify-android#2506), so a
    /// transient failure stops the refresh. After any other failure the refresh is sent, and the
    /// service decides.
    pub(super) async fn confirm_device_before_refresh(&self) -> Result<(), Error> {
        if !self.has_unconfirmed_device() {
            return Ok(());
        }
        let token = self.state().newest()?.set.access_token().clone();
        match self.confirm_own_device(&token).await {
            Err(error) if error.is_transient() => Err(error),
            Err(error) => {
                tracing::warn!(error = ?error.kind(), "the device cannot be confirmed");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn confirm_own_device(&self, token: &AccessToken) -> Result<(), Error> {
        let Some(device) = self.own_device().filter(|device| !device.confirmed) else {
            return Ok(());
        };
        let confirmed = device.confirm(&self.inner.pool, &self.app_client(), token).await?;
        self.state().change_device(|device| device.merge(&confirmed));
        Ok(())
    }

    /// Stores the session after its device has changed.
    pub(super) async fn save_device(&self) -> Result<(), Error> {
        self.state().note_change();
        self.refreshed(FlightKind::Store).await
    }

    pub(super) fn own_device(&self) -> Option<SessionDevice> {
        self.state().newest().ok()?.device.clone()
    }
}
