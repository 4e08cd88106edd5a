//! Access of an administrator who signs users in.

use std::fmt;

use crate::transport::Transport;

/// Access of an administrator who signs users in: the transport that signs requests, and the name
/// of the password flow.
#[derive(Clone)]
pub(crate) struct AdminAccess {
    transport: Transport,
    legacy: bool,
}

impl AdminAccess {
    #[cfg(feature = "admin")]
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, legacy: false }
    }

    /// Returns the transport that signs requests.
    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Uses the name that the flow of a sent password had before 2020.
    #[cfg(feature = "admin")]
    pub(crate) fn legacy(self) -> Self {
        Self { legacy: true, ..self }
    }

    /// Returns the AuthFlow for a password that is sent.
    pub(crate) fn password_flow(&self) -> &'static str {
        if self.legacy { "ADMIN_NO_SRP_AUTH" } else { "ADMIN_USER_PASSWORD_AUTH" }
    }
}

impl fmt::Debug for AdminAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminAccess").field("legacy", &self.legacy).finish_non_exhaustive()
    }
}
