//! The device of a session: its credentials, and whether it is confirmed.

use cognito_srp::DeviceSecret;
use cognito_types::{AccessToken, SerializedSecret};
use getrandom::SysRng;

use crate::app_client::AppClient;
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
    /// True if the user has not chosen yet whether to remember the device.
    pub(super) undecided: bool,
    /// The name under which the store keeps it for later sign-ins, if it is not the session's.
    pub(super) kept_as: Option<SerializedSecret>,
}

impl SessionDevice {
    /// Creates the state of a device that has signed in before.
    pub(crate) fn known(credentials: DeviceCredentials) -> Self {
        Self { credentials, confirmed: true, undecided: false, kept_as: None }
    }

    pub(crate) fn kept_as(self, name: Option<SerializedSecret>) -> Self {
        Self { kept_as: name, ..self }
    }

    /// Generates a password for a new device and confirms it.
    ///
    /// If that fails, the password is kept, because the service may have received its verifier. The
    /// session can confirm the device later.
    pub(crate) async fn confirm_new(
        pool: &UserPool,
        token: &AccessToken,
        new: &NewDevice,
    ) -> Result<Self, Error> {
        let secret = DeviceSecret::generate(&new.group_key, &new.key, &mut SysRng);
        let secret = secret.map_err(Error::no_random_numbers)?;
        let credentials = DeviceCredentials::new(&new.key, &new.group_key, secret.password());
        let mut device = Self { confirmed: false, ..Self::known(credentials) };
        match confirm(pool, pool.app_client(), token, &new.key, &secret).await {
            Ok(undecided) => (device.confirmed, device.undecided) = (true, undecided),
            Err(error) => tracing::warn!(error = ?error.kind(), "the device was not confirmed"),
        }
        Ok(device)
    }

    /// Confirms a device whose first confirmation failed.
    pub(super) async fn confirm(
        self,
        pool: &UserPool,
        client: &AppClient,
        token: &AccessToken,
    ) -> Result<Self, Error> {
        let (key, group_key) = (self.credentials.key(), self.credentials.group_key());
        let password = self.credentials.password().expose_secret();
        let secret = DeviceSecret::of_password(group_key, key, password, &mut SysRng);
        let secret = secret.map_err(Error::no_random_numbers)?;
        let undecided = confirm(pool, client, token, key, &secret).await?;
        Ok(Self { confirmed: true, undecided, ..self })
    }

    pub(crate) fn credentials(&self) -> &DeviceCredentials {
        &self.credentials
    }

    /// Merges two states of the same device: confirmation and the user's choice happen once.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.credentials.key() == other.credentials.key() {
            self.undecided = match (self.confirmed, other.confirmed) {
                (false, true) => other.undecided,
                (true, false) => self.undecided,
                _ => self.undecided && other.undecided,
            };
            self.confirmed |= other.confirmed;
            self.kept_as = self.kept_as.take().or_else(|| other.kept_as.clone());
        }
    }
}

/// Sends ConfirmDevice; returns whether the user should choose whether to remember the device.
async fn confirm(
    pool: &UserPool,
    client: &AppClient,
    token: &AccessToken,
    key: &str,
    secret: &DeviceSecret,
) -> Result<bool, Error> {
    match client.confirm_device(token, key, secret, pool.device_name()).await {
        // An earlier attempt succeeded, because no other client has the key of a new device. Its
        // response, which says whether the user should choose, is lost; asking the user does no
        // harm.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmation_choice_and_name_of_either_state_are_kept() {
        let state = |confirmed, undecided| SessionDevice {
            credentials: DeviceCredentials::new("key", "group", "password"),
            confirmed,
            undecided,
            kept_as: undecided.then(|| SerializedSecret::from("browser")),
        };
        let (unconfirmed, open, chosen) =
            (state(false, false), state(true, true), state(true, false));
        for (one, other, undecided) in [
            (&unconfirmed, &open, true),
            (&unconfirmed, &chosen, false),
            (&open, &chosen, false),
            (&open, &open, true),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let mut merged = one.clone();
                merged.merge(other);
                assert!(merged.confirmed, "{one:?} and {other:?}");
                assert_eq!(merged.undecided, undecided, "{one:?} and {other:?}");
                let has_name = one.kept_as.is_some() || other.kept_as.is_some();
                assert_eq!(merged.kept_as.is_some(), has_name, "{one:?} and {other:?}");
            }
        }
    }
}
