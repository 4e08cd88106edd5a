//! Addresses of users: the attributes that messages go to.

use serde::{Deserialize, Serialize};

use crate::state::attributes::{self, Attributes};
use crate::state::outbox::Medium;

/// The attributes that hold addresses.
pub(crate) const ATTRIBUTES: [&str; 2] = ["email", "phone_number"];

/// An address of a user that messages can go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    medium: Medium,
    pub(crate) destination: String,
}

impl Address {
    /// Returns the address that an attribute holds, if it is one that can.
    pub(crate) fn new(attribute: &str, destination: impl Into<String>) -> Option<Self> {
        let medium = Medium::ALL.into_iter().find(|medium| medium.attribute() == attribute)?;
        Some(Self { medium, destination: destination.into() })
    }

    /// Returns the address that an attribute holds, if it was verified.
    pub(crate) fn verified(attribute: &str, attributes: &Attributes) -> Option<Self> {
        let address = Self::new(attribute, attributes.get(attribute)?)?;
        let flag = attributes.get(&address.flag())?;
        attributes::is_true(flag).then_some(address)
    }

    /// Returns the address that is shown for a user who does not exist, the same at every call.
    pub(crate) fn simulated(username: &str) -> Self {
        Self { medium: Medium::Email, destination: format!("{username}@example.com") }
    }

    pub(crate) fn medium(&self) -> Medium {
        self.medium
    }

    /// The attribute that holds it.
    pub(crate) fn attribute(&self) -> &'static str {
        self.medium.attribute()
    }

    /// The attribute that says whether the address was verified.
    pub(crate) fn flag(&self) -> String {
        format!("{}_verified", self.attribute())
    }

    pub(crate) fn masked(&self) -> String {
        attributes::masked(&self.destination)
    }
}
