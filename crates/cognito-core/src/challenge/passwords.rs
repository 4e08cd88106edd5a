//! Challenges for a password.

use cognito_types::Password;

use super::open::Open;
use super::respond::{Contents, Respond};
use crate::error::ErrorKind;
use crate::sign_in::wire::Parameters;

/// A challenge for a password that is proven over SRP, without sending it (PASSWORD_SRP).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct PasswordSrp {
    pub(super) open: Open,
}

impl PasswordSrp {
    /// Proves the password over SRP.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials) for a wrong password, which ends the sign-in.
    /// An empty password is not sent, and the challenge is returned.
    pub fn respond(self, password: impl Into<Password>) -> Respond<Self> {
        prove(self, password.into(), Parameters::default())
    }
}

/// A challenge for a password that is sent (PASSWORD, or ADMIN_NO_SRP_AUTH).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct PasswordChallenge {
    pub(super) open: Open,
}

impl PasswordChallenge {
    /// Sends the password to the service.
    ///
    /// # Errors
    ///
    /// [`BadCredentials`](ErrorKind::BadCredentials) for a wrong password, which ends the sign-in.
    /// An empty password is not sent, and the challenge is returned.
    ///
    /// # Security
    ///
    /// The password leaves the program.
    pub fn respond_over_the_wire(self, password: impl Into<Password>) -> Respond<Self> {
        send(self, &password.into(), Parameters::default())
    }
}

/// The message for an empty password.
pub(super) const EMPTY: &str = "the password is empty";

/// Responds with the SRP proof of a password.
pub(super) fn prove<C>(challenge: C, password: Password, with: Parameters) -> Respond<C> {
    if password.expose_secret().is_empty() {
        return Respond::invalid(challenge, ErrorKind::BadCredentials, EMPTY);
    }
    Respond::new(challenge, Contents::Proof(password, with))
}

/// Responds with a password that is sent.
pub(super) fn send<C>(challenge: C, password: &Password, with: Parameters) -> Respond<C> {
    if password.expose_secret().is_empty() {
        return Respond::invalid(challenge, ErrorKind::BadCredentials, EMPTY);
    }
    Respond::with(challenge, with.with("PASSWORD", password.expose_secret()))
}
