//! State of managed login: authorization requests, codes, browser sessions, and pending sign-ins at
//! identity providers.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::expiring::Expiring;
use crate::state::newest::Newest;
use crate::state::part::Part;

/// The validity of a code in seconds (AWS guide, token endpoint).
const CODE_SECONDS: u64 = 300;

/// The validity of a browser session in seconds from the sign-in; use does not extend it (AWS
/// guide).
pub(crate) const SESSION_SECONDS: u64 = 3600;

/// The time limit of a sign-in at an identity provider in seconds; the service's is not known.
pub(crate) const EXTERNAL_SECONDS: u64 = 600;

/// The maximum number of pending sign-ins at identity providers in a pool. The parameters of each
/// can have 64 KB.
const MOST_EXTERNAL: usize = 2000;

/// The codes, browser sessions and pending sign-ins at identity providers of a pool.
#[derive(Default)]
pub(crate) struct ManagedLogin {
    codes: Expiring<AuthorizationCode>,
    /// By session cookie.
    sessions: Expiring<AuthenticatedUser>,
    /// By `state`, which the identity provider returns.
    external: Newest<ExternalSignIn, MOST_EXTERNAL>,
    /// Ids of browser sessions that were revoked with their tokens, with the time until which they
    /// are known. Only requests in progress need them, so that they are not saved.
    revoked_with_tokens: HashMap<String, u64>,
}

/// The part of an authorization that is in tokens, also after a refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The scopes, in the order of the request.
    pub(crate) scopes: Vec<String>,
    /// The audience of the access token (RFC 8707).
    pub(crate) resource: Option<String>,
}

/// A validated authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    /// One of the client's CallbackURLs.
    pub(crate) redirect_uri: String,
    pub(crate) response_type: ResponseType,
    pub(crate) state: Option<String>,
    pub(crate) grant: Grant,
    pub(crate) nonce: Option<String>,
    /// The S256 challenge of PKCE (RFC 7636).
    pub(crate) code_challenge: Option<String>,
}

/// The response type of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ResponseType {
    /// A code, in the query.
    Code,
    /// Tokens, in the fragment: the implicit grant.
    Token,
}

/// A user who signed in, through managed login or the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthenticatedUser {
    pub(crate) username: String,
    /// The `sub` of the user, which differs for a later user with the same name.
    pub(crate) sub: String,
    /// Seconds since 1970.
    pub(crate) auth_time: u64,
    /// The identity provider; `None` for the pool itself.
    #[serde(default)]
    pub(crate) provider: Option<String>,
    /// The session that the sign-in starts in the browser. `None` after a sign-in through the API,
    /// and in state files of emulators that did not list browser sessions: until they expire, such
    /// sessions are neither listed nor revoked.
    #[serde(default)]
    pub(crate) session: Option<BrowserSession>,
}

/// A session of a browser, which the service lists with the session type `SSO`.
///
/// Its cookie can change; its id does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BrowserSession {
    pub(crate) id: String,
    /// The app client of the sign-in. Others use the same session.
    pub(crate) client_id: String,
}

/// A pending sign-in at an identity provider.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ExternalSignIn {
    pub(crate) request: AuthorizationRequest,
    pub(crate) provider: String,
    /// The issuer to which the browser was redirected; `None` for the built-in provider.
    #[serde(default)]
    pub(crate) issuer: Option<String>,
    /// The nonce of the request to the provider.
    pub(crate) nonce: String,
    /// The redirect URI for the provider.
    pub(crate) redirect_uri: String,
}

/// An authorization whose code was not redeemed yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) request: AuthorizationRequest,
    pub(crate) user: AuthenticatedUser,
}

impl AuthenticatedUser {
    /// Returns whether the browser session of the user has an id.
    pub(crate) fn has_session(&self, id: &str) -> bool {
        self.session.as_ref().is_some_and(|own| own.id == id)
    }
}

impl Grant {
    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }

    /// Returns whether the scopes allow an attribute: `openid` alone and `profile` allow all
    /// attributes, `email` and `phone` only theirs (AWS guide, resource servers and scopes).
    pub(crate) fn shows(&self, attribute: &str) -> bool {
        let named =
            |scope: &str, prefix: &str| self.has_scope(scope) && attribute.starts_with(prefix);
        let narrowed = self.has_scope("email") || self.has_scope("phone");
        // Tokens of federated users have `identities` with any scopes.
        let is_shown = attribute == "sub" || attribute == "identities";
        let is_of_email = ["email", "email_verified"].contains(&attribute);
        is_shown
            || self.has_scope("profile")
            || !narrowed
            || (self.has_scope("email") && is_of_email)
            || named("phone", "phone_number")
    }
}

impl ResponseType {
    /// Returns the required entry of AllowedOAuthFlows.
    pub(crate) fn flow(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "implicit",
        }
    }
}

impl ManagedLogin {
    pub(crate) fn add_code(&mut self, code: String, authorization: AuthorizationCode, now: u64) {
        self.codes.insert(code, authorization, now.saturating_add(CODE_SECONDS), now);
    }

    /// Returns the authorization of an unused, unexpired code.
    pub(crate) fn code(&self, code: &str, now: u64) -> Option<&AuthorizationCode> {
        self.codes.running(code, now)
    }

    /// Removes a code, which cannot be redeemed again.
    pub(crate) fn spend_code(&mut self, code: &str) {
        self.codes.remove(code);
    }

