//! `/passkeys/add`: adds a passkey for the user of the browser's session.

use std::sync::Arc;

use crate::flows::managed_login::request::Refusal;
use crate::flows::passkeys;
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Submitted,
};
use crate::operations::managed_login::login;
use crate::operations::managed_login::page::{AddPasskeyView, Message, View};
use crate::state::managed_login::AuthenticatedUser;
use crate::state::passkey::Registration;

/// The path of the page. A user without a session signs in first.
pub(crate) const PATH: &str = "/passkeys/add";

/// The field of the new passkey, RegistrationResponseJSON.
const CREDENTIAL: &str = "CREDENTIAL";

/// Returns the page, or the login page.
pub(crate) fn show(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    let authorizing = browser.page_request(service)?;
    Ok(match authorizing.continuing_user() {
        Some(user) => page(browser, &authorizing, user, Message::None),
        None => login::first_page(browser, &authorizing),
    })
}

/// Adds the passkey and redirects the browser to the application, or continues the sign-in if the
/// form belongs to one.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    let submitted = browser.submitted(service, form)?;
    let Submitted { authorizing, form, .. } = &submitted;
    let is_of_sign_in = login::is_of_challenge(form) || !form.contains(CREDENTIAL);
    let Some(user) = authorizing.user.as_ref().filter(|_| !is_of_sign_in) else {
        return Ok(login::respond(browser, &submitted).await);
    };
    let added = match add(&submitted, user) {
        Ok(()) => authorizing.complete(browser, user.clone()).await,
        Err(error) => Err(error),
    };
    Ok(added.unwrap_or_else(|error| page(browser, authorizing, user, error.into())))
}

/// Returns the page for a user.
pub(super) fn page(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
    user: &AuthenticatedUser,
    message: Message,
) -> BrowserResponse {
    let registration = registration(authorizing, user);
    let options = authorizing.context.step(|step| passkeys::start(step, registration));
    match options {
        Ok(options) => {
            let options = serde_json::to_string(&options).unwrap_or_default();
            let view = AddPasskeyView { username: user.username.clone(), options };
            authorizing.page(browser, View::AddPasskey(view), message)
        }
        Err(error) => authorizing.page(browser, View::Ended, error.into()),
    }
}

fn add(submitted: &Submitted, user: &AuthenticatedUser) -> Result<(), ServiceError> {
    submitted.check_form()?;
    let Submitted { authorizing, form, .. } = submitted;
    let credential = form.get(CREDENTIAL).and_then(|text| serde_json::from_str(text).ok());
    let registration = registration(authorizing, user);
    authorizing.context.step(|step| passkeys::complete(step, &registration, credential))
}

fn registration(authorizing: &Authorizing, user: &AuthenticatedUser) -> Registration {
    let client_id = authorizing.request.client_id.clone();
    Registration { username: user.username.clone(), client_id }
}
