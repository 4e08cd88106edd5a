//! `/login`: the page with user name and password, and its form.
//!
//! The form has the names of the classic hosted UI, which tests and scripts fill in: the field `_csrf`
//! repeats the cookie `XSRF-TOKEN` (double submit).

use std::sync::Arc;

use crate::flows::context::Context;
use crate::flows::managed_login::request::{Prompt, prompt};
use crate::flows::managed_login::{completion, session, sign_in};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::flows::sign_in::progress::{Progress, SignedIn};
use crate::model::ServiceError;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Content, SessionCookie,
};
use crate::operations::managed_login::form;
use crate::operations::quota;
use crate::state::managed_login::AuthenticatedUser;
use crate::state::quotas::{Allowance, Charge, QuotaCategory};

/// The login page.
pub(crate) struct LoginPage {
    /// The name of the app client.
    pub(crate) client_name: String,
    /// The query of the page, which the form repeats.
    pub(crate) query: String,
    pub(crate) csrf: String,
    /// Whether users of the pool itself sign in here.
    pub(crate) has_password: bool,
    pub(crate) username: String,
    /// The user whom the browser is signed in as, who can go on without a password.
    pub(crate) signed_in_as: Option<String>,
    pub(crate) error: Option<String>,
}

/// The field of the button that goes on as the user whom the browser is signed in as.
pub(crate) const CONTINUE: &str = "continueAsSignedInUser";

/// Returns the page.
pub(crate) fn show(service: &Arc<Service>, browser: &BrowserRequest<'_>) -> BrowserResponse {
    match browser.authorizing(service) {
        Ok(authorizing) => {
            let hint = authorizing.parameters.get("login_hint").unwrap_or_default().to_owned();
            page(browser, &authorizing, hint, None)
        }
        Err(refusal) => refusal.into(),
    }
}

/// Signs a user in with the form, and sends the browser back to the application.
pub(crate) async fn submit(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let authorizing = match browser.authorizing(service) {
        Ok(authorizing) => authorizing,
        Err(refusal) => return refusal.into(),
    };
    let form = form::parse(form).unwrap_or_default();
    let username = form.get("username").unwrap_or_default().to_owned();
    let signed_in = match admit(service, browser, &form) {
        Ok(()) => prove(&authorizing, &form).await,
        Err(error) => Err(error),
    };
    let completed = match signed_in {
        Ok(user) => complete(&authorizing, user).await,
        Err(error) => Err(error),
    };
    completed.unwrap_or_else(|error| {
        page(browser, &authorizing, username, Some(error.message.into_owned()))
    })
}

/// Checks that the form is of a page that the browser was shown, and counts it (AWS guide, quotas).
fn admit(
    service: &Service,
    browser: &BrowserRequest<'_>,
    form: &Parameters,
) -> Result<(), ServiceError> {
    const STALE: &str = "The page has expired. Try again.";
    let token = form.get("_csrf");
    if token.is_none() || token != browser.csrf {
        return Err(ServiceError::not_authorized(STALE));
    }
    let category = QuotaCategory::UserAuthentication;
    quota::count(service, &Charge { category, allowance: Allowance::Rate, in_pool: None })
}

/// Returns the user whom the form proves: by the password, or by the session of the browser.
async fn prove(
    authorizing: &Authorizing,
    form: &Parameters,
) -> Result<AuthenticatedUser, ServiceError> {
    let Authorizing { context, request, user, parameters } = authorizing;
    if let (Some(user), true) = (user, form.contains(CONTINUE) && offers_session(parameters)) {
        return Ok(user.clone());
    }
    context.step(|step| {
        let settings = &step.pool.client(&request.client_id)?.settings;
        match settings.supports_provider("COGNITO") {
            true => Ok(()),
            false => {
                Err(ServiceError::not_authorized("COGNITO is not among the client's providers."))
            }
        }
    })?;
    let username = form.required("username")?;
    let password = form.required("password")?;
    match sign_in::with_password(context, &request.client_id, username, password).await? {
        Progress::SignedIn(SignedIn { user, .. }) => Ok(user),
        Progress::Challenged(challenge) => Err(ServiceError::unsupported_operation(format!(
            "The challenge {} has no page in the emulator.",
            challenge.name
        ))),
    }
}

async fn complete(
    authorizing: &Authorizing,
    user: AuthenticatedUser,
) -> Result<BrowserResponse, ServiceError> {
    let Authorizing { context, request, .. } = authorizing;
    let location = completion::complete(context, request.clone(), user.clone()).await?;
    let cookie = context.step(|step| Ok((session::start(step, user), step.random.uuid())))?;
    Ok(BrowserResponse {
        content: Content::Redirect(location),
        session: SessionCookie::Set(cookie.0),
        csrf: Some(cookie.1),
    })
}

fn page(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
    username: String,
    error: Option<String>,
) -> BrowserResponse {
    let Authorizing { context, request, parameters, user } = authorizing;
    let known = client(context, &request.client_id).unwrap_or_default();
    let fresh = || context.service.random().uuid();
    // Scripts send a cookie of their own making: a token of the browser is kept.
    let csrf = browser.csrf.map_or_else(fresh, str::to_owned);
    let signed_in_as = user.as_ref().filter(|_| offers_session(parameters));
    let content = Content::Login(Box::new(LoginPage {
        client_name: known.0,
        has_password: known.1,
        query: browser.query.to_owned(),
        csrf: csrf.clone(),
        username,
        signed_in_as: signed_in_as.map(|user| user.username.clone()),
        error,
    }));
    BrowserResponse { csrf: Some(csrf), ..content.into() }
}

/// Returns the name of an app client, and whether users of the pool itself sign in there.
fn client(context: &Context, id: &str) -> Result<(String, bool), ServiceError> {
    context.step(|step| {
        let client = step.pool.client(id)?;
        Ok((client.name.clone(), client.settings.supports_provider("COGNITO")))
    })
}

fn offers_session(parameters: &Parameters) -> bool {
    prompt(parameters) != Prompt::Login
}