    /// Adds a browser session with a new cookie.
    pub(crate) fn start_session(&mut self, cookie: String, user: AuthenticatedUser, now: u64) {
        let ends = user.auth_time.saturating_add(SESSION_SECONDS);
        self.sessions.insert(cookie, user, ends, now);
    }

    pub(crate) fn end_session(&mut self, cookie: &str) {
        self.sessions.remove(cookie);
    }

    /// Replaces the cookie of a browser session. Returns false if the session has ended, because it
    /// must not start again.
    pub(crate) fn change_cookie(&mut self, old: &str, new: String, now: u64) -> bool {
        let Some(user) = self.sessions.running(old, now).cloned() else { return false };
        self.sessions.remove(old);
        self.start_session(new, user, now);
        true
    }

    /// Ends the browser session with an id.
    pub(crate) fn revoke_session(&mut self, id: &str) {
        self.sessions.retain(|user| !user.has_session(id));
    }

    /// Rejects the codes of a revoked browser session, and the tokens that are being issued.
    pub(crate) fn revoke_grants_of(&mut self, id: &str, now: u64) {
        self.codes.retain(|code| !code.user.has_session(id));
        self.revoked_with_tokens.retain(|_, ends| now < *ends);
        self.revoked_with_tokens.insert(id.to_owned(), now.saturating_add(SESSION_SECONDS));
    }

    /// Checks that the browser session of a user was not revoked with its tokens.
    pub(crate) fn check_not_revoked(&self, user: &AuthenticatedUser) -> Result<(), ServiceError> {
        const REVOKED: &str = "The session has been revoked. Sign in again.";
        match user
            .session
            .as_ref()
            .is_some_and(|own| self.revoked_with_tokens.contains_key(&own.id))
        {
            true => Err(ServiceError::not_authorized(REVOKED)),
            false => Ok(()),
        }
    }

    /// Returns the unexpired browser sessions of a user.
    pub(crate) fn sessions_of(
        &self,
        username: &str,
        now: u64,
    ) -> impl Iterator<Item = &AuthenticatedUser> {
        self.sessions.all_running(now).filter(move |user| user.username == username)
    }

    /// Returns the user of a browser session.
    pub(crate) fn session(&self, cookie: &str, now: u64) -> Option<&AuthenticatedUser> {
        self.sessions.running(cookie, now)
    }

    /// Adds a pending sign-in. Expired sign-ins are dropped, and the oldest ones if there are too
    /// many, since any browser can start one.
    pub(crate) fn add_external(&mut self, state: String, sign_in: ExternalSignIn, now: u64) {
        self.external.drop_ended_before(now);
        self.external.insert(state, sign_in, now.saturating_add(EXTERNAL_SECONDS), now);
    }

    /// Returns the pending sign-in of an unused, unexpired state.
    pub(crate) fn external(&self, state: &str, now: u64) -> Option<&ExternalSignIn> {
        self.external.running(state, now)
    }

    /// Removes a pending sign-in, whose state cannot be used again.
    pub(crate) fn end_external(&mut self, state: &str) {
        self.external.remove(state);
    }

    pub(super) fn parts(&mut self) -> [(&'static str, &mut dyn Part); 3] {
        let Self { codes, sessions, external, revoked_with_tokens: _ } = self;
        [
            ("authorization codes", codes),
            ("browser sessions", sessions),
            ("external sign-ins", external),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'a>(scopes: &[&str], attributes: &[&'a str]) -> Vec<&'a str> {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let grant = Grant { scopes, resource: None };
        attributes.iter().copied().filter(|name| grant.shows(name)).collect()
    }

    #[test]
    fn pending_sign_ins_are_limited_and_dropped_when_they_expire() {
        let request = AuthorizationRequest {
            client_id: String::new(),
            redirect_uri: String::new(),
            response_type: ResponseType::Code,
            state: None,
            grant: Grant { scopes: Vec::new(), resource: None },
            nonce: None,
            code_challenge: None,
        };
        let [provider, nonce, redirect_uri] = [const { String::new() }; 3];
        let sign_in = ExternalSignIn { request, provider, issuer: None, nonce, redirect_uri };
        let mut login = ManagedLogin::default();
        for number in 0..6 * MOST_EXTERNAL {
            login.add_external(format!("{number:06}"), sign_in.clone(), 0);
            if number % 2 == 0 {
                login.end_external(&format!("{number:06}"));
            }
        }
        assert!(login.external.names() <= 2 * MOST_EXTERNAL, "{}", login.external.names());
        assert!(login.external("000001", 0).is_none());
        assert!(login.external(&format!("{:06}", 6 * MOST_EXTERNAL - 1), 0).is_some());
        login.add_external("later".to_owned(), sign_in, EXTERNAL_SECONDS + 1);
        assert_eq!(login.external.keys(), ["later"]);
    }

    #[test]
    fn scopes_allow_the_attributes_of_their_name() {
        let all = ["sub", "email", "email_verified", "phone_number", "name", "custom:tenant"];
        assert_eq!(shown(&["openid"], &all), all);
        assert_eq!(shown(&["openid", "profile", "email"], &all), all);
        assert_eq!(shown(&["openid", "email"], &all), ["sub", "email", "email_verified"]);
        assert_eq!(shown(&["openid", "phone"], &all), ["sub", "phone_number"]);
        assert_eq!(shown(&["openid", "email"], &["email_custom", "identities"]), ["identities"]);
    }
}
