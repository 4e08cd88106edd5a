//! `/confirmUser`: the confirmation link in a message, which is not an authorization request.

use std::sync::Arc;

use serde_json::json;

use crate::flows::context::Context;
use crate::flows::managed_login::request::Refusal;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::api;
use crate::operations::managed_login::browser::{BrowserRequest, BrowserResponse, Content};
use crate::operations::managed_login::page::{Frame, Message, Page, View};

/// Confirms the account with the code in the link. No session is created.
pub(crate) async fn confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    const DONE: &str = "Your registration has been confirmed!";
    let (context, parameters) = browser.context(service)?;
    let message = match confirm_user(&context, &parameters).await {
        Ok(()) => Message::Notice(DONE.to_owned()),
        Err(error) => error.into(),
    };
    let client_name = context.step(|step| {
        let client = step.pool.client(parameters.get("client_id").unwrap_or_default())?;
        Ok(client.name.clone())
    });
    let frame = Frame {
        client_name: client_name.unwrap_or_default(),
        sign_in_path: "/login",
        query: String::new(),
        csrf: String::new(),
        message,
    };
    Ok(Content::Page(Box::new(Page { frame, view: View::Linked })).into())
}

async fn confirm_user(context: &Context, parameters: &Parameters) -> Result<(), ServiceError> {
    let request = json!({
        "ClientId": parameters.required("client_id")?,
        "Username": parameters.required("user_name")?,
        "ConfirmationCode": parameters.required("confirmation_code")?,
    });
    api::call(context, "ConfirmSignUp", request).await.map(drop)
}
