//! Sends responses, and responds to the device challenges that may follow.

use cognito_types::Code;

use super::open::Open;
use super::respond::Contents;
use crate::error::{Error, ErrorKind};
use crate::refused::Refused;
use crate::session::SessionError;
use crate::sign_in::attempt::Outcome;
use crate::sign_in::machine::{Machine, with_device};
use crate::sign_in::wire::{Parameters, Request, Respond};

/// A failed response, by how far it got.
pub(super) enum Failure {
    /// The response was not sent.
    Unsent(Error),
    /// The response was sent and refused, or its outcome is unknown.
    Sent(Error),
    /// The response was accepted, and a later step failed.
    Accepted(SessionError),
}

impl Failure {
    fn is_of_device(&self) -> bool {
        let kind = match self {
            Self::Unsent(error) | Self::Sent(error) => error.kind(),
            Self::Accepted(error) => error.kind(),
        };
        kind == ErrorKind::DeviceForgotten
    }

    /// Returns the error with the challenge, if it is still open.
    pub(super) fn refuse<C>(self, challenge: C) -> Refused<C> {
        match self {
            Self::Unsent(error) => Refused::unsent(error, challenge),
            Self::Sent(error) => Refused::sent(error, challenge),
            Self::Accepted(error) => Refused::accepted(error),
        }
    }
}

impl Open {
    /// Sends a response and continues the sign-in.
    pub(super) async fn send(&mut self, contents: Contents) -> Result<Outcome, Failure> {
        let (machine, responses) = self.prepare(contents).await?;
        let responses = responses.with("USERNAME", &self.username);
        let request = Request::Respond(Respond {
            challenge: self.challenge.name.clone(),
            session: self.challenge.session.clone(),
            responses: with_device(responses, self.attempt.device.as_ref()),
        });
        let outcome = match self.attempt.exchange(machine, &request).await {
            Ok(next) => self.attempt.run(next).await.map_err(Failure::Accepted),
            Err(error) => Err(Failure::Sent(error)),
        };
        if outcome.as_ref().is_err_and(Failure::is_of_device) {
            // The next response or sign-in is sent without the device.
            let _ = self.attempt.drop_device().await;
        }
        outcome
    }

    async fn prepare(&mut self, contents: Contents) -> Result<(Machine, Parameters), Failure> {
        match contents {
            Contents::Responses(responses) => Ok((Machine::responded(&self.username), responses)),
            Contents::Proof(password, with) => {
                let timestamp = self.attempt.pool.timestamp().map_err(Failure::Unsent)?;
                let inputs = self.attempt.inputs(&timestamp);
                let proving = Machine::proving(&self.username, password, &inputs);
                let (machine, srp_a) = proving.map_err(Failure::Unsent)?;
                Ok((machine, with.and(srp_a)))
            }
            Contents::FirstCode(code, device_name) => {
                let verified = self.verify_app(&code, device_name.as_deref()).await;
                verified.map_err(Failure::Sent)?;
                Ok((Machine::responded(&self.username), Parameters::default()))
            }
        }
    }

    /// Sends VerifySoftwareToken, which returns the Session for the response to the challenge.
    async fn verify_app(&mut self, code: &Code, device_name: Option<&str>) -> Result<(), Error> {
        if self.app_is_verified {
            return Ok(());
        }
        let session = self.challenge.session.as_ref().ok_or(ErrorKind::Service)?;
        let client = self.attempt.pool.app_client();
        let next = client.verify_software_token(session, code, device_name).await?;
        self.set_session(next.ok_or(ErrorKind::Service)?);
        self.app_is_verified = true;
        Ok(())
    }
}
