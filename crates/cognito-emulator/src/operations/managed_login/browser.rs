//! Browser requests to the pages, and their responses.

use std::sync::Arc;

use cognito_types::QuotaCategory;

use crate::flows::caller::{Caller, TriggerLimit};
use crate::flows::context::Context;
use crate::flows::managed_login::external::RETURN_PATH;
use crate::flows::managed_login::provider::{Provider, accepts_session, provider, without_page};
use crate::flows::managed_login::redirect::error_page;
use crate::flows::managed_login::request::{self, Prompt, Refusal, prompt};
use crate::flows::managed_login::{completion, session};
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::model::ServiceError;
use crate::operations::managed_login::page::{Frame, Message, Page, View};
use crate::operations::managed_login::{passkey, pool};
use crate::operations::quota;
use crate::state::managed_login::{AuthenticatedUser, AuthorizationRequest};
use crate::state::quotas::{Allowance, Charge};

/// A request of a browser.
pub(crate) struct BrowserRequest<'a> {
    /// True at the page that adds a passkey, where users sign in as well.
    pub(crate) adds_passkey: bool,
    pub(crate) query: &'a str,
    /// The host of the request.
    pub(crate) host: Option<&'a str>,
    pub(crate) is_https: bool,
    /// The session cookie.
    pub(crate) session: Option<&'a str>,
    /// The CSRF cookie, which forms must repeat.
    pub(crate) csrf: Option<&'a str>,
    /// The cookie with the state that an identity provider returns.
    pub(crate) state: Option<&'a str>,
    pub(crate) trigger_limit: TriggerLimit,
}

/// The response to a browser.
pub(crate) struct BrowserResponse {
    pub(crate) content: Content,
    pub(crate) session: CookieChange,
    /// The new CSRF cookie.
    pub(crate) csrf: Option<String>,
    pub(crate) state: CookieChange,
}

