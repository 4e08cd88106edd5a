//! What stays the same throughout a sign-in, and the loop that goes from answer to answer.

use cognito_srp::{DeviceSecret, EphemeralKeyPair, SrpError, Timestamp};
use cognito_tokens::{AccessToken, SessionKey};
use getrandom::SysRng;

use super::SignIn;
use super::machine::{Machine, Means, Next};
use super::wire::{NewDevice, NewTokens, Request};
use crate::as_admin::AdminAccess;
use crate::challenge::{Challenge, Open};
use crate::context::Context;
use crate::device::DeviceCredentials;
use crate::error::{Error, ErrorKind};
use crate::pool::UserPool;
use crate::session::{Session, SessionDevice, replace_stored};

/// What stays the same throughout a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Journey {
    pub(crate) pool: UserPool,
    /// The means of an administrator, who then sends every request.
    pub(crate) admin: Option<AdminAccess>,
    /// The name that was typed.
    pub(crate) typed: String,
    /// The name under which the session is stored.
    pub(crate) store_as: Option<String>,
    pub(crate) context: Context,
    pub(crate) device: Option<DeviceCredentials>,
}

impl Journey {
    /// What the machine answers with by itself.
    pub(crate) fn means<'a>(&'a self, timestamp: &'a Timestamp) -> Means<'a> {
        let pool_name = self.pool.id().pool_name();
        Means { pool_name, timestamp, device: self.device.as_ref(), pair: &pair }
    }

    /// Sends one request and lets the machine see the answer.
    pub(crate) async fn exchange(
        &self,
        machine: Machine,
        request: &Request,
    ) -> Result<Next, Error> {
        let admin = self.admin.as_ref().map(AdminAccess::client);
        let sent = self.pool.carrier().send(request, &self.context, admin).await;
        let answer = sent.map_err(|error| blame_device(request, error))?;
        machine.receive(answer, &self.means(&self.pool.timestamp()?))
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
                    return self.begin(username, tokens).await.map(SignIn::Done);
                }
            };
        }
    }

    async fn begin(&self, username: String, mut tokens: NewTokens) -> Result<Session, Error> {
        let device = match tokens.new_device.take() {
            Some(new) => self.confirm_device(&new, &tokens.access_token).await,
            None => self.device.clone().map(|device| SessionDevice::new(device, false)),
        };
        let name = self.store_as.clone();
        Session::begin(self.pool.clone(), username, name, tokens, device).await
    }

    /// Makes a password for a device that the service has just got to know (ConfirmDevice).
    ///
    /// The user is signed in all the same if that fails; the next sign-in makes another device.
    async fn confirm_device(&self, new: &NewDevice, token: &AccessToken) -> Option<SessionDevice> {
        let secret = DeviceSecret::generate(&new.group_key, &new.key, &mut SysRng).ok()?;
        let (carrier, name) = (self.pool.carrier(), self.pool.device_name());
        let confirmed = carrier.confirm_device(token, &new.key, &secret, name).await;
        let undecided = confirmed.inspect_err(|error| {
            tracing::warn!(error = ?error.kind(), "the device was not confirmed");
        });
        let undecided = undecided.ok()?;
        let device = DeviceCredentials::new(&new.key, &new.group_key, secret.password());
        if let Err(error) = self.keep_device(Some(&device)).await {
            tracing::warn!(error = ?error.kind(), "the device cannot be kept in the token store");
        }
        Some(SessionDevice::new(device, undecided))
    }

    /// Takes the device from the pool's store, unless one was given.
    pub(crate) async fn find_device(&mut self) {
        if let (None, Some(store)) = (&self.device, self.pool.store()) {
            // Without a device that can be read the sign-in makes a new one.
            let loaded = store.load(&self.device_key()).await.unwrap_or_default();
            self.device = loaded.and_then(|(stored, _)| DeviceCredentials::decode(&stored).ok());
        }
    }

    /// Forgets the device, which the service has forgotten too.
    pub(crate) async fn drop_device(&mut self) -> Result<(), Error> {
        self.device = None;
        self.keep_device(None).await
    }

    async fn keep_device(&self, device: Option<&DeviceCredentials>) -> Result<(), Error> {
        let Some(store) = self.pool.store() else { return Ok(()) };
        let record = device.map(DeviceCredentials::encode).transpose()?;
        replace_stored(&**store, &self.device_key(), record).await.map(drop)
    }

    /// No user's name has spaces, so no session has this name by default.
    fn device_key(&self) -> SessionKey {
        let name = self.store_as.as_ref().unwrap_or(&self.typed);
        self.pool.session_key(format!("device of {name}"))
    }
}

fn pair() -> Result<EphemeralKeyPair, Error> {
    let failed = |error: SrpError| Error::new(ErrorKind::Configuration).with_source(error);
    EphemeralKeyPair::generate(&mut SysRng).map_err(failed)
}

/// Wrong credentials are the device's once the user's have been accepted.
fn blame_device(request: &Request, error: Error) -> Error {
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
