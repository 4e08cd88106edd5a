//! The challenge for a new password, which replaces a temporary one.

use std::collections::BTreeMap;

use cognito_types::Password;

use super::open::Open;
use super::passwords::EMPTY;
use super::respond::{Contents, Respond};
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::Parameters;

/// A challenge for a new password, which replaces a temporary one (NEW_PASSWORD_REQUIRED).
#[derive(Debug)]
#[must_use = "the sign-in ends unless the challenge is responded to"]
pub struct NewPassword {
    pub(super) open: Open,
}

/// The response that holds the password.
const PASSWORD: &str = "NEW_PASSWORD";

/// The prefix of attribute names in parameters and responses.
const PREFIX: &str = "userAttributes.";

impl NewPassword {
    /// Returns the names of the attributes that the pool requires and the user lacks, such as
    /// `email`.
    pub fn required_attributes(&self) -> Vec<String> {
        let names = self.open.names("requiredAttributes");
        let bare = names.iter().map(|name| name.strip_prefix(PREFIX).unwrap_or(name));
        bare.map(str::to_owned).collect()
    }

    /// Returns the attributes that the user has.
    pub fn user_attributes(&self) -> Attributes {
        let attributes = self.open.challenge.parameter("userAttributes").unwrap_or("{}");
        let pairs: BTreeMap<String, String> = serde_json::from_str(attributes).unwrap_or_default();
        pairs.into_iter().collect()
    }

    /// Responds with the new password; [`attributes`](Respond::attributes) adds the required
    /// attributes.
    ///
    /// # Errors
    ///
    /// [`InvalidPassword`](ErrorKind::InvalidPassword) for a password that violates the policy,
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) when required attributes are missing or
    /// malformed. Both return the challenge.
    pub fn respond(self, password: impl Into<Password>) -> Respond<Self> {
        let password: Password = password.into();
        let responses = Parameters::default().with(PASSWORD, password.expose_secret());
        let refusal = self.refusal(&responses);
        Respond { refusal, ..Respond::with(self, responses) }
    }

    /// Returns the error for a response that the service would certainly refuse.
    fn refusal(&self, responses: &Parameters) -> Option<Error> {
        if responses.get(PASSWORD).is_none_or(str::is_empty) {
            return Some(Error::new(ErrorKind::InvalidPassword).with_detail(EMPTY).of_user());
        }
        let given = |name: &String| responses.get(&format!("{PREFIX}{name}"));
        let mut missing = self.required_attributes();
        missing.retain(|name| given(name).is_none_or(|value| value.trim().is_empty()));
        if missing.is_empty() {
            return None;
        }
        let names = missing.join(", ");
        let detail = format!("the user pool requires {names}; add them with `attributes`");
        let error = Error::new(ErrorKind::InvalidParameter).with_detail(detail);
        // The application asked for them, and the user left them blank.
        let are_blank = missing.iter().all(|name| given(name).is_some());
        Some(if are_blank { error.of_user() } else { error })
    }
}

impl Respond<NewPassword> {
    /// Adds attributes of the user. The service refuses attributes that the user already has.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        if let Contents::Responses(responses) = self.contents {
            let responses = attributes
                .into_iter()
                .fold(responses, |all, (name, value)| all.with(format!("{PREFIX}{name}"), value));
            self.refusal = self.challenge.refusal(&responses);
            self.contents = Contents::Responses(responses);
        }
        self
    }
}
