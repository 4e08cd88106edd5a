//! Sign-ins at identity providers: the redirect to the provider, the page of the built-in provider,
//! and `/oauth2/idpresponse`, to which other providers redirect the browser.

use std::sync::Arc;

use cognito_types::QuotaCategory;

use crate::flows::caller::Caller;
use crate::flows::context::Context;
use crate::flows::managed_login::claims::ProviderClaims;
use crate::flows::managed_login::external::{self, pool_of_state};
use crate::flows::managed_login::mock_provider::{self, Person};
use crate::flows::managed_login::oidc::ProviderError;
use crate::flows::managed_login::redirect::Target;
use crate::flows::service::Service;
use crate::flows::sign_in::parameters::Parameters;
use crate::operations::managed_login::browser::{
    Authorizing, BrowserRequest, BrowserResponse, Content, CookieChange,
};
use crate::operations::managed_login::page::{Message, MockProviderView, View};
use crate::operations::managed_login::pool;
use crate::operations::quota;
use crate::state::managed_login::ExternalSignIn;
use crate::state::members::Members;
use crate::state::quotas::{Allowance, Charge};

/// The form field of the buttons with listed users.
pub(crate) const PERSON: &str = "person";

/// The form field of the button that denies the sign-in.
pub(crate) const DENY: &str = "deny";

/// A pending sign-in at a provider.
struct Pending {
    state: String,
    sign_in: ExternalSignIn,
    authorizing: Authorizing,
}

/// Redirects the browser to a provider.
pub(super) async fn depart(
    browser: &BrowserRequest<'_>,
    authorizing: &Authorizing,
    provider: &str,
) -> BrowserResponse {
    let Authorizing { context, request, parameters, .. } = authorizing;
    let address = browser.return_address(&context.service);
    let begun = external::begin(context, request.clone(), provider, address, parameters).await;
    match begun {
        Ok(departure) => BrowserResponse {
            state: CookieChange::Set(departure.state),
            ..Content::Redirect(departure.location).into()
        },
        Err(error) => rejected(authorizing, &error),
    }
}

/// Returns the page of the built-in provider.
pub(crate) fn show_mock(service: &Arc<Service>, browser: &BrowserRequest<'_>) -> BrowserResponse {
    let query = Parameters::parse(browser.query.as_bytes()).unwrap_or_default();
    match Pending::at_mock(service, browser, query.get("state")) {
        Some(pending) => pending.mock_page(browser, Person::default(), Message::None),
        None => invalid_state(),
    }
}

/// Signs in the user in a form of the built-in provider.
pub(crate) async fn submit_mock(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
    form: &[u8],
) -> BrowserResponse {
    let form = Parameters::parse(form).unwrap_or_default();
    let Some(pending) = Pending::at_mock(service, browser, form.get("state")) else {
        return invalid_state();
    };
    let person = person(&form);
    let claims = match mock_provider::claims(&person) {
        _ if form.contains(DENY) => {
            Err(ProviderError::new("access_denied", Some("The user denied access")))
        }
        Ok(claims) => Ok(pending.mock_claims(&person, &claims)),
        Err(error) => {
            return pending.mock_page(browser, person, Message::Error(error.to_string()));
        }
    };
    match pending.end() {
        true => pending.finish(browser, claims).await,
        false => invalid_state(),
    }
}

/// Handles the redirect of a provider, with a code or an error.
pub(crate) async fn respond(
    service: &Arc<Service>,
    browser: &BrowserRequest<'_>,
) -> BrowserResponse {
    let query = Parameters::parse(browser.query.as_bytes()).unwrap_or_default();
    let Some(pending) = Pending::of(service, browser, query.get("state")) else {
        return invalid_state();
    };
    if !pending.end() {
        return invalid_state();
    }
    let claims = match (query.get("error"), query.get("code")) {
        (Some(code), _) => Err(ProviderError::new(code, query.get("error_description"))),
        (None, Some(code)) => {
            external::redeem(&pending.authorizing.context, &pending.sign_in, code).await
        }
        (None, None) => Err(ProviderError::invalid("The identity provider returned no code")),
    };
    pending.finish(browser, claims).await
}

