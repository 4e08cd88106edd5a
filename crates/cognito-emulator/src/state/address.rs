//! Addresses of users: the attributes with destinations of messages.

use serde::{Deserialize, Serialize};

use crate::state::attributes::{self, Attributes};
use crate::state::outbox::Medium;

/// The attributes that hold addresses.
pub(crate) const ATTRIBUTES: [&str; 2] = ["email", "phone_number"];

/// An address of a user for messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    medium: Medium,
    pub(crate) destination: String,
}

impl Address {
    /// Returns the address for the value of an attribute; `None` if the attribute has no addresses.
    pub(crate) fn new(attribute: &str, destination: impl Into<String>) -> Option<Self> {
        let medium = Medium::ALL.into_iter().find(|medium| medium.attribute() == attribute)?;
        Some(Self { medium, destination: destination.into() })
    }

    /// Returns the verified address in an attribute.
    pub(crate) fn verified(attribute: &str, attributes: &Attributes) -> Option<Self> {
        let address = Self::new(attribute, attributes.get(attribute)?)?;
        let flag = attributes.get(&address.flag())?;
        attributes::is_true(flag).then_some(address)
    }

    /// Returns a simulated address for a user who does not exist, the same at every call.
    pub(crate) fn simulated(username: &str) -> Self {
        Self { medium: Medium::Email, destination: format!("{username}@example.com") }
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// Returns the attribute of the address.
    pub(crate) fn attribute(&self) -> &'static str {
        self.medium.attribute()
    }

    /// Returns the attribute that says whether the address is verified.
    pub(crate) fn flag(&self) -> String {
        format!("{}_verified", self.attribute())
    }

    pub(crate) fn masked(&self) -> String {
        attributes::masked(&self.destination)
    }
}
