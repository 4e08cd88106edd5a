//! Validation of authorization requests.

use crate::flows::managed_login::redirect::{AuthorizationError, Target, error_page};
use crate::flows::sign_in::parameters::Parameters;
use crate::state::client::{Client, redirect_uri};
use crate::state::managed_login::{AuthorizationRequest, Grant, ResponseType};
use crate::state::pool::Pool;
use crate::state::resource_server::has_scope;

/// A rejected request, with the URL to which the browser is redirected instead.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) String);

/// The `prompt` of an application (OpenID Connect Core, 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// A page is shown unless the browser has a session.
    Default,
    /// No page is shown, even without a session.
    Silent,
    /// A page is always shown.
    Login,
    /// The browser is redirected to the provider in spite of a session, if the request leads to
    /// one. Users of the pool itself are not affected (AWS guide, authorize endpoint).
    OfProvider,
}

/// A request with a valid client and redirect URI.
struct Given<'a> {
    pool: &'a Pool,
    client: &'a Client,
    parameters: &'a Parameters,
}

/// A rule for the pool and its app client, and the error for a violation.
type Rule = (fn(&Pool, &Client, &AuthorizationRequest) -> bool, AuthorizationError);

/// The rules in the order of their precedence, which is not documented.
const RULES: [Rule; 3] = [
    (may_use_flow, AuthorizationError::UnauthorizedClient),
    (may_have_scopes, AuthorizationError::InvalidScope),
    (may_have_resource, AuthorizationError::InvalidScope),
];

/// Scopes that require `openid` (AWS guide, authorize endpoint).
const OF_OPENID: [&str; 3] = ["email", "phone", "profile"];

/// Validates an authorization request.
///
/// # Errors
///
/// Returns the error page if the client or its redirect URI is unknown, because the browser must
/// not be redirected there (RFC 6749, 4.1.2.1), and otherwise the redirect URI with the error.
pub(crate) fn check(pool: &Pool, parameters: &Parameters) -> Result<AuthorizationRequest, Refusal> {
    let id = parameters.get("client_id");
    let client = id.and_then(|id| pool.clients.get(id));
    let client = client.ok_or_else(|| Refusal(error_page("invalid_request", id)))?;
    let redirect_uri = parameters.get("redirect_uri");
    let redirect_uri = redirect_uri.ok_or_else(|| Refusal(error_page("invalid_request", id)))?;
    if !client.settings.has_callback(redirect_uri) {
        return Err(Refusal(error_page("redirect_mismatch", id)));
    }
    let given = Given { pool, client, parameters };
    let request = given.request(redirect_uri);
    let error = match given.is_well_formed() {
        true => error(pool, client, &request),
        false => Some(AuthorizationError::InvalidRequest),
    };
    match error {
        None => Ok(request),
        Some(error) => Err(Refusal(Target::of(&request).error(error))),
    }
}

/// Returns whether a request that was validated earlier is still allowed for the app client.
pub(crate) fn is_allowed(pool: &Pool, client: &Client, request: &AuthorizationRequest) -> bool {
    client.settings.has_callback(&request.redirect_uri) && error(pool, client, request).is_none()
}

/// Returns the error of the first rule that a request breaks.
fn error(
    pool: &Pool,
    client: &Client,
    request: &AuthorizationRequest,
) -> Option<AuthorizationError> {
    let broken = RULES.iter().find(|(is_kept, _)| !is_kept(pool, client, request));
    broken.map(|(_, error)| *error)
}

/// Returns the prompt of a valid request. Values without an effect, such as `create`, are ignored.
pub(crate) fn prompt(parameters: &Parameters) -> Prompt {
    let values = words(parameters.get("prompt").unwrap_or_default());
    let has = |name: &str| values.clone().any(|value| value == name);
    if has("none") {
        Prompt::Silent
    } else if has("login") {
        Prompt::Login
    } else if has("select_account") || has("consent") {
        Prompt::OfProvider
    } else {
        Prompt::Default
    }
}

