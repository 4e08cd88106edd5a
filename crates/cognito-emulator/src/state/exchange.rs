//! SRP exchanges that wait for their proof, found again by the SECRET_BLOCK that the client returns.

use cognito_srp::ServerExchange;

use crate::state::attempt::Attempt;

/// An exchange that waits for its proof. Like the service's, it may be tried many times.
pub(crate) struct Exchange {
    pub(crate) exchange: ServerExchange,
    pub(crate) secret_block: Vec<u8>,
    pub(crate) attempt: Attempt,
    pub(crate) prover: Prover,
    /// The Session that must come with the proof; a sign-in that begins with SRP has none.
    pub(crate) session: Option<String>,
}

/// The owner of the password that an exchange proves.
#[derive(Clone)]
pub(crate) enum Prover {
    User,
    /// A user who does not exist, or has no password, and can prove nothing.
    Unknown,
    /// A device, by its group key and its key.
    Device(String, String),
}
