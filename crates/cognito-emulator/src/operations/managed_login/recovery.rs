//! `/forgotPassword` and `/confirmForgotPassword`: sends a code for a forgotten password, and sets
//! a new password.

use std::sync::Arc;

use serde_json::json;

use crate::flows::managed_login::request::Refusal;
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::managed_login::api;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Submitted,
};
use crate::operations::managed_login::login;
use crate::operations::managed_login::page::{Message, NewPasswordForCodeView, View};

/// Returns the page with the field for the user name.
pub(crate) fn show(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    browser.show(service, |authorizing| View::ForgotPassword(authorizing.hinted_name()))
}

/// Returns the page for a code that was sent earlier.
pub(crate) fn show_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    browser.show(service, |authorizing| confirm_view(authorizing, authorizing.hinted_name(), None))
}

/// Sends a code, and returns the page for it.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    let submitted = browser.submitted(service, form)?;
    let (authorizing, username) = (&submitted.authorizing, submitted.username());
    Ok(match send(&submitted).await {
        Ok(sent_to) => {
            let view = confirm_view(authorizing, username, sent_to);
            authorizing.page(browser, view, Message::None)
        }
        Err(error) => authorizing.page(browser, View::ForgotPassword(username), error.into()),
    })
}

/// Sets the new password, and returns the login page.
pub(crate) async fn submit_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    const DONE: &str = "The password was changed. Sign in with it.";
    let submitted = browser.submitted(service, form)?;
    let (authorizing, username) = (&submitted.authorizing, submitted.username());
    let (view, message) = match set_password(&submitted).await {
        Ok(()) => (login::view(authorizing, &username), Message::Notice(DONE.to_owned())),
        Err(error) => (confirm_view(authorizing, username, None), error.into()),
    };
    Ok(authorizing.page(browser, view, message))
}

/// Returns the page of a code and a new password.
pub(super) fn confirm_view(
    authorizing: &Authorizing,
    username: String,
    sent_to: Option<String>,
) -> View {
    let rules = authorizing.context.step(|step| Ok(step.pool.settings.password_policy().rules()));
    let rules = rules.unwrap_or_default();
    View::ConfirmForgotPassword(NewPasswordForCodeView { username, sent_to, rules })
}

/// Sends a code, and returns the masked address.
async fn send(submitted: &Submitted) -> Result<Option<String>, ServiceError> {
    submitted.check()?;
    let Submitted { authorizing, form, .. } = submitted;
    let request = json!({
        "ClientId": authorizing.request.client_id, "Username": form.required("username")?
    });
    let sent = api::call(&authorizing.context, "ForgotPassword", request).await?;
    Ok(sent.sent_to())
}

async fn set_password(submitted: &Submitted) -> Result<(), ServiceError> {
    submitted.check()?;
    let Submitted { authorizing, form, .. } = submitted;
    login::check_repeated_password(form)?;
    let request = json!({
        "ClientId": authorizing.request.client_id,
        "Username": form.required("username")?,
        "ConfirmationCode": form.required("code")?,
        "Password": form.required("password")?,
    });
    api::call(&authorizing.context, "ConfirmForgotPassword", request).await.map(drop)
}
