//! `GET /oauth2/authorize`: to the login page, or back to the application at once.

use std::sync::Arc;

use crate::flows::managed_login::completion;
use crate::flows::managed_login::redirect::{AuthorizationError, Target};
use crate::flows::managed_login::request::{Prompt, Refusal, prompt};
use crate::flows::service::Service;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Content,
};

pub(crate) async fn authorize(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> Result<BrowserResponse, Refusal> {
    let Authorizing { context, parameters, request, user } = browser.authorizing(service)?;
    let login_required = Target::of(&request).error(AuthorizationError::LoginRequired);
    let completed = match (prompt(&parameters), user) {
        (Prompt::Default | Prompt::Silent, Some(user)) => {
            completion::complete(&context, request, user).await.ok()
        }
        _ => None,
    };
    let location = match (completed, prompt(&parameters)) {
        (Some(location), _) => location,
        (None, Prompt::Silent) => login_required,
        // The page checks the same parameters again.
        (None, _) => format!("/login?{}", browser.query),
    };
    Ok(Content::Redirect(location).into())
}
