//! `GET /oauth2/authorize`: redirects to the login page, to an identity provider, or directly back
//! to the application.

use std::sync::Arc;

use crate::flows::managed_login::completion;
use crate::flows::managed_login::redirect::{AuthorizationError, Target};
use crate::flows::managed_login::request::{Prompt, Refusal, prompt};
use crate::flows::service::Service;
use crate::operations::managed_login::browser::{BrowserRequest, BrowserResponse, Content};
use crate::operations::managed_login::external;

pub(crate) async fn authorize(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    let authorizing = browser.authorizing(service)?;
    let prompt = prompt(&authorizing.parameters);
    let (context, request) = (&authorizing.context, &authorizing.request);
    let completed = match authorizing.continuing_user().cloned() {
        Some(user) => completion::complete(context, request.clone(), user).await.ok(),
        None => None,
    };
    let location = match (completed, prompt) {
        (Some(location), _) => location,
        (None, Prompt::Silent) => Target::of(request).error(AuthorizationError::LoginRequired),
        (None, _) => match authorizing.provider_without_page() {
            Some(provider) => return Ok(external::depart(browser, &authorizing, &provider).await),
            // The page checks the same parameters again.
            None => format!("/login?{}", browser.query),
        },
    };
    Ok(Content::Redirect(location).into())
}