/// Returns whether an authentication is recent enough for the `max_age` of a request, in seconds
/// (AWS guide, login endpoint; OpenID Connect Core, 3.1.2.1). None is for 0. Values that are not
/// numbers have no effect.
pub(crate) fn is_recent(parameters: &Parameters, auth_time: u64, now: u64) -> bool {
    let max_age = parameters.get("max_age").and_then(|seconds| seconds.parse().ok());
    max_age.is_none_or(|max_age: u64| max_age > 0 && now.saturating_sub(auth_time) <= max_age)
}

impl Given<'_> {
    fn request(&self, redirect_uri: &str) -> AuthorizationRequest {
        let text = |name| self.parameters.get(name).map(str::to_owned);
        AuthorizationRequest {
            client_id: self.client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            response_type: self.response_type().unwrap_or(ResponseType::Code),
            state: text("state"),
            grant: Grant { scopes: self.scopes(), resource: text("resource") },
            nonce: text("nonce"),
            code_challenge: text("code_challenge"),
        }
    }

    fn response_type(&self) -> Option<ResponseType> {
        match self.parameters.get("response_type")? {
            "code" => Some(ResponseType::Code),
            "token" => Some(ResponseType::Token),
            _ => None,
        }
    }

    fn is_well_formed(&self) -> bool {
        self.response_type().is_some() && self.has_whole_challenge() && self.has_one_prompt()
    }

    /// Returns whether the challenge is the base64url of a SHA-256 hash (RFC 7636, 4.2). `plain` is
    /// not supported.
    fn has_whole_challenge(&self) -> bool {
        let is_hash = |text: &str| {
            let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
            text.len() == 43 && text.bytes().all(is_letter)
        };
        let method = self.parameters.get("code_challenge_method");
        match self.parameters.get("code_challenge") {
            Some(challenge) => method == Some("S256") && is_hash(challenge),
            None => method.is_none(),
        }
    }

    /// Returns false if `none` is combined with other values (OpenID Connect Core, 3.1.2.1).
    fn has_one_prompt(&self) -> bool {
        let mut prompts = words(self.parameters.get("prompt").unwrap_or_default());
        let is_silent = prompts.clone().any(|prompt| prompt == "none");
        !is_silent || prompts.all(|prompt| prompt == "none")
    }

    /// Returns the requested scopes without duplicates; by default the scopes of the client, without
    /// those of deleted resource servers, as for client credentials.
    fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in words(self.parameters.get("scope").unwrap_or_default()) {
            if scopes.iter().all(|known| known != scope) {
                scopes.push(scope.to_owned());
            }
        }
        match scopes.is_empty() {
            true => {
                let of_client = self.client.settings.scopes();
                of_client.filter(|scope| exists(self.pool, scope)).cloned().collect()
            }
            false => scopes,
        }
    }
}

fn may_use_flow(_: &Pool, client: &Client, request: &AuthorizationRequest) -> bool {
    client.settings.allows_grant(request.response_type.flow())
}

fn may_have_scopes(pool: &Pool, client: &Client, request: &AuthorizationRequest) -> bool {
    let scopes = &request.grant.scopes;
    let has_openid = request.grant.has_scope("openid");
    let may_have = |scope: &String| {
        let is_allowed = client.settings.scopes().any(|allowed| allowed == scope);
        is_allowed && exists(pool, scope) && (has_openid || !OF_OPENID.contains(&scope.as_str()))
    };
    !scopes.is_empty() && scopes.iter().all(may_have)
}

/// Returns whether a scope is not of a resource server, or is one of the pool's resource servers.
fn exists(pool: &Pool, scope: &str) -> bool {
    !scope.contains('/') || has_scope(&pool.resource_servers, scope)
}

/// Returns whether tokens can be bound to the resource, which is the URL of an API (RFC 8707).
/// Pools of the tier LITE and domains with classic pages do not support it (AWS guide, resource
/// binding).
fn may_have_resource(pool: &Pool, _: &Client, request: &AuthorizationRequest) -> bool {
    request.grant.resource.as_ref().is_none_or(|resource| {
        let has_feature = !pool.settings.is_lite() && !pool.records.has_classic_pages_alone();
        has_feature && redirect_uri::check(resource).is_ok()
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(' ').filter(|word| !word.is_empty())
}
