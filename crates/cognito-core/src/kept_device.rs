//! Devices in the pool's token store, by the user name of the service.
//!
//! For a user who signed in with an alias, the store also has a reference from the alias to that
//! name: the first request of a sign-in must contain the device key, when only the alias is known.

use cognito_types::{SessionKey, StoredSession};
use serde::{Deserialize, Serialize};

use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::session::RecordStore;

/// The version of the format; others are ignored.
const VERSION: u32 = 1;

/// The devices in the store of a pool.
///
/// Sessions with a name of the application, such as one per browser of a web server, have devices
/// of their own: a device that all browsers shared would replace the second factor in each of them.
pub(crate) struct KeptDevices<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) store_as: Option<&'a str>,
}

/// A record of a device or an alias.
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
    /// Loads the device of a user; `name` is the user name or an alias.
    ///
    /// A record that cannot be parsed is ignored: the sign-in then registers a new device.
    pub(crate) async fn find(&self, name: &str) -> Option<DeviceCredentials> {
        match self.load(name).await? {
            Kept::Device(device) => Some(device),
            Kept::Alias(alias) => match self.load(&alias.username).await? {
                Kept::Device(device) => Some(device),
                Kept::Alias(_) => None,
            },
        }
    }

    /// Stores a user's device, for sign-ins with the user name and with the alias that was typed.
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

    /// Deletes the device that is stored under a name, or the reference to it.
    ///
    /// The device that a reference points to is kept: the alias may belong to another user by now.
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
            Some(store) => RecordStore::new(&**store, &self.key(name)).replace(record).await,
            None => Ok(()),
        }
    }

    /// Returns the key of a record. Neither random session names nor user names contain spaces, so
    /// the keys cannot collide.
    fn key(&self, name: &str) -> SessionKey {
        let name = match self.store_as {
            Some(session) => format!("device of {name} in {session}"),
            None => format!("device of {name}"),
        };
        self.pool.session_key(name)
    }
}
