//! The device of a session: its credentials, and whether the service has confirmed it.

use cognito_srp::{DeviceSecret, SrpError};
use cognito_types::AccessToken;
use getrandom::SysRng;

use super::Session;
use super::refresh::Ask;
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::wire::NewDevice;

/// The device of a session.
#[derive(Clone, Debug)]
pub(crate) struct SessionDevice {
    pub(super) credentials: DeviceCredentials,
    /// True if the service has confirmed it (ConfirmDevice).
    pub(super) confirmed: bool,
    /// True if the user must still be asked if the device is to be remembered.
    pub(super) undecided: bool,
}

impl SessionDevice {
    /// A device that has signed in before.
    pub(crate) fn known(credentials: DeviceCredentials) -> Self {
        Self { credentials, confirmed: true, undecided: false }
    }

    /// Generates a password for a new device and confirms it.
    ///
    /// If that fails, the password is kept: the service may have received its verifier, and the
    /// session can confirm the device later.
    pub(crate) async fn confirm_new(
        pool: &UserPool,
        token: &AccessToken,
        new: &NewDevice,
    ) -> Result<Self, Error> {
        let secret = DeviceSecret::generate(&new.group_key, &new.key, &mut SysRng);
        let secret = secret.map_err(no_random_numbers)?;
        let credentials = DeviceCredentials::new(&new.key, &new.group_key, secret.password());
        let mut device = Self { credentials, confirmed: false, undecided: false };
        match confirm(pool, token, &new.key, &secret).await {
            Ok(undecided) => (device.confirmed, device.undecided) = (true, undecided),
            Err(error) => tracing::warn!(error = ?error.kind(), "the device was not confirmed"),
        }
        Ok(device)
    }

    pub(crate) fn credentials(&self) -> &DeviceCredentials {
        &self.credentials
    }

    /// Keeps the newer state of the same device: it is confirmed, and the user asked, once.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.credentials.key() == other.credentials.key() {
            self.undecided = match (self.confirmed, other.confirmed) {
                (false, true) => other.undecided,
                (true, false) => self.undecided,
                _ => self.undecided && other.undecided,
            };
            self.confirmed |= other.confirmed;
        }
    }
}

impl Session {
    /// Returns the credentials of the device that the user signed in with, in a pool that tracks
    /// devices.
    ///
    /// A pool with a token store keeps them for the next sign-in. Without a store, the application
    /// keeps them.
    pub fn device(&self) -> Option<DeviceCredentials> {
        self.own_device().map(|device| device.credentials)
    }

    /// Returns whether the user should be asked if this device is to be remembered; the answer
    /// goes to [`remember_device`](Self::remember_device).
    pub fn asks_to_remember_device(&self) -> bool {
        self.own_device().is_some_and(|device| device.undecided)
    }

    /// Returns whether the service has not confirmed the session's new device yet, because
    /// ConfirmDevice failed at the sign-in.
    ///
    /// The session confirms it before its first refresh, or when
    /// [`confirm_device`](Self::confirm_device) is called.
    pub fn has_unconfirmed_device(&self) -> bool {
        self.own_device().is_some_and(|device| !device.confirmed)
    }

    /// Confirms the session's device if that failed at the sign-in (ConfirmDevice).
    ///
    /// It sends nothing if the device is confirmed or there is none.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and
    /// [`DeviceForgotten`](ErrorKind::DeviceForgotten) if the service does not know the device.
    pub async fn confirm_device(&self) -> Result<(), Error> {
        if !self.has_unconfirmed_device() {
            return Ok(());
        }
        let token = self.access_token().await?;
        let outcome = self.confirm_own_device(&token).await;
        self.heed(&token, outcome)?;
        self.save_device().await
    }

    /// Confirms the device before a refresh.
    ///
    /// The service refuses to refresh tokens of an unconfirmed device (amplify-android#2506), so a
    /// failure that passes stops the refresh. After any other the service decides.
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
        let Some(SessionDevice { credentials, confirmed: false, .. }) = self.own_device() else {
            return Ok(());
        };
        let (key, group_key) = (credentials.key(), credentials.group_key());
        let password = credentials.password().expose_secret();
        let secret = DeviceSecret::of_password(group_key, key, password, &mut SysRng);
        let secret = secret.map_err(no_random_numbers)?;
        let undecided = confirm(&self.inner.pool, token, key, &secret).await?;
        let confirmed = SessionDevice { credentials, confirmed: true, undecided };
        self.state().change_device(|device| device.merge(&confirmed));
        Ok(())
    }

    /// Stores the session after its device has changed.
    pub(super) async fn save_device(&self) -> Result<(), Error> {
        self.state().is_changed = true;
        self.refreshed(Ask::Nothing).await
    }

    pub(super) fn own_device(&self) -> Option<SessionDevice> {
        self.state().newest().ok()?.device.clone()
    }
}

/// ConfirmDevice; returns whether the user should be asked if the device is to be remembered.
async fn confirm(
    pool: &UserPool,
    token: &AccessToken,
    key: &str,
    secret: &DeviceSecret,
) -> Result<bool, Error> {
    match pool.carrier().confirm_device(token, key, secret, pool.device_name()).await {
        // An earlier attempt arrived: no other client has the key of a new device. Its response, which
        // says whether the user decides, is lost; asking is right or does no harm.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
        outcome => outcome,
    }
}

fn no_random_numbers(error: SrpError) -> Error {
    Error::new(ErrorKind::Configuration).with_source(error)
}
