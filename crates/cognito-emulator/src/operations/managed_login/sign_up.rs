//! `/signup`, `/confirm` and `/resendcode`: a new user, and the code that confirms the user.

use std::sync::Arc;

use serde_json::json;

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
pub(crate) fn show(service: &Arc<Service>, browser: &BrowserRequest<'_>) -> BrowserResponse {
    let empty = Parameters::default();
    browser.show(service, |authorizing| {
        view(authorizing, &empty.with("username", &authorizing.hinted_name()))
    })
}

/// Returns the page that asks for a code which was sent before.
pub(crate) fn show_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> BrowserResponse {
    browser.show(service, |authorizing| {
        let username = authorizing.hinted_name();
        View::Confirm(ConfirmView { username, session: None, sent_to: None })
    })
}

/// Creates a user, and asks for the code; signs the user in if PreSignUp has confirmed the user.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let Submitted { authorizing, form, admitted } = match browser.submitted(service, form) {
        Ok(submitted) => submitted,
        Err(refusal) => return refusal.into(),
    };
    let signed_up = match admitted {
        Ok(()) => sign_up(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    let username = form.get("username").unwrap_or_default();
    match signed_up {
        Ok(response) if response.user_confirmed => {
            confirmed(browser, &authorizing, username, response).await
        }
        Ok(response) => {
            let (username, session) = (username.to_owned(), response.session.clone());
            let view = ConfirmView { username, session, sent_to: response.sent_to() };
            authorizing.page(browser, View::Confirm(view), Message::None)
        }
        Err(error) => authorizing.page(browser, view(&authorizing, &form), error.into()),
    }
}

/// Confirms a user by the code, and signs the user in if the sign-up was in this browser.
pub(crate) async fn submit_confirm(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let Submitted { authorizing, form, admitted } = match browser.submitted(service, form) {
        Ok(submitted) => submitted,
        Err(refusal) => return refusal.into(),
    };
    let response = match admitted {
        Ok(()) => confirm(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    match response {
        Ok(response) => {
            let username = form.get("username").unwrap_or_default();
            confirmed(browser, &authorizing, username, response).await
        }
        Err(error) => authorizing.page(browser, View::Confirm(typed(&form)), error.into()),
    }
}

/// Sends the code again.
pub(crate) async fn submit_resend(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let Submitted { authorizing, form, admitted } = match browser.submitted(service, form) {
        Ok(submitted) => submitted,
        Err(refusal) => return refusal.into(),
    };
    let sent = match admitted {
        Ok(()) => resend(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    let (sent_to, message) = match sent {
        Ok(sent_to) => (sent_to, Message::Notice("A new code was sent.".to_owned())),
        Err(error) => (None, error.into()),
    };
    let view = ConfirmView { sent_to, ..typed(&form) };
    authorizing.page(browser, View::Confirm(view), message)
}

/// Goes on with the Session of a sign-up, which stands for the first factor; without one the user
/// signs in. That the classic page signs the user in is not measured.
async fn confirmed(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
    username: &str,
    response: ApiResponse,
) -> BrowserResponse {
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

fn typed(form: &Parameters) -> ConfirmView {
    ConfirmView {
        username: form.get("username").unwrap_or_default().to_owned(),
        session: form.get("session").map(str::to_owned),
        sent_to: None,
    }
}

/// Returns the page of a sign-up, with the attributes that users must have, and the addresses that
/// the pool verifies.
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

async fn sign_up(
    authorizing: &Authorizing,
    form: &Parameters,
) -> Result<ApiResponse, ServiceError> {
    authorizing.check_provider()?;
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

async fn confirm(
    authorizing: &Authorizing,
    form: &Parameters,
) -> Result<ApiResponse, ServiceError> {
    authorizing.check_provider()?;
    // The code is good for longer than the Session, and confirms the user without it. It alone signs
    // nobody in: the Session stands for the password, which was typed in this browser.
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

async fn resend(
    authorizing: &Authorizing,
    form: &Parameters,
) -> Result<Option<String>, ServiceError> {
    authorizing.check_provider()?;
    let request = json!({
        "ClientId": authorizing.request.client_id, "Username": form.required("username")?
    });
    let sent = api::call(&authorizing.context, "ResendConfirmationCode", request).await?;
    Ok(sent.sent_to())
}
