//! The authorization URL, at which a sign-in starts.

use std::fmt;

use cognito_tokens::is_loopback;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::error::ManagedLoginError;
use super::pending::PendingSignIn;
use super::{Inner, ManagedLogin};
use crate::post::max_form_length;

/// A builder of an [`AuthorizationRequest`].
#[derive(Clone)]
#[must_use = "no sign-in starts until it is built"]
pub struct AuthorizationUrl {
    login: ManagedLogin,
    redirect_uri: String,
    scopes: Option<Vec<String>>,
    prompts: Vec<Prompt>,
    provider: Option<(&'static str, String)>,
    options: Vec<(&'static str, String)>,
}

/// A page that managed login shows (`prompt` of OpenID Connect), in domains with version 2 of
/// managed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Prompt {
    /// Shows no page: without a session at the domain, the callback has
    /// [`LoginRequired`](super::RejectionKind::LoginRequired).
    None,
    /// Shows the sign-in page, even if there is a session.
    Login,
    /// Shows the choice of an account at the identity provider.
    SelectAccount,
    /// Shows the consent page of the identity provider.
    Consent,
}

impl Prompt {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::SelectAccount => "select_account",
            Self::Consent => "consent",
        }
    }
}

/// A sign-in to start: the URL for the browser, and the secrets for its callback.
#[derive(Clone)]
pub struct AuthorizationRequest {
    url: Zeroizing<String>,
    pending: PendingSignIn,
}

impl AuthorizationUrl {
    pub(super) fn new(login: ManagedLogin, redirect_uri: String) -> Self {
        let (prompts, options) = (Vec::new(), Vec::new());
        Self { login, redirect_uri, scopes: None, prompts, provider: None, options }
    }

    /// Requests these scopes instead of those of the [`ManagedLogin`].
    ///
    /// The service refuses a scope that the app client does not allow:
    /// [`InvalidScope`](super::RejectionKind::InvalidScope).
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: Some(scopes.into_iter().map(Into::into).collect()), ..self }
    }

    /// Skips the page of the domain and uses this identity provider: its name, `Google`,
    /// `Facebook`, `LoginWithAmazon`, `SignInWithApple`, or `COGNITO` for the pool's own users.
    pub fn identity_provider(self, name: impl Into<String>) -> Self {
        Self { provider: Some(("identity_provider", name.into())), ..self }
    }

    /// Uses the identity provider with this identifier (IdpIdentifiers), such as the domain of an
    /// e-mail address.
    pub fn idp_identifier(self, identifier: impl Into<String>) -> Self {
        Self { provider: Some(("idp_identifier", identifier.into())), ..self }
    }

    /// Fills the user name into the sign-in page.
    pub fn login_hint(self, username: impl Into<String>) -> Self {
        self.option("login_hint", username.into())
    }

    /// Adds a page to show, or [`Prompt::None`].
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompts.push(prompt);
        self
    }

    /// Sets the language of the pages, such as `pt-BR`.
    pub fn lang(self, language: impl Into<String>) -> Self {
        self.option("lang", language.into())
    }

    /// Binds the access token to a resource, which becomes its `aud`
    /// ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
    ///
    /// Pools of the tier Lite refuse it.
    pub fn resource(self, url: impl Into<String>) -> Self {
        self.option("resource", url.into())
    }

    /// Generates the secrets of the sign-in and returns them with its URL. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ManagedLoginError::InvalidSetting`] for a callback URL, scopes or prompts that the service
    /// never accepts; [`ManagedLoginError::NoRandomNumbers`].
    pub fn build(self) -> Result<AuthorizationRequest, ManagedLoginError> {
        let Inner { endpoint, scopes, .. } = &*self.login.inner;
        let scopes = self.scopes.as_ref().unwrap_or(scopes);
        check_redirect_uri(&self.redirect_uri)?;
        check_scopes(scopes)?;
        check_prompts(&self.prompts)?;
        let pending = PendingSignIn::new(&endpoint.client, &self.redirect_uri)?;
        let challenge = pending.code_challenge();
        let names: Vec<_> = self.prompts.iter().map(|prompt| prompt.name()).collect();
        let (scopes, prompts) = (scopes.join(" "), names.join(" "));
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", endpoint.client.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("state", pending.state()),
            ("nonce", pending.nonce()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let texts = [("scope", &*scopes), ("prompt", &*prompts)];
        query.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        let options = self.provider.iter().chain(&self.options);
        query.extend(options.map(|(name, value)| (*name, &**value)));
        let url = with_query(endpoint.domain.url("/oauth2/authorize"), &query);
        Ok(AuthorizationRequest { url, pending })
    }

    fn option(mut self, name: &'static str, value: String) -> Self {
        self.options.retain(|(known, _)| *known != name);
        self.options.push((name, value));
        self
    }
}

