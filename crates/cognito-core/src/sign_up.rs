//! Registration of a user.

use std::collections::BTreeMap;

use cognito_tokens::Password;

use crate::carrier::SignUpRequest;
use crate::delivery::CodeDelivery;
use crate::error::Error;
use crate::pool::UserPool;

/// A registration in the making; [`password`](Self::password) is what it still lacks.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignUpBuilder {
    pool: UserPool,
    username: String,
}

impl SignUpBuilder {
    pub(crate) fn new(pool: UserPool, username: String) -> Self {
        Self { pool, username }
    }

    /// The password that the user chose.
    pub fn password(self, password: impl Into<Password>) -> SignUp {
        let request = SignUpRequest {
            username: self.username,
            password: password.into(),
            attributes: BTreeMap::new(),
            validation_data: BTreeMap::new(),
            metadata: BTreeMap::new(),
        };
        SignUp { pool: self.pool, request }
    }
}

/// A registration that can be sent.
#[derive(Clone, Debug)]
#[must_use]
pub struct SignUp {
    pool: UserPool,
    request: SignUpRequest,
}

impl SignUp {
    /// An attribute of the user, such as `email`, or `custom:team` for the pool's own.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.attributes.insert(name.into(), value.into());
        self
    }

    /// A pair that the pre sign-up trigger receives and nobody keeps (ValidationData).
    pub fn validation_data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.validation_data.insert(name.into(), value.into());
        self
    }

    /// A pair that triggers receive (ClientMetadata).
    pub fn client_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.metadata.insert(name.into(), value.into());
        self
    }

    /// Registers the user (SignUp).
    ///
    /// # Errors
    ///
    /// [`UserExists`](crate::ErrorKind::UserExists) for a name that is taken,
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for one against the policy,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for attributes that the pool does
    /// not know.
    pub async fn send(self) -> Result<SignedUp, Error> {
        let answer = self.pool.carrier().sign_up(&self.request).await?;
        Ok(SignedUp {
            subject: answer.subject,
            confirmed: answer.confirmed,
            delivery: answer.delivery,
        })
    }
}

/// A user who was registered.
#[derive(Clone, Debug)]
pub struct SignedUp {
    subject: String,
    confirmed: bool,
    delivery: Option<CodeDelivery>,
}

impl SignedUp {
    /// The user's id (`sub`), which never changes.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the user can sign in at once, because a trigger of the pool confirmed them.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Where the code that confirms the registration was sent, if one was.
    pub fn delivery(&self) -> Option<&CodeDelivery> {
        self.delivery.as_ref()
    }
}
