//! Requests of browsers to the pages, and the responses to them.

use std::sync::Arc;

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::context::Context;
use crate::flows::managed_login::redirect::error_page;
use crate::flows::managed_login::request::{self, Refusal};
use crate::flows::managed_login::session;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::login::LoginPage;
use crate::operations::managed_login::{form, pool};
use crate::state::managed_login::{AuthenticatedUser, AuthorizationRequest};

/// A request of a browser.
pub(crate) struct BrowserRequest<'a> {
    pub(crate) query: &'a str,
    /// The host that the browser calls.
    pub(crate) host: Option<&'a str>,
    /// The cookie of a session.
    pub(crate) session: Option<&'a str>,
    /// The cookie that forms are compared with.
    pub(crate) csrf: Option<&'a str>,
    pub(crate) trigger_limit: TriggerLimit,
}

/// The response to a browser.
pub(crate) struct BrowserResponse {
    pub(crate) content: Content,
    pub(crate) session: SessionCookie,
    /// The new cookie that forms are compared with.
    pub(crate) csrf: Option<String>,
}

pub(crate) enum Content {
    Redirect(String),
    Login(Box<LoginPage>),
    /// The page of a request that cannot be served, with the reason.
    Error(&'static str),
}

/// The change of a browser's session cookie.
pub(crate) enum SessionCookie {
    Keep,
    Set(String),
    Clear,
}

/// An authorization request that was checked, with what a page needs besides.
pub(super) struct Authorizing {
    pub(super) context: Context,
    pub(super) parameters: Parameters,
    pub(super) request: AuthorizationRequest,
    /// The user whom the browser is signed in as.
    pub(super) user: Option<AuthenticatedUser>,
}

/// The languages of the pages (AWS guide, managed login localization). Only the cookie knows them: the
/// text is English.
const LANGUAGES: [&str; 11] =
    ["de", "en", "es", "fr", "id", "it", "ja", "ko", "pt-BR", "zh-CN", "zh-TW"];

impl BrowserRequest<'_> {
    /// Returns the language that the query wishes, which a cookie keeps.
    pub(crate) fn language(&self) -> Option<&'static str> {
        let parameters = form::parse(self.query.as_bytes())?;
        let wished = parameters.get("lang")?;
        LANGUAGES.into_iter().find(|language| *language == wished)
    }

    /// Checks the authorization request that the query holds, on every page anew.
    pub(super) fn authorizing(&self, service: &Arc<Service>) -> Result<Authorizing, Refusal> {
        let invalid = |id| Refusal(error_page("invalid_request", id));
        let parameters = form::parse(self.query.as_bytes()).ok_or_else(|| invalid(None))?;
        let id = parameters.get("client_id");
        let pool = id.and_then(|id| pool::of(service, id, self.host)).ok_or_else(|| invalid(id))?;
        let caller = Caller::browser(id.unwrap_or_default());
        let context = Context::new(service, pool, caller.with_trigger_limit(self.trigger_limit));
        let checked = context.step(|step| {
            let user = session::user(step, self.session);
            Ok((request::check(step.pool, &parameters), user))
        });
        let (request, user) = checked.map_err(|_| invalid(id))?;
        Ok(Authorizing { request: request?, context, parameters, user })
    }
}

impl From<Content> for BrowserResponse {
    fn from(content: Content) -> Self {
        Self { content, session: SessionCookie::Keep, csrf: None }
    }
}

impl From<Refusal> for BrowserResponse {
    fn from(Refusal(location): Refusal) -> Self {
        Content::Redirect(location).into()
    }
}
