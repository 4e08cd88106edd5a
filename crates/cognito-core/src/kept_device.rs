//! Devices in the pool's token store, by the name that the service knows their user by.
//!
//! An alias that a user signed in with is stored as a reference to that name, because the first
//! request of a sign-in, which names the device, has only the alias.

use cognito_types::{SessionKey, StoredSession};
use serde::{Deserialize, Serialize};

use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::session::RecordStore;

/// The version that is written; others are ignored.
const VERSION: u32 = 1;

/// The devices of one program in a pool's store.
///
/// Sessions that the application names (one for each browser of a web server) have devices of
/// their own: a device that all browsers shared would stand in for the second factor in each.
pub(crate) struct KeptDevices<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) store_as: Option<&'a str>,
}

/// A record of a device's store.
enum Kept {
    Device(DeviceCredentials),
    Alias(Alias),
}

#[derive(Serialize, Deserialize)]
struct Alias {
    version: u32,
    username: String,
}

impl KeptDevices<'_> {
    /// Loads the device of a user; `name` is the user's name or an alias.
    ///
    /// A record that cannot be read is no device: the sign-in then makes a new one.
    pub(crate) async fn find(&self, name: &str) -> Option<DeviceCredentials> {
        match self.load(name).await? {
            Kept::Device(device) => Some(device),
            Kept::Alias(alias) => match self.load(&alias.username).await? {
                Kept::Device(device) => Some(device),
                Kept::Alias(_) => None,
            },
        }
    }

    /// Stores a user's device, for sign-ins by the user's name and by the alias that was typed.
    pub(crate) async fn keep(
        &self,
        username: &str,
        typed: &str,
        device: &DeviceCredentials,
    ) -> Result<(), Error> {
        self.replace(username, Some(device.encode()?)).await?;
        if typed == username {
            return Ok(());
        }
        let alias = Alias { version: VERSION, username: username.to_owned() };
        let bytes = serde_json::to_vec(&alias)
            .map_err(|error| Error::new(ErrorKind::Store).with_source(error))?;
        self.replace(typed, Some(bytes.into())).await
    }

    /// Deletes a device under a name, or the reference to it.
    ///
    /// The device that a reference leads to is left: the alias may be another user's by now.
    pub(crate) async fn forget(&self, name: &str, device_key: &str) -> Result<(), Error> {
        match self.load(name).await {
            Some(Kept::Device(device)) if device.key() != device_key => Ok(()),
            None => Ok(()),
            Some(_) => self.replace(name, None).await,
        }
    }

    async fn load(&self, name: &str) -> Option<Kept> {
        let loaded = RecordStore::new(&**self.pool.store()?, &self.key(name)).load().await.ok()?;
        let (stored, _) = loaded?;
        if let Ok(device) = DeviceCredentials::decode(&stored) {
            return Some(Kept::Device(device));
        }
        let alias: Option<Alias> = serde_json::from_slice(stored.expose_secret()).ok();
        alias.filter(|alias| alias.version == VERSION).map(Kept::Alias)
    }

    async fn replace(&self, name: &str, record: Option<StoredSession>) -> Result<(), Error> {
        match self.pool.store() {
            Some(store) => {
                RecordStore::new(&**store, &self.key(name)).replace(record).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// Random names of sessions have no spaces, and user names neither.
    fn key(&self, name: &str) -> SessionKey {
        let name = match self.store_as {
            Some(session) => format!("device of {name} in {session}"),
            None => format!("device of {name}"),
        };
        self.pool.session_key(name)
    }
}
