//! A challenge that waits outside of the program, as between two requests of a web server.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_types::SoftwareTokenSecret;
use serde::{Deserialize, Serialize};

use crate::as_admin::AdminAccess;
use crate::challenge::{Challenge, ChallengeKind, Open, SoftwareTokenSetup};
use crate::context::{Context, ContextData};
use crate::device;
use crate::error::{Cause, Error, ErrorKind};
use crate::pool::UserPool;
use crate::sign_in::journey::Journey;
use crate::sign_in::wire::ChallengeAnswer;
use crate::written::Written;

/// The version that is written; others are refused.
const VERSION: u32 = 1;

/// A challenge as data, to be answered later or elsewhere: [`UserPool::resume`].
///
/// It serializes to a few kilobytes in any format of serde.
///
/// # Security
///
/// Its secrets are serialized too: the Session, the device's password and the key of an app that
/// is being set up. Encrypt it before it leaves the program.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedChallenge {
    version: u32,
    pool: String,
    client: String,
    by_admin: bool,
    typed: String,
    store_as: Option<String>,
    context: Context,
    device: Option<device::Record>,
    username: String,
    name: String,
    session: Option<Written>,
    parameters: BTreeMap<String, String>,
    available: Vec<String>,
    /// Milliseconds since 1970.
    deadline: u64,
    set_up: Option<SetUp>,
}

/// An authenticator app whose key was handed out.
#[derive(Clone, Serialize, Deserialize)]
struct SetUp {
    secret: Written,
    verified: bool,
}

impl SavedChallenge {
    /// The name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of the challenge, by which a web server chooses the page to show.
    pub fn kind(&self) -> ChallengeKind {
        match self.set_up {
            Some(_) => ChallengeKind::SoftwareTokenSetup,
            None => ChallengeKind::of(&self.name),
        }
    }

    /// When the service stops taking answers.
    pub fn deadline(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.deadline)).unwrap_or(UNIX_EPOCH)
    }

    /// A pair that triggers receive from here on (ClientMetadata), as of another request.
    #[must_use]
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.metadata.insert(name.into(), value.into());
        self
    }

    /// What is known of the user's device from here on.
    #[must_use]
    pub fn context_data(mut self, data: ContextData) -> Self {
        self.context.data = Some(data);
        self
    }

    pub(crate) fn new(open: &Open) -> Self {
        let Open { journey, username, challenge, deadline } = open;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        let session = challenge.session.as_ref();
        Self {
            version: VERSION,
            pool: journey.pool.id().as_str().to_owned(),
            client: journey.pool.client_id().as_str().to_owned(),
            by_admin: journey.admin.is_some(),
            typed: journey.typed.clone(),
            store_as: journey.store_as.clone(),
            context: journey.context.clone(),
            device: journey.device.as_ref().map(Into::into),
            username: username.clone(),
            name: challenge.name.clone(),
            session: session.map(|session| Written::new(session.expose_secret())),
            parameters: challenge.parameters.clone(),
            available: challenge.available.clone(),
            deadline: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            set_up: None,
        }
    }

    pub(crate) fn with_set_up(self, secret: &SoftwareTokenSecret, verified: bool) -> Self {
        let secret = Written::new(secret.expose_secret());
        Self { set_up: Some(SetUp { secret, verified }), ..self }
    }

    pub(crate) fn resume(
        self,
        pool: UserPool,
        admin: Option<AdminAccess>,
    ) -> Result<Challenge, Error> {
        self.check(&pool, admin.is_some())?;
        let deadline = self.deadline();
        let set_up = self.set_up;
        let journey = Box::new(Journey {
            pool,
            admin,
            typed: self.typed,
            store_as: self.store_as,
            context: self.context,
            device: self.device.map(Into::into),
            seeks_device: false,
            known_as: Some(self.username.clone()),
        });
        let challenge = ChallengeAnswer {
            name: self.name,
            session: self.session.map(|session| session.expose_secret().into()),
            parameters: self.parameters,
            available: self.available,
        };
        let open = Open { journey, username: self.username, challenge, deadline };
        Ok(match set_up {
            Some(SetUp { secret, verified }) => {
                let secret = secret.expose_secret().into();
                Challenge::SoftwareTokenSetup(SoftwareTokenSetup::resumed(open, secret, verified))
            }
            None => Challenge::new(open),
        })
    }

    fn check(&self, pool: &UserPool, by_admin: bool) -> Result<(), Error> {
        let refuse = |text: &str| Err(Error::from(Cause::new(text)));
        if self.version != VERSION {
            return refuse("the challenge was saved by another version of this library");
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