pub(crate) enum Content {
    Redirect(String),
    Page(Box<Page>),
    /// The error page, with the reason.
    Error(&'static str),
}

/// The change of a cookie.
pub(crate) enum CookieChange {
    Keep,
    Set(String),
    Clear,
}

/// A verified authorization request, with the data that a page needs.
pub(super) struct Authorizing {
    pub(super) context: Context,
    pub(super) parameters: Parameters,
    pub(super) request: AuthorizationRequest,
    /// The user with a session in the browser, who may continue without signing in.
    pub(super) user: Option<AuthenticatedUser>,
}

/// The languages of the pages (AWS guide, managed login localization). The choice is stored in a
/// cookie, but the pages are in English only.
const LANGUAGES: [&str; 11] =
    ["de", "en", "es", "fr", "id", "it", "ja", "ko", "pt-BR", "zh-CN", "zh-TW"];

/// A form that a browser sends.
pub(super) struct Submitted {
    pub(super) authorizing: Authorizing,
    pub(super) form: Parameters,
    admitted: Result<(), ServiceError>,
}

impl BrowserRequest<'_> {
    /// Returns the language of the query, which is stored in a cookie.
    pub(crate) fn language(&self) -> Option<&'static str> {
        let parameters = Parameters::parse(self.query.as_bytes())?;
        let wished = parameters.get("lang")?;
        LANGUAGES.into_iter().find(|language| *language == wished)
    }

    /// Verifies the authorization request in the query, as every page does again. With
    /// `prompt=none` no page is shown: such a request belongs to `/oauth2/authorize`.
    pub(super) fn page_request(&self, service: &Arc<Service>) -> Result<Authorizing, Refusal> {
        let authorizing = self.authorizing(service)?;
        match prompt(&authorizing.parameters) {
            Prompt::Silent => Err(Refusal(format!("/oauth2/authorize?{}", self.query))),
            Prompt::Default | Prompt::Login | Prompt::OfProvider => Ok(authorizing),
        }
    }

    /// Verifies the authorization request in the query.
    pub(super) fn authorizing(&self, service: &Arc<Service>) -> Result<Authorizing, Refusal> {
        let (context, parameters) = self.context(service)?;
        let checked = context.step(|step| {
            let id = parameters.get("client_id").unwrap_or_default();
            let user = session::user(step, self.session);
            let user = user.filter(|user| accepts_session(step.pool, id, &parameters, user));
            Ok((request::check(step.pool, &parameters), user))
        });
        let (request, user) = checked.map_err(|_| invalid(parameters.get("client_id")))?;
        Ok(Authorizing { request: request?, context, parameters, user })
    }

    /// Returns the pool of the app client in the query, and the parsed query.
    pub(super) fn context(&self, service: &Arc<Service>) -> Result<(Context, Parameters), Refusal> {
        let parameters = Parameters::parse(self.query.as_bytes()).ok_or_else(|| invalid(None))?;
        let id = parameters.get("client_id");
        let pool = id.and_then(|id| pool::of(service, id, self.host)).ok_or_else(|| invalid(id))?;
        let caller = Caller::browser(id.unwrap_or_default());
        let context = Context::new(service, pool, caller.with_trigger_limit(self.trigger_limit));
        Ok((context, parameters))
    }

    /// Returns the address that an identity provider redirects the browser to. It has the host of
    /// the request, to which the cookies belong. With a public URL, a proxy may have replaced the
    /// host, unless it is the domain of a pool.
    pub(super) fn return_address(&self, service: &Service) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        let is_replaced = service.shared.public_url.is_some();
        let host = self.host.filter(|host| !is_replaced || pool::of_host(service, host).is_some());
        match host {
            Some(host) => format!("{scheme}://{host}{RETURN_PATH}"),
            None => format!("{}{RETURN_PATH}", service.shared.browser_endpoint()),
        }
    }

    /// Returns the page of an authorization request.
    pub(super) fn show(
        &self,
        service: &Arc<Service>,
        view: impl FnOnce(&Authorizing) -> View,
    ) -> Result<BrowserResponse, Refusal> {
        let authorizing = self.page_request(service)?;
        Ok(authorizing.page(self, view(&authorizing), Message::None))
    }

    /// Parses the form of a page.
    pub(super) fn submitted(
        &self,
        service: &Arc<Service>,
        form: &[u8],
    ) -> Result<Submitted, Refusal> {
        let authorizing = self.page_request(service)?;
        let form = Parameters::parse(form).unwrap_or_default();
        let admitted = self.admit(service, &form);
        Ok(Submitted { authorizing, form, admitted })
    }

    /// Checks the CSRF token of the form, and counts the request (AWS guide, quotas).
    fn admit(&self, service: &Service, form: &Parameters) -> Result<(), ServiceError> {
        const STALE: &str = "The page has expired. Try again.";
        let token = form.get("_csrf");
        if token.is_none() || token != self.csrf {
            return Err(ServiceError::not_authorized(STALE));
        }
        quota::count(service, &Charge::of(QuotaCategory::UserAuthentication, Allowance::Rate))
    }
}

impl Submitted {
    /// Returns the error of a rejected form.
    pub(super) fn check_form(&self) -> Result<(), ServiceError> {
        self.admitted.clone()
    }

    /// Checks a form that is only for users of the pool itself.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        self.check_form()?;
        self.authorizing.check_provider()
    }

    /// Returns the user name in the form.
    pub(super) fn username(&self) -> String {
        self.form.get("username").unwrap_or_default().to_owned()
    }
}

impl Authorizing {
    /// Checks that users of the pool itself can sign in through the app client.
    pub(super) fn check_provider(&self) -> Result<(), ServiceError> {
        const MISSING: &str = "COGNITO is not among the client's providers.";
        self.context.step(|step| {
            let settings = &step.pool.client(&self.request.client_id)?.settings;
            match settings.has_own_users() {
                true => Ok(()),
                false => Err(ServiceError::not_authorized(MISSING)),
            }
        })
    }

    /// Returns the initial message of the login page: an error if the request names a provider that
    /// does not exist (aws-sdk-android#1808).
    pub(super) fn first_message(&self) -> Message {
        const UNKNOWN: &str = "Login option is not available. Please try another one";
        match self.names_provider(|provider| provider == Provider::Unknown) {
            true => Message::Error(UNKNOWN.to_owned()),
            false => Message::None,
        }
    }

