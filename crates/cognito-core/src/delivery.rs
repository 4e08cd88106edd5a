//! Delivery of codes to users.

/// The destination of a code, as the service reports it (CodeDeliveryDetails).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeDelivery {
    pub(crate) destination: String,
    pub(crate) medium: Option<String>,
    pub(crate) attribute: Option<String>,
}

impl CodeDelivery {
    /// Returns the address or number with most characters hidden, such as `f***@e***`.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// Returns the medium: `EMAIL` or `SMS`.
    pub fn medium(&self) -> Option<&str> {
        self.medium.as_deref()
    }

    /// Returns the attribute that holds the address, such as `email`.
    pub fn attribute(&self) -> Option<&str> {
        self.attribute.as_deref()
    }
}
