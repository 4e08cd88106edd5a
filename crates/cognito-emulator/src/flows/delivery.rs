//! Codes that are sent: where they go, what is said of that, and their check.

mod message_text;

use serde_json::{Value, json};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes};
use crate::state::outbox::{Medium, Message, MessageKind};
use crate::state::user::User;

/// Digits of a code, save those that stand for a password.
pub(crate) const CODE_DIGITS: usize = 6;

/// An address of a user that messages can go to.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) attribute: &'static str,
    pub(crate) destination: String,
}

impl Address {
    /// The address that an attribute holds, if it is one that can.
    pub(crate) fn new(attribute: &str, destination: impl Into<String>) -> Option<Self> {
        let attribute = ATTRIBUTES.into_iter().find(|known| *known == attribute)?;
        Some(Self { attribute, destination: destination.into() })
    }

    /// The address that an attribute holds, if it was verified.
    pub(crate) fn verified(attribute: &str, attributes: &Attributes) -> Option<Self> {
        let address = Self::new(attribute, attributes.get(attribute)?)?;
        let flag = attributes.get(&address.flag())?;
        attributes::is_true(flag).then_some(address)
    }

    pub(crate) fn medium(&self) -> Medium {
        if self.attribute == "email" { Medium::Email } else { Medium::Sms }
    }

    /// The attribute that says whether the address was verified.
    pub(crate) fn flag(&self) -> String {
        format!("{}_verified", self.attribute)
    }

    pub(crate) fn masked(&self) -> String {
        attributes::masked(&self.destination)
    }

    /// CodeDeliveryDetailsType.
    pub(crate) fn details(&self) -> Value {
        json!({
            "AttributeName": self.attribute,
            "DeliveryMedium": self.medium().as_str(),
            "Destination": self.masked(),
        })
    }
}

/// The attributes that hold addresses.
pub(crate) const ATTRIBUTES: [&str; 2] = ["email", "phone_number"];

/// What is said of a user who does not exist, the same at every call.
pub(crate) fn simulated_details(username: &str) -> Value {
    json!({
        "AttributeName": "email",
        "DeliveryMedium": Medium::Email.as_str(),
        "Destination": attributes::masked(&format!("{username}@example.com")),
    })
}

/// A code, when it ends, and where it went.
#[derive(Clone)]
pub(crate) struct SentCode {
    code: String,
    ends: u64,
    pub(crate) address: Address,
}

/// A code that a challenge asks for.
pub(crate) struct AskedCode {
    pub(crate) code: String,
    /// Where it went; none for a user without an address.
    pub(crate) address: Option<Address>,
}

impl SentCode {
    /// Checks a code against the one that was sent, and returns where that one went.
    pub(crate) fn check<'a>(
        sent: Option<&'a Self>,
        code: &str,
        now: u64,
    ) -> Result<&'a Address, ServiceError> {
        match sent.filter(|sent| sent.ends > now) {
            None => Err(ended()),
            Some(sent) if sent.code != code => Err(wrong_code()),
            Some(sent) => Ok(&sent.address),
        }
    }
}

pub(crate) fn wrong_code() -> ServiceError {
    ServiceError::code_mismatch("Invalid verification code provided, please try again.")
}

/// The refusal of a code that has ended or was never sent.
pub(crate) fn ended() -> ServiceError {
    ServiceError::expired_code("Invalid code provided, please request a code again.")
}

impl User {
    pub(crate) fn address(&self, attribute: &str) -> Option<Address> {
        Address::new(attribute, self.attributes().get(attribute)?)
    }

    pub(crate) fn verified_address(&self, attribute: &str) -> Option<Address> {
        Address::verified(attribute, self.attributes())
    }
}

impl Step<'_> {
    /// Sends a code that is good for so many seconds.
    pub(crate) fn send_code(
        &mut self,
        username: &str,
        to: &Address,
        kind: MessageKind,
        seconds: u64,
    ) -> SentCode {
        let code = self.random.digits(CODE_DIGITS);
        self.send(username, to, kind, code.clone());
        SentCode { code, ends: self.now().saturating_add(seconds), address: to.clone() }
    }

    /// Sends a code or a temporary password.
    pub(crate) fn send(&mut self, username: &str, to: &Address, kind: MessageKind, code: String) {
        let Some((subject, text)) = self.message_text(username, kind, to.medium(), &code) else {
            return;
        };
        let message = Message {
            pool_id: self.pool.id.to_string(),
            username: username.to_owned(),
            destination: to.destination.clone(),
            medium: to.medium(),
            kind,
            code,
            subject,
            text,
        };
        self.shared.outbox.push(message);
    }
}
