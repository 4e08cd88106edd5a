//! CodeDeliveryDetails: the delivery of a code, in responses.

use serde::Serialize;

use crate::state::address::Address;

/// CodeDeliveryDetailsType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CodeDeliveryDetails {
    attribute_name: &'static str,
    delivery_medium: &'static str,
    destination: String,
}

impl From<&Address> for CodeDeliveryDetails {
    fn from(address: &Address) -> Self {
        Self {
            attribute_name: address.attribute(),
            delivery_medium: address.medium().as_str(),
            destination: address.masked(),
        }
    }
}

/// A response with the delivery details of one code.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CodeSent {
    code_delivery_details: CodeDeliveryDetails,
}

impl CodeSent {
    pub(super) fn to(address: &Address) -> Self {
        Self { code_delivery_details: address.into() }
    }
}