impl AuthorizationRequest {
    /// Returns the URL for the user's browser.
    ///
    /// It is valid for one sign-in of one browser, so it must not be cached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the secrets with which the callback is checked.
    pub fn pending(&self) -> &PendingSignIn {
        &self.pending
    }

    /// Returns the secrets, to keep them until the callback.
    pub fn into_pending(self) -> PendingSignIn {
        self.pending
    }
}

/// Returns a URL with a query, in a buffer that is allocated once and wiped: a growing buffer would
/// leave copies of the secrets.
fn with_query(url: Url, pairs: &[(&str, &str)]) -> Zeroizing<String> {
    let base = url.as_str().len() + "?".len();
    let mut text = String::with_capacity(base + max_form_length(pairs));
    text.push_str(url.as_str());
    text.push('?');
    Zeroizing::new(Serializer::for_suffix(text, base).extend_pairs(pairs).finish())
}

/// Refuses a callback URL that no app client can have.
fn check_redirect_uri(uri: &str) -> Result<(), ManagedLoginError> {
    const FORM: &str = "the callback URL must be an absolute URL without a fragment, over HTTPS \
                        unless its host is localhost or its scheme the application's own";
    let url = Url::parse(uri).map_err(|_| ManagedLoginError::InvalidSetting(FORM))?;
    let is_secure = url.scheme() != "http" || is_loopback(uri);
    if url.fragment().is_some() || !is_secure {
        return Err(ManagedLoginError::InvalidSetting(FORM));
    }
    Ok(())
}

/// Refuses scopes that no app client allows: the service reports them only to the callback.
pub(super) fn check_scopes(scopes: &[String]) -> Result<(), ManagedLoginError> {
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    let problem = if has("offline_access") {
        "the service has no scope offline_access; it issues refresh tokens without it"
    } else if ["email", "phone", "profile"].into_iter().any(has) && !has("openid") {
        "the scopes email, phone and profile require the scope openid"
    } else if scopes.iter().any(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
        "a scope is empty or has white space; give each scope on its own"
    } else {
        return Ok(());
    };
    Err(ManagedLoginError::InvalidSetting(problem))
}

fn check_prompts(prompts: &[Prompt]) -> Result<(), ManagedLoginError> {
    const ALONE: &str = "the prompt none cannot be combined with another one";
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(ManagedLoginError::InvalidSetting(ALONE));
    }
    Ok(())
}

impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A login hint is personal data.
        f.debug_struct("AuthorizationUrl")
            .field("login", &self.login)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL contains the state and the nonce.
        let pending = &self.pending;
        f.debug_struct("AuthorizationRequest").field("pending", pending).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_begins_after_the_question_mark() {
        let url = Url::parse("https://auth.example.com/oauth2/authorize").unwrap();
        let text = with_query(url, &[("a", "b c"), ("d", "é")]);
        assert_eq!(*text, "https://auth.example.com/oauth2/authorize?a=b+c&d=%C3%A9");
    }
}
