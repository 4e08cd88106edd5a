//! Devices in the pool's token store, by the name of a sign-in and the user name of the service.
//!
//! For a user who signed in with an alias, the store also has a reference from the alias to that
//! name: the first request of a sign-in must contain the device key, when only the alias is known.

use cognito_types::{ClientId, SessionKey, StoredSession};
use serde::{Deserialize, Serialize};

use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::session::RecordStore;

/// The version of the format; others are ignored.
const VERSION: u32 = 1;

/// The devices that the store of a pool keeps under one name, such as that of a program or a browser.
///
/// There are no devices without a name: a device that all browsers of a web server shared would
/// replace the second factor in each of them.
pub(crate) struct KeptDevices<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) name: &'a str,
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
    /// Loads the device of a user; `typed` is the user name or an alias.
    ///
    /// A record that cannot be parsed is ignored: the sign-in then registers a new device.
    pub(crate) async fn find(&self, typed: &str) -> Option<DeviceCredentials> {
        match self.load(typed).await? {
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

    /// Deletes the device that is stored for a user name, or the reference to it.
    ///
    /// The device that a reference points to is kept: the alias may belong to another user by now.
    pub(crate) async fn forget(&self, username: &str, device_key: &str) -> Result<(), Error> {
        match self.load(username).await {
            Some(Kept::Device(device)) if device.key() != device_key => Ok(()),
            None => Ok(()),
            Some(_) => self.replace(username, None).await,
        }
    }

    async fn load(&self, username: &str) -> Option<Kept> {
        let key = self.key(username);
        let loaded = RecordStore::new(&**self.pool.store()?, &key).load().await.ok()?;
        let (stored, _) = loaded?;
        if let Ok(device) = DeviceCredentials::decode(&stored) {
            return Some(Kept::Device(device));
        }
        let alias: Option<Alias> = serde_json::from_slice(stored.expose_secret()).ok();
        alias.filter(|alias| alias.version == VERSION).map(Kept::Alias)
    }

    async fn replace(&self, username: &str, record: Option<StoredSession>) -> Result<(), Error> {
        match self.pool.store() {
            Some(store) => RecordStore::new(&**store, &self.key(username)).replace(record).await,
            None => Ok(()),
        }
    }

    /// Returns the key of a record. No name of a session gives this key.
    fn key(&self, username: &str) -> SessionKey {
        // Ids of app clients consist of letters, digits, `_` and `+` (ClientIdType in the API
        // reference), so no app client has this one.
        let client = ClientId::from(format!("{}:devices", self.pool.client_id().as_str()));
        // The length separates the two names, which may contain any character. A text that grows would
        // leave copies of the name.
        let length = self.name.len().to_string();
        let name = ["device ", &length, ":", self.name, ":", username].concat();
        SessionKey::new(self.pool.id().clone(), client, name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn keys_of_devices_differ_from_each_other_and_from_keys_of_sessions() {
        let pool = UserPool::builder("eu-west-1_Ab12Cd34E".parse().unwrap(), "client");
        let pool = pool.build().unwrap();
        let parts =
            ["", ":", "1", "1:", "1:1:", "a", "a:", ":a", "a in b", "b in a", "device of a"];
        let mut keys = HashSet::new();
        for (name, username) in parts.iter().flat_map(|name| parts.map(|user| (*name, user))) {
            let key = KeptDevices { pool: &pool, name }.key(username);
            assert_ne!(pool.session_key(key.name()), key);
            assert!(pool.random_session_key(key.name()).is_none());
            assert!(keys.insert(key), "`{username}` in `{name}`");
        }
    }
}
