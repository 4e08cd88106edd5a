//! `/login`: the page with user name, password and identity providers, and the pages of the
//! challenges that follow.
//!
//! The form has the field names of the classic hosted UI, because tests and scripts use them. The
//! field `_csrf` repeats the cookie `XSRF-TOKEN` (double submit). A form with the field `session`
//! responds to the challenge of that Session.

use std::sync::Arc;

use form_urlencoded::Serializer;

use crate::flows::managed_login::provider::{Provider, external};
use crate::flows::managed_login::request::Refusal;
use crate::flows::managed_login::sign_in::{self, Outcome};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Submitted,
};
use crate::operations::managed_login::page::{
    ConfirmView, LoginView, Message, ProviderLink, View, provider_label,
};
use crate::operations::managed_login::{challenge, passkey, recovery};
use crate::state::client::{Client, Flow};
use crate::state::pool::Pool;

/// The field of the button that continues with the user of the browser's session.
pub(crate) const CONTINUE: &str = "continueAsSignedInUser";

/// The field of the Session of a challenge.
const SESSION: &str = "session";

/// Returns the page.
pub(crate) fn show(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    let authorizing = browser.page_request(service)?;
    match authorizing.names_provider(|provider| matches!(provider, Provider::External(_))) {
        // No form is shown here; `/oauth2/authorize` redirects to the provider.
        true => Err(Refusal(format!("/oauth2/authorize?{}", browser.query))),
        false => Ok(first_page(browser, &authorizing)),
    }
}

/// Returns the page before a form is sent.
pub(super) fn first_page(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
) -> BrowserResponse {
    let view = view(authorizing, &authorizing.hinted_name());
    authorizing.page(browser, view, authorizing.first_message())
}

/// Continues a sign-in with a form, and redirects to the application or shows a page.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> Result<BrowserResponse, Refusal> {
    Ok(respond(browser, &browser.submitted(service, form)?).await)
}

/// Continues a sign-in with a parsed form.
pub(super) async fn respond(
    browser: &BrowserRequest<'_>,
    submitted: &Submitted,
) -> BrowserResponse {
    match advance(submitted).await {
        Ok(outcome) => follow(browser, &submitted.authorizing, outcome).await,
        Err(error) => rejected(browser, submitted, error),
    }
}

/// Returns whether a form responds to a challenge.
pub(super) fn is_of_challenge(form: &Parameters) -> bool {
    form.contains(SESSION)
}

/// Returns the response after a step of a sign-in: a redirect to the application, or the page of a
/// challenge.
pub(super) async fn follow(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
    outcome: Outcome,
) -> BrowserResponse {
    let error = match outcome {
        Outcome::SignedIn(user) if browser.adds_passkey => {
            let page = passkey::page(browser, authorizing, &user, Message::None);
            return authorizing.signed_in(browser, user, page);
        }
        Outcome::SignedIn(user) => match authorizing.complete(browser, user).await {
            Ok(response) => return response,
            Err(error) => error,
        },
        Outcome::Challenged(session) => {
            match challenge_view(authorizing, &session, &Parameters::default()) {
                Ok(view) => return authorizing.page(browser, view, Message::None),
                Err(error) => error,
            }
        }
    };
    let view = view(authorizing, "");
    authorizing.page(browser, view, error.into())
}

/// Returns the login page.
pub(super) fn view(authorizing: &Authorizing, username: &str) -> View {
    let Authorizing { context, request, parameters, .. } = authorizing;
    let signed_in_as = authorizing.continuing_user();
    let view = context.step(|step| {
        let (settings, client) = (&step.pool.settings, step.pool.client(&request.client_id)?);
        let has_form = client.settings.has_own_users();
        Ok(LoginView {
            has_form,
            has_password: !is_by_choice(step.pool, client),
            has_sign_up: has_form && !settings.only_admins_create_users(),
            has_recovery: has_form && !settings.recovery_attributes().is_empty(),
            username: username.to_owned(),
            signed_in_as: signed_in_as.map(|user| user.username.clone()),
            providers: provider_links(step.pool, client, parameters),
        })
    });
    view.map_or(View::Ended, View::Login)
}

