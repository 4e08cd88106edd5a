//! Delivery of codes.

/// The destination of a code, as the service reports it (CodeDeliveryDetails).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeDelivery {
    pub(crate) destination: String,
    pub(crate) medium: Option<String>,
    pub(crate) attribute: Option<String>,
}

impl CodeDelivery {
    /// The address with most of its letters hidden, such as `f***@e***`.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// `EMAIL` or `SMS`.
    pub fn medium(&self) -> Option<&str> {
        self.medium.as_deref()
    }

    /// The attribute that the address is of, such as `email`.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }
}
