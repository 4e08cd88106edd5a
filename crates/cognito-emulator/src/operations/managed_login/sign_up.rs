//! `/signup`, `/confirm` and `/resendcode`: creates a user, and confirms the user with a code.

use std::sync::Arc;

use serde_json::json;

use crate::flows::managed_login::request::Refusal;
use crate::flows::managed_login::sign_in;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::api::{self, ApiResponse};
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Submitted,
};
use crate::operations::managed_login::login;
use crate::operations::managed_login::page::{
    ATTRIBUTE, ConfirmView, Message, SignUpView, View, attribute_fields,
};
use crate::state::address;
use crate::state::attributes;

/// Returns the page of a sign-up.
pub(crate) fn show(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    let empty = Parameters::default();
    browser.show(service, |authorizing| {
        view(authorizing, &empty.with("username", &authorizing.hinted_name()))
    })
}

/// Returns the page for a code that was sent earlier.
pub(crate) fn show_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    browser.show(service, |authorizing| {
        let username = authorizing.hinted_name();
        View::Confirm(ConfirmView { username, session: None, sent_to: None })
    })
}

/// Creates a user, and returns the page for the code. If PreSignUp confirmed the user, signs the
/// user in instead.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    let submitted = browser.submitted(service, form)?;
    let authorizing = &submitted.authorizing;
    Ok(match sign_up(&submitted).await {
        Ok(response) if response.user_confirmed => confirmed(browser, &submitted, response).await,
        Ok(response) => {
            let (username, session) = (submitted.username(), response.session.clone());
            let view = ConfirmView { username, session, sent_to: response.sent_to() };
            authorizing.page(browser, View::Confirm(view), Message::None)
        }
        Err(error) => authorizing.page(browser, view(authorizing, &submitted.form), error.into()),
    })
}

/// Confirms a user with the code, and signs the user in if the sign-up was in this browser.
pub(crate) async fn submit_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    let submitted = browser.submitted(service, form)?;
    Ok(match confirm(&submitted).await {
        Ok(response) => confirmed(browser, &submitted, response).await,
        Err(error) => {
            let view = View::Confirm(typed(&submitted));
            submitted.authorizing.page(browser, view, error.into())
        }
    })
}

/// Sends the code again.
pub(crate) async fn submit_resend(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    let submitted = browser.submitted(service, form)?;
    let (sent_to, message) = match resend(&submitted).await {
        Ok(sent_to) => (sent_to, Message::Notice("A new code was sent.".to_owned())),
        Err(error) => (None, error.into()),
    };
    let view = ConfirmView { sent_to, ..typed(&submitted) };
    Ok(submitted.authorizing.page(browser, View::Confirm(view), message))
}

/// Continues the Session of the sign-up, which counts as the first factor. Without a Session the
/// user must sign in. It is not measured whether the classic page signs the user in.
async fn confirmed(
    browser: &BrowserRequest<'_>,
    submitted: &Submitted,
    response: ApiResponse,
) -> BrowserResponse {
    let (authorizing, username) = (&submitted.authorizing, &submitted.username());
    let client_id = &authorizing.request.client_id;
    if let Some(session) = response.session {
        let signed_in =
            sign_in::after_sign_up(&authorizing.context, client_id, username, &session).await;
        if let Ok(outcome) = signed_in {
            return login::follow(browser, authorizing, outcome).await;
        }
    }
    let done = Message::Notice("The account is confirmed. Sign in.".to_owned());
    authorizing.page(browser, login::view(authorizing, username), done)
}

fn typed(submitted: &Submitted) -> ConfirmView {
    let session = submitted.form.get("session").map(str::to_owned);
    ConfirmView { username: submitted.username(), session, sent_to: None }
}

/// Returns the page of a sign-up, with the required attributes and the addresses that the pool
/// verifies.
fn view(authorizing: &Authorizing, typed: &Parameters) -> View {
    let view = authorizing.context.step(|step| {
        let settings = &step.pool.settings;
        let named_by = address::ATTRIBUTES.into_iter().filter(|name| settings.named_by(name));
        let named_by: Vec<_> = named_by.collect();
        let required: Vec<_> = attributes::required(&settings.schema).collect();
        let is_shown = |name: &&str| *named_by != [*name];
        let is_optional = |name: &&str| settings.verifies(name) && !required.contains(name);
        let optional = address::ATTRIBUTES.into_iter().filter(is_optional).filter(is_shown);
        Ok(SignUpView {
            username: typed.get("username").unwrap_or_default().to_owned(),
            needs_password: !settings.allows_passwordless(),
            rules: settings.password_policy().rules(),
            required: attribute_fields(required.iter().copied().filter(is_shown), typed),
            optional: attribute_fields(optional, typed),
            named_by,
        })
    });
    view.map_or(View::Ended, View::SignUp)
}

async fn sign_up(submitted: &Submitted) -> Result<ApiResponse, ServiceError> {
    submitted.check()?;
    let Submitted { authorizing, form, .. } = submitted;
    login::check_repeated_password(form)?;
    let given = form.with_prefix(ATTRIBUTE);
    let given = given.iter().filter(|(_, value)| !value.is_empty());
    let attributes: Vec<_> =
        given.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let request = json!({
        "ClientId": authorizing.request.client_id,
        "Username": form.required("username")?,
        "Password": form.get("password"),
        "UserAttributes": attributes,
    });
    api::call(&authorizing.context, "SignUp", request).await
}

async fn confirm(submitted: &Submitted) -> Result<ApiResponse, ServiceError> {
    submitted.check()?;
    let Submitted { authorizing, form, .. } = submitted;
    // The code is valid for longer than the Session, and also confirms the user without it. The
    // Session proves that the password was entered in this browser, so that without it the user
    // must sign in.
    let session = form.get("session").filter(|session| authorizing.has_open(session));
    let request = json!({
        "ClientId": authorizing.request.client_id,
        "Username": form.required("username")?,
        "ConfirmationCode": form.required("code")?,
        "Session": session,
    });
    let response = api::call(&authorizing.context, "ConfirmSignUp", request).await?;
    Ok(if session.is_some() { response } else { ApiResponse::default() })
}

async fn resend(submitted: &Submitted) -> Result<Option<String>, ServiceError> {
    submitted.check()?;
    let Submitted { authorizing, form, .. } = submitted;
    let request = json!({
        "ClientId": authorizing.request.client_id, "Username": form.required("username")?
    });
    let sent = api::call(&authorizing.context, "ResendConfirmationCode", request).await?;
    Ok(sent.sent_to())
}
