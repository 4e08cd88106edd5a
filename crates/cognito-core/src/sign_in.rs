//! The sign-in: from a user name and a password to a session, with what is asked in between.

pub(crate) mod machine;
pub(crate) mod wire;

use cognito_srp::EphemeralKeyPair;
use cognito_tokens::Password;
use getrandom::SysRng;

use self::machine::{Machine, Next};
use self::wire::Request;
use crate::carrier::ClientMetadata;
use crate::challenge::{Challenge, Open};
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::session::Session;

/// A step of a sign-in: the user is signed in, or the service asks for more.
#[derive(Debug)]
#[must_use = "a challenge must be answered before the user is signed in"]
#[allow(clippy::exhaustive_enums)] // There is no third outcome.
pub enum SignIn {
    /// The user is signed in.
    Done(Session),
    /// The service asks for more.
    Challenge(Challenge),
}

/// A sign-in in the making; [`password`](Self::password) says how the user proves themselves.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignInBuilder {
    pool: UserPool,
    username: String,
}

impl SignInBuilder {
    pub(crate) fn new(pool: UserPool, username: String) -> Self {
        Self { pool, username }
    }

    /// Proves the password over SRP (USER_SRP_AUTH), so that it never leaves the program.
    pub fn password(self, password: impl Into<Password>) -> PasswordSignIn {
        let Self { pool, username } = self;
        let journey = Journey { pool, store_as: None, metadata: ClientMetadata::new() };
        PasswordSignIn { journey, username, password: password.into() }
    }
}

/// A sign-in with a password over SRP that can be sent.
#[derive(Clone, Debug)]
#[must_use]
pub struct PasswordSignIn {
    journey: Journey,
    username: String,
    password: Password,
}

impl PasswordSignIn {
    /// A pair that triggers receive (ClientMetadata), at every step of the sign-in.
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.journey.metadata.insert(name.into(), value.into());
        self
    }

    /// The name under which the pool's store keeps the session; the user's name unless set.
    pub fn store_as(mut self, name: impl Into<String>) -> Self {
        self.journey.store_as = Some(name.into());
        self
    }

    /// Starts the sign-in (InitiateAuth) and proves the password (RespondToAuthChallenge).
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials), or
    /// [`UserNotFound`](ErrorKind::UserNotFound) where the app client tells that much;
    /// [`UserNotConfirmed`](ErrorKind::UserNotConfirmed),
    /// [`UserDisabled`](ErrorKind::UserDisabled) and
    /// [`PasswordResetRequired`](ErrorKind::PasswordResetRequired) for users who cannot sign in;
    /// [`KeysUnavailable`](ErrorKind::KeysUnavailable), which carries the session, when the tokens
    /// cannot be verified yet.
    pub async fn send(self) -> Result<SignIn, Error> {
        let pair = EphemeralKeyPair::generate(&mut SysRng)
            .map_err(|error| Error::new(ErrorKind::Configuration).with_source(error))?;
        let (machine, request) = Machine::start_srp(&self.username, self.password, pair);
        let first = self.journey.exchange(machine, &request).await?;
        self.journey.go_on(first).await
    }
}

/// What stays the same throughout a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Journey {
    pub(crate) pool: UserPool,
    store_as: Option<String>,
    metadata: ClientMetadata,
}

impl Journey {
    /// Sends one request and lets the machine see the answer.
    pub(crate) async fn exchange(
        &self,
        machine: Machine,
        request: &Request,
    ) -> Result<Next, Error> {
        let answer = self.pool.carrier().send(request, &self.metadata).await?;
        machine.receive(answer, self.pool.id().pool_name(), &self.pool.timestamp()?)
    }

    /// Does by itself what it can, until the application is needed or the user is signed in.
    pub(crate) async fn go_on(&self, mut next: Next) -> Result<SignIn, Error> {
        loop {
            next = match next {
                Next::Send(machine, request) => self.exchange(machine, &request).await?,
                Next::Ask(question) => {
                    let open = Open::new(self.clone(), question);
                    return Ok(SignIn::Challenge(Challenge::new(open)));
                }
                Next::Done { username, tokens } => {
                    let name = self.store_as.clone();
                    let session = Session::begin(self.pool.clone(), username, name, tokens);
                    return session.await.map(SignIn::Done);
                }
            };
        }
    }
}