/// Returns the links to the identity providers of an app client, with the same request.
fn provider_links(pool: &Pool, client: &Client, parameters: &Parameters) -> Vec<ProviderLink> {
    let link = |name: &str| {
        let request = parameters.clone().without("idp_identifier").with("identity_provider", name);
        let query = Serializer::new(String::new()).extend_pairs(request.iter()).finish();
        ProviderLink { label: provider_label(name), query }
    };
    external(pool, client).map(link).collect()
}

/// Executes the step for the fields of the form.
async fn advance(submitted: &Submitted) -> Result<Outcome, ServiceError> {
    submitted.check_form()?;
    let Submitted { authorizing, form, .. } = submitted;
    let Authorizing { context, request, .. } = authorizing;
    let client_id = &request.client_id;
    if form.contains(CONTINUE)
        && let Some(user) = authorizing.continuing_user()
    {
        return Ok(Outcome::SignedIn(user.clone()));
    }
    authorizing.check_provider()?;
    if let Some(session) = form.get(SESSION) {
        check_repeated_password(form)?;
        return sign_in::respond_with_form(context, client_id, session, form.clone()).await;
    }
    let username = form.required("username")?;
    let is_by_choice =
        context.step(|step| Ok(is_by_choice(step.pool, step.pool.client(client_id)?)))?;
    match form.get("password") {
        None if is_by_choice => sign_in::by_choice(context, client_id, username).await,
        _ => {
            let password = form.required("password")?;
            sign_in::with_password(context, client_id, username, password).await
        }
    }
}

/// Returns whether users select the first factor on a second page.
fn is_by_choice(pool: &Pool, client: &Client) -> bool {
    client.settings.allows(Flow::Choice) && pool.settings.allows_passwordless()
}

/// Shows the page again, with the error message and the input.
fn rejected(
    browser: &BrowserRequest<'_>,
    submitted: &Submitted,
    error: ServiceError,
) -> BrowserResponse {
    let Submitted { authorizing, form, .. } = submitted;
    let view = code_view(submitted, &error).unwrap_or_else(|| match form.get(SESSION) {
        // A Session that cannot be used again shows the final page.
        Some(session) => challenge_view(authorizing, session, form).unwrap_or(View::Ended),
        None => view(authorizing, &submitted.username()),
    });
    authorizing.page(browser, view, error.into())
}

/// Returns the page for the code that the user needs before the next sign-in, if an error requires
/// one.
fn code_view(submitted: &Submitted, error: &ServiceError) -> Option<View> {
    let username = challenged_user(submitted).unwrap_or_else(|| submitted.username());
    match error.name {
        "UserNotConfirmedException" => {
            Some(View::Confirm(ConfirmView { username, session: None, sent_to: None }))
        }
        "PasswordResetRequiredException" => {
            Some(recovery::confirm_view(&submitted.authorizing, username, None))
        }
        _ => None,
    }
}

/// Returns the user of the pending challenge, whose page has no field for the user name.
fn challenged_user(submitted: &Submitted) -> Option<String> {
    let Submitted { authorizing: Authorizing { context, request, .. }, form, .. } = submitted;
    let session = form.get(SESSION)?;
    let open = context.step(|step| sign_in::open_challenge(step, &request.client_id, session));
    open.ok().map(|challenge| challenge.attempt.username)
}

fn challenge_view(
    authorizing: &Authorizing,
    session: &str,
    typed: &Parameters,
) -> Result<View, ServiceError> {
    let Authorizing { context, request, .. } = authorizing;
    context.step(|step| challenge::view(step, &request.client_id, session, typed))
}

/// Checks the repeated new password, which scripts may omit.
pub(super) fn check_repeated_password(form: &Parameters) -> Result<(), ServiceError> {
    let repeated = form.get("confirmPassword");
    let new = form.get("NEW_PASSWORD").or_else(|| form.get("password"));
    match repeated.is_none_or(|repeated| Some(repeated) == new) {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter("The passwords do not match.")),
    }
}
