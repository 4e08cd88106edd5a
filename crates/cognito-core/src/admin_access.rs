//! The means of an administrator who signs users in.

use std::fmt;

use aws_sdk_cognitoidentityprovider::Client;

/// The means of an administrator, who signs users in with AWS credentials.
#[derive(Clone)]
pub(crate) struct AdminAccess {
    client: Client,
    legacy: bool,
}

impl AdminAccess {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, legacy: false }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Names the flow of a password over the wire as before 2020.
    pub(crate) fn legacy(self) -> Self {
        Self { legacy: true, ..self }
    }

    /// Returns the AuthFlow of a password that is sent.
    pub(crate) fn password_flow(&self) -> &'static str {
        if self.legacy { "ADMIN_NO_SRP_AUTH" } else { "ADMIN_USER_PASSWORD_AUTH" }
    }
}

impl fmt::Debug for AdminAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminAccess").field("legacy", &self.legacy).finish_non_exhaustive()
    }
}
