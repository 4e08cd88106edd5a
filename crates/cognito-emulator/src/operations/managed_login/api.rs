//! Calls of API operations by the pages, which follow the same rules.

use serde::Deserialize;
use serde_json::Value;

use crate::flows::context::Context;
use crate::model::{ServiceError, Target};
use crate::operations::Call;

/// The members of responses that pages use.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ApiResponse {
    pub(super) user_confirmed: bool,
    /// The Session of a sign-up.
    pub(super) session: Option<String>,
    code_delivery_details: CodeDeliveryDetails,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CodeDeliveryDetails {
    destination: Option<String>,
}

impl ApiResponse {
    /// Returns the masked address that a code was sent to.
    pub(super) fn sent_to(self) -> Option<String> {
        self.code_delivery_details.destination
    }
}

/// Calls an operation on behalf of a page.
pub(super) async fn call(
    context: &Context,
    operation: &str,
    request: Value,
) -> Result<ApiResponse, ServiceError> {
    let call = Call::read(Target::of_user_pools(operation), request)?;
    let response = call.run_for_client(&context.service, context.caller.clone()).await?;
    serde_json::from_str(&response).map_err(|error| ServiceError::internal(error.to_string()))
}