impl Pending {
    /// Returns the pending sign-in of a state, which must match the browser's cookie: otherwise a
    /// sign-in that another browser started would sign in its user here (login CSRF).
    fn of(
        service: &Arc<Service>,
        browser: &BrowserRequest<'_>,
        state: Option<&str>,
    ) -> Option<Self> {
        let state = state.filter(|state| browser.state == Some(*state))?;
        let pool = service.pool(pool_of_state(state)?).ok()?;
        let pool = pool::at_host(service, pool, browser.host)?;
        let finding = Context::new(service, Arc::clone(&pool), Caller::default());
        let sign_in = finding.step(|step| Ok(external::open(step, state))).ok().flatten()?;
        let caller = Caller::browser(&sign_in.request.client_id);
        let context = Context::new(service, pool, caller.with_trigger_limit(browser.trigger_limit));
        let (parameters, mut request) = (Parameters::default(), sign_in.request.clone());
        if service.shared.has_unexpected_nonce {
            request.nonce.get_or_insert_with(|| sign_in.nonce.clone());
        }
        let authorizing = Authorizing { context, parameters, request, user: None };
        Some(Self { sign_in, authorizing, state: state.to_owned() })
    }

    /// Returns the pending sign-in of a state, if its provider is the built-in one: for other
    /// providers that page would sign in any user without authentication.
    fn at_mock(
        service: &Arc<Service>,
        browser: &BrowserRequest<'_>,
        state: Option<&str>,
    ) -> Option<Self> {
        Self::of(service, browser, state).filter(|pending| pending.sign_in.issuer.is_none())
    }

    /// Removes the state, which can be used once. Returns false if a concurrent request removed it.
    fn end(&self) -> bool {
        let ended = self.authorizing.context.step(|step| Ok(external::end(step, &self.state)));
        ended.unwrap_or_default()
    }

    /// Returns the claims of a listed user, in the form of the provider that the built-in one
    /// replaces.
    fn mock_claims(&self, person: &Person, claims: &Members) -> ProviderClaims {
        let kind = self.authorizing.context.step(|step| {
            let provider = step.pool.records.providers.get(&self.sign_in.provider);
            Ok(provider.map(|provider| provider.provider_type.clone()))
        });
        let kind = kind.ok().flatten().unwrap_or_default();
        ProviderClaims::of_mock(&person.subject, &kind, claims)
    }

    fn mock_page(
        &self,
        browser: &BrowserRequest<'_>,
        typed: Person,
        message: Message,
    ) -> BrowserResponse {
        let view = View::MockProvider(MockProviderView {
            provider: self.sign_in.provider.clone(),
            state: self.state.clone(),
            people: mock_provider::people(),
            typed,
        });
        self.authorizing.page(browser, view, message)
    }

    /// Signs in the user of the claims, and redirects the browser to the application, with an error
    /// if that fails.
    async fn finish(
        &self,
        browser: &BrowserRequest<'_>,
        claims: Result<ProviderClaims, ProviderError>,
    ) -> BrowserResponse {
        let response = match claims {
            Ok(claims) => self.complete(browser, &claims).await,
            Err(error) => rejected(&self.authorizing, &error),
        };
        BrowserResponse { state: CookieChange::Clear, ..response }
    }

    async fn complete(
        &self,
        browser: &BrowserRequest<'_>,
        claims: &ProviderClaims,
    ) -> BrowserResponse {
        let Self { sign_in, authorizing, .. } = self;
        let context = &authorizing.context;
        let charge = Charge::of(QuotaCategory::UserFederation, Allowance::Rate);
        let signed_in = match quota::count(&context.service, &charge) {
            Ok(()) => external::complete(context, sign_in, claims).await,
            Err(error) => Err(error),
        };
        let completed = match signed_in {
            Ok(user) => authorizing.complete(browser, user).await,
            Err(error) => Err(error),
        };
        completed.unwrap_or_else(|error| {
            Content::Redirect(Target::of(&authorizing.request).rejection(&error)).into()
        })
    }
}

/// Redirects the browser to the application with the error of a provider.
fn rejected(authorizing: &Authorizing, error: &ProviderError) -> BrowserResponse {
    let target = Target::of(&authorizing.request);
    let location = target.described(&error.code, error.description.as_deref());
    Content::Redirect(location).into()
}

/// Returns the error page for a state that is unknown, used, expired, or of another browser
/// (amplify-js#6291). The application's address is not known in these cases.
fn invalid_state() -> BrowserResponse {
    Content::Error("Invalid state").into()
}

/// Returns the user of the button, or of the form fields.
fn person(form: &Parameters) -> Person {
    let text = |name| form.get(name).unwrap_or_default().to_owned();
    let chosen = form.get(PERSON);
    let of_button =
        mock_provider::people().into_iter().find(|person| chosen == Some(person.subject.as_str()));
    of_button.unwrap_or_else(|| Person {
        subject: text("sub"),
        email: text("email"),
        name: text("name"),
        claims: text("claims"),
    })
}
