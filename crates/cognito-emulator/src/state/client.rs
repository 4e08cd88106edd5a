//! An app client of a pool.

pub(crate) mod checks;
pub(crate) mod redirect_uri;
mod settings;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use cognito_srp::secret_hash;
use serde::{Deserialize, Serialize};

pub(crate) use self::settings::{ClientMembers, ClientSettings, Flow, OWN_PROVIDER};
use crate::model::ServiceError;
use crate::state::attributes;

/// An app client.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The valid secrets, oldest first; empty for a public client.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) settings: ClientSettings,
    /// The creation order of the pool's app clients, since dates may be equal. Missing in older
    /// state files.
    #[serde(default)]
    pub(crate) ordinal: u64,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

/// A secret of an app client.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) value: String,
    /// Seconds since 1970.
    pub(crate) created: f64,
}

impl Client {
    pub(crate) fn new(
        id: String,
        name: String,
        secret: Option<String>,
        settings: ClientSettings,
        created: f64,
    ) -> Result<Self, ServiceError> {
        settings.check()?;
        let (secrets, modified) = (Vec::new(), created);
        let mut client = Self { id, name, secrets, settings, ordinal: 0, created, modified };
        if let Some(value) = secret {
            client.secrets.push(Secret { id: client.new_secret_id(created), value, created });
        }
        Ok(client)
    }

    /// Returns the client after UpdateUserPoolClient: missing members are reset to their defaults,
    /// except for the name.
    pub(crate) fn updated(
        &self,
        name: Option<String>,
        mut settings: ClientSettings,
        date: f64,
    ) -> Result<Self, ServiceError> {
        settings.disable_rotation_after(&self.settings);
        settings.check()?;
        let name = name.unwrap_or_else(|| self.name.clone());
        Ok(Self { name, settings, modified: date, ..self.clone() })
    }

    /// Returns an id in the format `<client id>--<time>`. For a second secret in the same
    /// millisecond, the time is incremented.
    #[allow(clippy::as_conversions)] // Milliseconds of this age are far below 2^53.
    pub(crate) fn new_secret_id(&self, created: f64) -> String {
        let first = (created * 1000.0) as u64;
        let ids = (first..).map(|time| format!("{}--{time}", self.id));
        let free = |id: &String| self.secrets.iter().all(|secret| secret.id != *id);
        ids.into_iter().find(free).unwrap_or_default()
    }

    /// Returns whether users may read an attribute through the client; without a list they may read
    /// all.
    pub(crate) fn can_read(&self, attribute: &str) -> bool {
        let mut listed = self.settings.members.read_attributes.iter().flatten().peekable();
        attribute == "sub" || listed.peek().is_none() || listed.any(|name| name == attribute)
    }

    /// Rejects attributes that users may not write through the client; without a list they may
    /// write all.
    pub(crate) fn check_writes(
        &self,
        mut names: impl Iterator<Item: AsRef<str>>,
    ) -> Result<(), ServiceError> {
        let listed = self.settings.members.write_attributes.as_deref().unwrap_or_default();
        let may_write = |name: &str| {
            let is_listed = || listed.iter().any(|listed| listed == name);
            !attributes::is_developer_only(name) && (listed.is_empty() || is_listed())
        };
        match names.all(|name| may_write(name.as_ref())) {
            true => Ok(()),
            false => Err(attributes::unauthorized()),
        }
    }

    /// Checks SECRET_HASH for the user name in the request.
    pub(crate) fn check_secret_hash(
        &self,
        hash: Option<&str>,
        username: &str,
    ) -> Result<(), ServiceError> {
        let id = &self.id;
        let made_of = |hash: &str| {
            let mut secrets = self.secrets.iter();
            secrets.any(|secret| is_same_secret(&secret_hash(username, id, &secret.value), hash))
        };
        match (self.secrets.is_empty(), hash) {
            (true, None) => Ok(()),
            (true, Some(_)) => Err(ServiceError::invalid_parameter(format!(
                "App client {id} is not configured for secret but secret hash was received"
            ))),
            (false, None) => Err(ServiceError::not_authorized(format!(
                "Client {id} is configured with secret but SECRET_HASH was not received"
            ))),
            (false, Some(hash)) if made_of(hash) => Ok(()),
            (false, Some(_)) => Err(ServiceError::not_authorized(format!(
                "Unable to verify secret hash for client {id}"
            ))),
        }
    }

    /// Checks the client secret, which some operations require.
    pub(crate) fn check_secret(&self, given: Option<&str>) -> Result<(), ServiceError> {
        let good = match given {
            None => self.secrets.is_empty(),
            Some(given) => self.secrets.iter().any(|secret| is_same_secret(&secret.value, given)),
        };
        if good {
            return Ok(());
        }
        Err(ServiceError::not_authorized(format!("Invalid client secret for client {}", self.id)))
    }
}

/// Compares secrets in constant time.
pub(crate) fn is_same_secret(secret: &str, given: &str) -> bool {
    verify_slices_are_equal(secret.as_bytes(), given.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_hashes_are_rejected_with_the_messages_of_the_service() {
        let client = |secret: Option<&str>| {
            let (name, secret) = ("app".to_owned(), secret.map(str::to_owned));
            Client::new("id".to_owned(), name, secret, ClientSettings::default(), 0.0).unwrap()
        };
        let message = |secret, hash| {
            client(secret).check_secret_hash(hash, "alice").unwrap_err().message.into_owned()
        };
        assert_eq!(client(None).check_secret_hash(None, "alice"), Ok(()));
        assert_eq!(
            message(None, Some("x")),
            "App client id is not configured for secret but secret hash was received"
        );
        assert_eq!(
            message(Some("secret"), None),
            "Client id is configured with secret but SECRET_HASH was not received"
        );
        assert_eq!(
            message(Some("secret"), Some("x")),
            "Unable to verify secret hash for client id"
        );
        let right = secret_hash("alice", "id", "secret");
        assert_eq!(client(Some("secret")).check_secret_hash(Some(&right), "alice"), Ok(()));
    }
}
