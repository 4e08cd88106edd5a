//! A new password in place of a temporary one.

use std::collections::BTreeMap;

use cognito_types::Password;

use super::Open;
use super::passwords::EMPTY;
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind};
use crate::refused::Refused;
use crate::sign_in::SignIn;
use crate::sign_in::wire::Parameters;

/// NEW_PASSWORD_REQUIRED: a new password in place of a temporary one.
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is answered"]
pub struct NewPassword {
    pub(super) open: Open,
}

/// What stands before the names of attributes in parameters and answers.
const PREFIX: &str = "userAttributes.";

impl NewPassword {
    /// The attributes that the pool requires and the user lacks, by names such as `email`.
    pub fn required_attributes(&self) -> Vec<String> {
        let names = self.open.names("requiredAttributes");
        let bare = names.iter().map(|name| name.strip_prefix(PREFIX).unwrap_or(name));
        bare.map(str::to_owned).collect()
    }

    /// The attributes that the user has.
    pub fn user_attributes(&self) -> Attributes {
        let attributes = self.open.challenge.parameter("userAttributes").unwrap_or("{}");
        let pairs: BTreeMap<String, String> = serde_json::from_str(attributes).unwrap_or_default();
        pairs.into_iter().collect()
    }

    /// Answers with the new password.
    ///
    /// # Errors
    ///
    /// [`InvalidPassword`](ErrorKind::InvalidPassword) for one against the policy,
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) when required attributes are missing (see
    /// [`respond_with`](Self::respond_with)) or malformed. The challenge comes back with both.
    pub async fn respond(self, password: impl Into<Password>) -> Result<SignIn, Refused<Self>> {
        self.respond_with(password, Attributes::new()).await
    }

    /// Answers with the new password and the attributes that are required.
    ///
    /// Attributes that the user has already must not be among them. Dropping the future may lose
    /// the sign-in: the service may have taken the password.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub async fn respond_with(
        self,
        password: impl Into<Password>,
        attributes: Attributes,
    ) -> Result<SignIn, Refused<Self>> {
        let password: Password = password.into();
        if password.expose_secret().is_empty() {
            return Err(self.open.unsent(ErrorKind::InvalidPassword, EMPTY));
        }
        if let Some(error) = self.missing(&attributes) {
            return Err(Refused::unsent(error, self));
        }
        let answer = Parameters::default().with("NEW_PASSWORD", password.expose_secret());
        let answer = attributes
            .into_iter()
            .fold(answer, |answer, (name, value)| answer.with(format!("{PREFIX}{name}"), value));
        self.open.respond(answer).await
    }

    fn missing(&self, given: &Attributes) -> Option<Error> {
        let mut missing = self.required_attributes();
        missing.retain(|name| given.get(name).is_none_or(|value| value.trim().is_empty()));
        let names = missing.join(", ");
        let detail = || format!("the user pool requires {names}; pass them to `respond_with`");
        let error = || Error::new(ErrorKind::InvalidParameter).with_detail(detail());
        if missing.is_empty() {
            return None;
        }
        // The application asked for them, and the user left them blank.
        let are_blank = missing.iter().all(|name| given.get(name).is_some());
        Some(if are_blank { error().of_user() } else { error() })
    }
}
