//! A sign-in under way: its settings and its device, and the loop over requests and responses.

use std::fmt;

use cognito_srp::{EphemeralKeyPair, Timestamp};
use cognito_types::{AccessToken, SerializedSecret};
use getrandom::SysRng;

use super::machine::{Inputs, Machine, Next, Question, newest_username};
use super::wire::{NewDevice, NewTokens, Request, Response};
use crate::admin_access::AdminAccess;
use crate::context::Context;
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::kept_device::KeptDevices;
use crate::pool::UserPool;
use crate::session::{Session, SessionDevice, SessionError};

/// A sign-in under way: its settings, and the device that it uses. It sends the requests of the
/// sign-in.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) pool: UserPool,
    /// The access of an administrator, if one sends the requests.
    pub(crate) admin: Option<AdminAccess>,
    /// The user name that was typed.
    pub(crate) typed: String,
    /// The name under which the session is stored.
    pub(crate) store_as: Option<SerializedSecret>,
    /// The name under which the device is stored, if it is not that of the session.
    pub(crate) store_device_as: Option<SerializedSecret>,
    pub(crate) context: Context,
    pub(crate) device: Option<DeviceCredentials>,
    /// True if the device should be loaded from the pool's store.
    pub(crate) seeks_device: bool,
    /// The user name of the service, once the device was looked up by it.
    pub(crate) known_as: Option<String>,
}

/// The names of the session and the device are not printed, because they can be cookies.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("pool", &self.pool)
            .field("admin", &self.admin)
            .field("typed", &self.typed)
            .field("context", &self.context)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The result of responding to challenges as far as possible.
pub(crate) enum Outcome {
    /// The user is signed in.
    SignedIn(Session),
    /// The application must respond to a challenge.
    Challenged(Question),
}

impl Attempt {
    /// Returns the values with which the machine responds without the application.
    pub(crate) fn inputs<'a>(&'a self, timestamp: &'a Timestamp) -> Inputs<'a> {
        let pool_name = self.pool.id().pool_name();
        Inputs { pool_name, timestamp, device: self.device.as_ref(), pair: &pair }
    }

    /// Sends one request and passes the response to the machine. All requests of a sign-in are sent
    /// here.
    pub(crate) async fn exchange(
        &mut self,
        machine: Machine,
        request: &Request,
    ) -> Result<Next, Error> {
        let sent = self.pool.app_client().send(request, &self.context, self.admin.as_ref()).await;
        let received = sent.map_err(|error| as_forgotten_device(request, error))?;
        self.find_device_of(&received.response).await;
        machine.receive(received.response, &self.inputs(&self.pool.timestamp_at(received.date)?))
    }

    /// Sends requests until the application must respond or the user is signed in.
    pub(crate) async fn run(&mut self, mut next: Next) -> Result<Outcome, SessionError> {
        loop {
            next = match next {
                Next::Send(machine, request) => self.exchange(machine, &request).await?,
                Next::Challenge(question) => return Ok(Outcome::Challenged(question)),
                Next::Done { username, tokens } => {
                    return self.begin(username, tokens).await.map(Outcome::SignedIn);
                }
            };
        }
    }

    async fn begin(
        &self,
        username: String,
        mut tokens: NewTokens,
    ) -> Result<Session, SessionError> {
        let device = match tokens.new_device.take() {
            Some(new) => self.confirm_device(&new, &tokens.access_token).await,
            None => self.device.clone().map(SessionDevice::known),
        };
        let kept_as = self.store_device_as.as_ref();
        let device = device.map(|device| device.kept_as(kept_as.cloned()));
        let name = self.store_as.clone();
        let begun = Session::begin(self.pool.clone(), username, name, tokens, device).await;
        if let Some(session) = begun.as_ref().map_or_else(SessionError::session, Some) {
            self.keep_device(session).await;
        }
        begun
    }

    /// Confirms a new device. The sign-in succeeds even if that fails.
    async fn confirm_device(&self, new: &NewDevice, token: &AccessToken) -> Option<SessionDevice> {
        let device = SessionDevice::confirm_new(&self.pool, token, new).await;
        let failed = |error: &Error| tracing::warn!(error = ?error.kind(), "the new device cannot be set up");
        device.inspect_err(failed).ok()
    }

    /// Loads the device from the pool's store, unless it was set.
    pub(crate) async fn find_device(&mut self) {
        if self.device.is_none() && self.seeks_device {
            self.device = self.kept_device(&self.typed).await;
        }
    }

    /// Loads the device by the user name of the service, once a response contains it.
    async fn find_device_of(&mut self, response: &Response) {
        let Response::Challenge(challenge) = response else { return };
        if let (None, true, Some(name)) =
            (&self.device, self.seeks_device, newest_username(challenge))
        {
            self.device = self.kept_device(name).await;
            self.known_as = Some(name.to_owned());
        }
    }

    async fn kept_device(&self, username: &str) -> Option<DeviceCredentials> {
        self.kept_devices()?.find(username).await
    }

    /// Drops the device, which the service has forgotten.
    pub(crate) async fn drop_device(&mut self) -> Result<(), Error> {
        self.seeks_device = false;
        let Some(device) = self.device.take() else { return Ok(()) };
        let Some(kept) = self.kept_devices() else { return Ok(()) };
        for name in [Some(&self.typed), self.known_as.as_ref()].into_iter().flatten() {
            kept.forget(name, device.key()).await?;
        }
        Ok(())
    }

    /// Stores the session's device for the next sign-in. Every sign-in stores it again, so that a
    /// store can remove devices that are no longer used.
    async fn keep_device(&self, session: &Session) {
        let (Some(device), Some(kept)) = (session.device(), self.kept_devices()) else { return };
        if let Err(error) = kept.keep(session.username(), &self.typed, &device).await {
            tracing::warn!(error = ?error.kind(), "the device cannot be kept in the token store");
        }
    }

    /// Returns the devices of this sign-in's name, or `None` for a sign-in without a name.
    ///
    /// An empty name counts as none: it may be a missing cookie, which browsers must not share.
    fn kept_devices(&self) -> Option<KeptDevices<'_>> {
        let name = self.store_device_as.as_ref().or(self.store_as.as_ref())?.expose_secret();
        if name.is_empty() {
            return None;
        }
        Some(KeptDevices { pool: &self.pool, name })
    }
}

fn pair() -> Result<EphemeralKeyPair, Error> {
    EphemeralKeyPair::generate(&mut SysRng).map_err(Error::no_random_numbers)
}

/// Converts wrong credentials in the proof of a device to
/// [`DeviceForgotten`](ErrorKind::DeviceForgotten): the user's password was accepted before.
fn as_forgotten_device(request: &Request, error: Error) -> Error {
    match request {
        Request::Respond(respond)
            if respond.challenge == "DEVICE_PASSWORD_VERIFIER"
                && error.kind() == ErrorKind::BadCredentials =>
        {
            Error::new(ErrorKind::DeviceForgotten).with_source(error)
        }
        _ => error,
    }
}
