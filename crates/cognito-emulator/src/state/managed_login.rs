//! Managed login: authorization requests that were checked, codes, sessions of browsers, and sign-ins
//! that wait for an identity provider.

use serde::{Deserialize, Serialize};

use crate::state::expiring::Expiring;
use crate::state::newest::Newest;
use crate::state::part::Part;

/// Seconds for which a code can be redeemed (AWS guide, token endpoint).
const CODE_SECONDS: u64 = 300;

/// Seconds from the sign-in for which a browser is signed in; a use does not extend them (AWS guide).
pub(crate) const SESSION_SECONDS: u64 = 3600;

/// Seconds in which a user signs in at an identity provider; the service's are not known.
pub(crate) const EXTERNAL_SECONDS: u64 = 600;

/// Sign-ins of a pool that wait for identity providers. The parameters of each can have 64 KB.
const MOST_EXTERNAL: usize = 2000;

/// The codes, the sessions of browsers and the sign-ins under way at identity providers of a pool.
#[derive(Default)]
pub(crate) struct ManagedLogin {
    codes: Expiring<AuthorizationCode>,
    /// By the value of the session cookie.
    sessions: Expiring<AuthenticatedUser>,
    /// By the state that the identity provider returns.
    external: Newest<ExternalSignIn, MOST_EXTERNAL>,
}

/// The part of an authorization that ends up in tokens and stays when they are refreshed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The scopes in the order of the request.
    pub(crate) scopes: Vec<String>,
    /// The audience of the access token (RFC 8707).
    pub(crate) resource: Option<String>,
}

/// An authorization request that was checked.
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

/// The response that an application requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ResponseType {
    /// A code, in the query.
    Code,
    /// Tokens, in the fragment: the implicit grant.
    Token,
}

/// A user who signed in through managed login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthenticatedUser {
    pub(crate) username: String,
    /// The user's id, which a later user of the same name does not have.
    pub(crate) sub: String,
    /// Seconds since 1970.
    pub(crate) auth_time: u64,
    /// The identity provider; none for a sign-in at the pool itself.
    #[serde(default)]
    pub(crate) provider: Option<String>,
}

/// A sign-in that waits for an identity provider.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ExternalSignIn {
    pub(crate) request: AuthorizationRequest,
    pub(crate) provider: String,
    /// The issuer to which the browser was sent; none for the built-in provider.
    #[serde(default)]
    pub(crate) issuer: Option<String>,
    /// The nonce of the request to the provider.
    pub(crate) nonce: String,
    /// The address to which the provider sends the browser back.
    pub(crate) redirect_uri: String,
}

/// An authorization that waits for its code to be redeemed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationCode {
    pub(crate) request: AuthorizationRequest,
    pub(crate) user: AuthenticatedUser,
}

impl Grant {
    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }

    /// Returns whether the scopes show an attribute: `openid` alone and `profile` show all, `email`
    /// and `phone` those of their name (AWS guide, resource servers and scopes).
    pub(crate) fn shows(&self, attribute: &str) -> bool {
        let named =
            |scope: &str, prefix: &str| self.has_scope(scope) && attribute.starts_with(prefix);
        let narrowed = self.has_scope("email") || self.has_scope("phone");
        // Tokens of federated users have the claim with any scopes.
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
    /// The grant among AllowedOAuthFlows that the response type needs.
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

    /// Returns the authorization of a code that was neither spent nor expired.
    pub(crate) fn code(&self, code: &str, now: u64) -> Option<&AuthorizationCode> {
        self.codes.running(code, now)
    }

    /// Removes a code, which cannot be redeemed again.
    pub(crate) fn spend_code(&mut self, code: &str) {
        self.codes.remove(code);
    }

    /// Signs a browser in under a cookie that only this sign-in has.
    pub(crate) fn start_session(&mut self, cookie: String, user: AuthenticatedUser, now: u64) {
        let ends = user.auth_time.saturating_add(SESSION_SECONDS);
        self.sessions.insert(cookie, user, ends, now);
    }

    pub(crate) fn end_session(&mut self, cookie: &str) {
        self.sessions.remove(cookie);
    }

    /// Returns the user whom a browser is signed in as.
    pub(crate) fn session(&self, cookie: &str, now: u64) -> Option<&AuthenticatedUser> {
        self.sessions.running(cookie, now)
    }

    /// Adds a sign-in in place of those that have ended, and of the oldest ones if there are too many,
    /// since any browser can begin one.
    pub(crate) fn add_external(&mut self, state: String, sign_in: ExternalSignIn, now: u64) {
        self.external.drop_ended_before(now);
        self.external.insert(state, sign_in, now.saturating_add(EXTERNAL_SECONDS), now);
    }

    /// Returns the sign-in of a state that was neither used nor expired.
    pub(crate) fn external(&self, state: &str, now: u64) -> Option<&ExternalSignIn> {
        self.external.running(state, now)
    }

    /// Removes a sign-in, whose state cannot be used again.
    pub(crate) fn end_external(&mut self, state: &str) {
        self.external.remove(state);
    }

    pub(super) fn parts(&mut self) -> [(&'static str, &mut dyn Part); 3] {
        let Self { codes, sessions, external } = self;
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
    fn sign_ins_under_way_are_limited_and_end_without_a_trace() {
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
    fn scopes_show_the_attributes_of_their_name() {
        let all = ["sub", "email", "email_verified", "phone_number", "name", "custom:tenant"];
        assert_eq!(shown(&["openid"], &all), all);
        assert_eq!(shown(&["openid", "profile", "email"], &all), all);
        assert_eq!(shown(&["openid", "email"], &all), ["sub", "email", "email_verified"]);
        assert_eq!(shown(&["openid", "phone"], &all), ["sub", "phone_number"]);
        assert_eq!(shown(&["openid", "email"], &["email_custom", "identities"]), ["identities"]);
    }
}