    /// Returns whether the provider in the request is of a kind.
    pub(super) fn names_provider(&self, is_kind: impl Fn(Provider<'_>) -> bool) -> bool {
        let named = self.context.step(|step| {
            let client = step.pool.client(&self.request.client_id)?;
            Ok(is_kind(provider(step.pool, client, &self.parameters)))
        });
        named.unwrap_or_default()
    }

    /// Returns the user of the browser's session, if the request lets the user continue without a
    /// new sign-in.
    pub(super) fn continuing_user(&self) -> Option<&AuthenticatedUser> {
        let may_continue = match prompt(&self.parameters) {
            Prompt::Default | Prompt::Silent => true,
            Prompt::OfProvider => self.provider_without_page().is_none(),
            Prompt::Login => false,
        };
        let user = self.user.as_ref().filter(|_| may_continue)?;
        let now = self.context.step(|step| Ok(step.now())).ok()?;
        request::is_recent(&self.parameters, user.auth_time, now).then_some(user)
    }

    /// Returns the identity provider to which the browser is redirected without a page.
    pub(super) fn provider_without_page(&self) -> Option<String> {
        let provider = self.context.step(|step| {
            let client = step.pool.client(&self.request.client_id)?;
            Ok(without_page(step.pool, client, &self.parameters).map(str::to_owned))
        });
        provider.ok().flatten()
    }

    /// Returns whether a Session can be used.
    pub(super) fn has_open(&self, session: &str) -> bool {
        let open = self.context.step(|step| {
            let now = step.now();
            step.pool.challenge(session, now).map(drop)
        });
        open.is_ok()
    }

    /// Returns the user name that the application requests for the form (`login_hint`).
    pub(super) fn hinted_name(&self) -> String {
        self.parameters.get("login_hint").unwrap_or_default().to_owned()
    }

    /// Creates a session for the browser, and redirects it to the application.
    pub(super) async fn complete(
        &self,
        browser: &BrowserRequest<'_>,
        user: AuthenticatedUser,
    ) -> Result<BrowserResponse, ServiceError> {
        let Self { context, request, .. } = self;
        let location = completion::complete(context, request.clone(), user.clone()).await?;
        Ok(self.signed_in(browser, user, Content::Redirect(location).into()))
    }

    /// Returns a response with the cookies of a browser session. A user who continues the session
    /// of the browser gets a new cookie for it. A new sign-in ends it and starts another.
    pub(super) fn signed_in(
        &self,
        browser: &BrowserRequest<'_>,
        user: AuthenticatedUser,
        response: BrowserResponse,
    ) -> BrowserResponse {
        let continues = self.user.as_ref() == Some(&user);
        let session = if continues {
            self.context.step(|step| Ok(session::change_cookie(step, browser.session)))
        } else {
            session::end(&self.context.service, browser.session);
            self.context.step(|step| Ok(Some(session::start(step, user))))
        };
        let session = session.ok().flatten().map_or(CookieChange::Keep, CookieChange::Set);
        // A page in the response contains the current token.
        let fresh = || self.context.service.random().uuid();
        let csrf = Some(response.csrf.unwrap_or_else(fresh));
        BrowserResponse { session, csrf, ..response }
    }

    pub(super) fn page(
        &self,
        browser: &BrowserRequest<'_>,
        view: View,
        message: Message,
    ) -> BrowserResponse {
        let Self { context, request, .. } = self;
        let client_name = context.step(|step| {
            let client = step.pool.client(&request.client_id)?;
            Ok(client.name.clone())
        });
        // A token of the browser is kept, because scripts may send a token that they created.
        let fresh = || context.service.random().uuid();
        let csrf = browser.csrf.map_or_else(fresh, str::to_owned);
        let frame = Frame {
            client_name: client_name.unwrap_or_default(),
            sign_in_path: if browser.adds_passkey { passkey::PATH } else { "/login" },
            query: browser.query.to_owned(),
            csrf: csrf.clone(),
            message,
        };
        let content = Content::Page(Box::new(Page { frame, view }));
        BrowserResponse { csrf: Some(csrf), ..content.into() }
    }
}

fn invalid(client_id: Option<&str>) -> Refusal {
    Refusal(error_page("invalid_request", client_id))
}

impl From<Content> for BrowserResponse {
    fn from(content: Content) -> Self {
        Self { content, session: CookieChange::Keep, csrf: None, state: CookieChange::Keep }
    }
}

impl From<Refusal> for BrowserResponse {
    fn from(Refusal(location): Refusal) -> Self {
        Content::Redirect(location).into()
    }
}
