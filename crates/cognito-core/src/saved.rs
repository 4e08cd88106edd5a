//! Challenges as data, for applications that keep them between two requests.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_types::{SerializedSecret, SoftwareTokenSecret};
use serde::{Deserialize, Serialize};

use crate::admin_access::AdminAccess;
use crate::challenge::{ChallengeKind, Open};
use crate::context::{Context, ContextData};
use crate::device;
use crate::error::{Cause, Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::attempt::Attempt;
use crate::sign_in::wire::ReceivedChallenge;

/// The version of the format; others are refused.
const VERSION: u32 = 1;

/// A challenge as data, to respond to later or in another process: [`UserPool::resume`].
///
/// It serializes with serde, to a few kilobytes.
///
/// # Security
///
/// The serialized form contains secrets: the Session, the device's password, the names of
/// `store_as` and `store_device_as`, which can be cookies, and the key of an authenticator app that
/// is being set up. Encrypt it before it leaves the program.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedChallenge {
    version: u32,
    pool: String,
    client: String,
    by_admin: bool,
    typed: String,
    store_as: Option<SerializedSecret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store_device_as: Option<SerializedSecret>,
    context: Context,
    device: Option<device::Record>,
    username: String,
    name: String,
    session: Option<SerializedSecret>,
    parameters: BTreeMap<String, String>,
    available: Vec<String>,
    /// Milliseconds since 1970.
    deadline: u64,
    set_up: Option<SetUp>,
}

/// An authenticator app that is being set up.
#[derive(Clone, Serialize, Deserialize)]
struct SetUp {
    secret: SerializedSecret,
    verified: bool,
}

impl SavedChallenge {
    /// Returns the name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of the challenge, which a web server uses to choose the page to show.
    pub fn kind(&self) -> ChallengeKind {
        match self.set_up {
            Some(_) => ChallengeKind::SoftwareTokenSetup,
            None => ChallengeKind::of(&self.name),
        }
    }

    /// Returns when the challenge expires.
    pub fn deadline(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.deadline)).unwrap_or(UNIX_EPOCH)
    }

    /// Adds a pair that triggers receive from now on (ClientMetadata), for example data of another
    /// request.
    #[must_use]
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.metadata.insert(name.into(), value.into());
        self
    }

    /// Sets data about the user's device.
    #[must_use]
    pub fn context_data(mut self, data: ContextData) -> Self {
        self.context.data = Some(data);
        self
    }

    pub(crate) fn new(open: &Open) -> Self {
        let Open { attempt, username, challenge, deadline, app_is_verified: _ } = open;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        let session = challenge.session.as_ref();
        Self {
            version: VERSION,
            pool: attempt.pool.id().as_str().to_owned(),
            client: attempt.pool.client_id().as_str().to_owned(),
            by_admin: attempt.admin.is_some(),
            typed: attempt.typed.clone(),
            store_as: attempt.store_as.clone(),
            store_device_as: attempt.store_device_as.clone(),
            context: attempt.context.clone(),
            device: attempt.device.as_ref().map(Into::into),
            username: username.clone(),
            name: challenge.name.clone(),
            session: session.map(|session| SerializedSecret::from(session.expose_secret())),
            parameters: challenge.parameters.clone(),
            available: challenge.available.clone(),
            deadline: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            set_up: None,
        }
    }

    /// Adds the key of the authenticator app that is being set up.
    pub(crate) fn with_app(self, open: &Open, secret: &SoftwareTokenSecret) -> Self {
        let secret = SerializedSecret::from(secret.expose_secret());
        Self { set_up: Some(SetUp { secret, verified: open.app_is_verified }), ..self }
    }

    /// Returns the challenge, and the key of the authenticator app that is being set up.
    pub(crate) fn open(
        self,
        pool: UserPool,
        admin: Option<AdminAccess>,
    ) -> Result<(Open, Option<SoftwareTokenSecret>), Error> {
        self.check(&pool, admin.is_some())?;
        let deadline = self.deadline();
        let attempt = Box::new(Attempt {
            pool,
            admin,
            typed: self.typed,
            store_as: self.store_as,
            store_device_as: self.store_device_as,
            context: self.context,
            device: self.device.map(Into::into),
            seeks_device: false,
            known_as: Some(self.username.clone()),
        });
        let challenge = ReceivedChallenge {
            name: self.name,
            session: self.session.map(|session| session.expose_secret().into()),
            parameters: self.parameters,
            available: self.available,
        };
        let app_is_verified = self.set_up.as_ref().is_some_and(|set_up| set_up.verified);
        let open = Open { attempt, username: self.username, challenge, deadline, app_is_verified };
        let secret = self.set_up.map(|set_up| set_up.secret.expose_secret().into());
        Ok((open, secret))
    }

    fn check(&self, pool: &UserPool, by_admin: bool) -> Result<(), Error> {
        let refuse = |text: &str| Err(Error::from(Cause::new(text)));
        if self.version != VERSION {
            return refuse("the challenge was saved by another version; start the sign-in again");
        }
        if self.pool != pool.id().as_str() || self.client != pool.client_id().as_str() {
            return refuse("the challenge is of another pool or app client");
        }
        if self.by_admin && !by_admin {
            return refuse("an administrator started this sign-in; resume it on `as_admin`");
        }
        if !self.by_admin && by_admin {
            return refuse("no administrator started this sign-in; resume it on the pool");
        }
        if self.deadline() <= pool.clock().now() {
            return Err(ErrorKind::ChallengeExpired.into());
        }
        Ok(())
    }
}

impl fmt::Debug for SavedChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedChallenge").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Returns a challenge in the form that earlier versions saved.
    fn saved() -> Value {
        let device = json!({
            "version": 1, "device_key": "key", "device_group_key": "group", "device_password": "d",
        });
        json!({
            "version": 1, "pool": "eu-west-1_Ab12Cd34E", "client": "client", "by_admin": false,
            "typed": "alice", "store_as": "a", "store_device_as": "b",
            "context": { "metadata": {}, "data": null }, "device": device,
            "username": "alice", "name": "MFA_SETUP", "session": "c",
            "parameters": {}, "available": [], "deadline": 1,
            "set_up": { "secret": "e", "verified": true },
        })
    }

    #[test]
    fn the_format_stays_the_same() {
        let challenge: SavedChallenge = serde_json::from_value(saved()).unwrap();
        assert_eq!(serde_json::to_value(&challenge).unwrap(), saved());
        let mut unnamed = saved();
        unnamed["store_as"] = Value::Null;
        let challenge: SavedChallenge = serde_json::from_value(unnamed.clone()).unwrap();
        assert_eq!(serde_json::to_value(&challenge).unwrap(), unnamed);
    }

    #[test]
    fn errors_do_not_quote_a_secret_of_another_type() {
        for secret in [
            "/store_as",
            "/store_device_as",
            "/session",
            "/device/device_password",
            "/set_up/secret",
        ] {
            let mut wrong = saved();
            *wrong.pointer_mut(secret).unwrap() = 918_273.into();
            let error = serde_json::from_value::<SavedChallenge>(wrong).unwrap_err().to_string();
            assert!(error.starts_with("a secret must be a string"), "{secret}: {error}");
        }
    }
}
