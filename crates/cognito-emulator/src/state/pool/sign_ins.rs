//! Pending sign-ins of a pool: attempts, challenges and devices.

use super::Pool;
use crate::model::ServiceError;
use crate::state::attempt::{Attempt, Channel, TokenOccasion};
use crate::state::challenge::{Challenge, invalid_session};
use crate::state::device::Device;
use crate::state::user::User;

impl Pool {
    /// Creates an attempt for a user name, whose user may not exist.
    pub(crate) fn attempt(
        &self,
        username: String,
        client_id: &str,
        device_key: Option<&str>,
    ) -> Attempt {
        Attempt {
            sub: self.sub_of(&username),
            username,
            client_id: client_id.to_owned(),
            device_key: device_key.map(str::to_owned),
            device_proven: false,
            by_password: false,
            by_second_factor: false,
            custom: None,
            occasion: TokenOccasion::Authentication,
            channel: Channel::Api,
        }
    }

    /// Returns the `sub` of a user, if the user exists.
    pub(crate) fn sub_of(&self, username: &str) -> Option<String> {
        self.users.get(username).map(|user| user.sub.to_string())
    }

    /// Checks that a sign-in can continue after a trigger, which may have called the pool: the
    /// client must exist, and the user must be the same.
    pub(crate) fn check_attempt(&self, attempt: &Attempt) -> Result<(), ServiceError> {
        let client = self.client(&attempt.client_id)?;
        match self.sub_of(&attempt.username) == attempt.sub {
            true => Ok(()),
            false if client.settings.hides_users() => Err(ServiceError::bad_credentials()),
            false => Err(ServiceError::user_unknown()),
        }
    }

    /// Checks the same as [`check_attempt`](Self::check_attempt), and that the user is enabled and
    /// confirmed.
    pub(crate) fn check_may_sign_in(&self, attempt: &Attempt) -> Result<(), ServiceError> {
        self.check_attempt(attempt)?;
        self.users.get(&attempt.username).map_or(Ok(()), User::check_may_sign_in)
    }

    /// Returns the challenge of a valid Session.
    pub(crate) fn challenge(
        &mut self,
        session: &str,
        now: u64,
    ) -> Result<&mut Challenge, ServiceError> {
        let place = self.challenges.place(session, now)?;
        let challenge = place.as_mut().ok_or_else(invalid_session)?;
        let user = self.users.get(&challenge.attempt.username);
        match user.is_none_or(|user| challenge.attempt.sub.as_deref() == Some(&*user.sub)) {
            true => Ok(challenge),
            false => Err(invalid_session()),
        }
    }

    /// Removes and returns the challenge of a Session, which cannot be used afterwards.
    pub(crate) fn take_challenge(
        &mut self,
        session: &str,
        now: u64,
    ) -> Result<Challenge, ServiceError> {
        self.challenge(session, now)?;
        self.challenges.place(session, now)?.take().ok_or_else(invalid_session)
    }

    /// Returns the remembered device of a sign-in if it has not proven its password.
    ///
    /// An unknown device key is rejected, so that clients drop it and start again.
    pub(crate) fn unproven_device(
        &self,
        attempt: &Attempt,
    ) -> Result<Option<&Device>, ServiceError> {
        let Some(key) = attempt.device_key.as_deref().filter(|_| self.tracks_devices()) else {
            return Ok(None);
        };
        let user = self.users.get(&attempt.username).ok_or_else(ServiceError::user_unknown)?;
        let device = user.device(key)?;
        Ok((device.remembered && !attempt.device_proven).then_some(device))
    }

    pub(crate) fn tracks_devices(&self) -> bool {
        self.settings.device_configuration().is_some()
    }
}
