//! `/forgotPassword` and `/confirmForgotPassword`: a code for a forgotten password, and the new one.

use std::sync::Arc;

use serde_json::json;

use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::api;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Submitted,
};
use crate::operations::managed_login::login;
use crate::operations::managed_login::page::{Message, NewPasswordForCodeView, View};

/// Returns the page that asks for the user name.
pub(crate) fn show(service: &Arc<Service>, browser: &BrowserRequest<'_>) -> BrowserResponse {
    browser.show(service, |authorizing| View::ForgotPassword(authorizing.hinted_name()))
}

/// Returns the page that asks for a code which was sent before.
pub(crate) fn show_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> BrowserResponse {
    browser.show(service, |authorizing| confirm_view(authorizing, authorizing.hinted_name(), None))
}

/// Sends a code, and asks for it.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let Submitted { authorizing, form, admitted } = match browser.submitted(service, form) {
        Ok(submitted) => submitted,
        Err(refusal) => return refusal.into(),
    };
    let sent = match admitted {
        Ok(()) => send(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    let username = form.get("username").unwrap_or_default().to_owned();
    match sent {
        Ok(sent_to) => {
            let view = confirm_view(&authorizing, username, sent_to);
            authorizing.page(browser, view, Message::None)
        }
        Err(error) => authorizing.page(browser, View::ForgotPassword(username), error.into()),
    }
}

/// Sets the new password, and goes on with the sign-in.
pub(crate) async fn submit_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let Submitted { authorizing, form, admitted } = match browser.submitted(service, form) {
        Ok(submitted) => submitted,
        Err(refusal) => return refusal.into(),
    };
    let set = match admitted {
        Ok(()) => set_password(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    let username = form.get("username").unwrap_or_default();
    match set {
        Ok(()) => {
            const DONE: &str = "The password was changed. Sign in with it.";
            let view = login::view(&authorizing, username);
            authorizing.page(browser, view, Message::Notice(DONE.to_owned()))
        }
        Err(error) => {
            let view = confirm_view(&authorizing, username.to_owned(), None);
            authorizing.page(browser, view, error.into())
        }
    }
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

/// Sends a code, and returns the address that it went to, masked.
async fn send(
    authorizing: &Authorizing,
    form: &Parameters,
) -> Result<Option<String>, ServiceError> {
    authorizing.check_provider()?;
    let request = json!({
        "ClientId": authorizing.request.client_id, "Username": form.required("username")?
    });
    let sent = api::call(&authorizing.context, "ForgotPassword", request).await?;
    Ok(sent.sent_to())
}

async fn set_password(authorizing: &Authorizing, form: &Parameters) -> Result<(), ServiceError> {
    authorizing.check_provider()?;
    login::check_repeated_password(form)?;
    let request = json!({
        "ClientId": authorizing.request.client_id,
        "Username": form.required("username")?,
        "ConfirmationCode": form.required("code")?,
        "Password": form.required("password")?,
    });
    api::call(&authorizing.context, "ConfirmForgotPassword", request).await.map(drop)
}
