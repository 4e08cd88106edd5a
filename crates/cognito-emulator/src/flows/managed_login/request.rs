//! The rules on authorization requests.

use crate::flows::managed_login::redirect::{AuthorizationError, Target, error_page};
use crate::flows::sign_in::parameters::Parameters;
use crate::state::client::{Client, redirect_uri};
use crate::state::managed_login::{AuthorizationRequest, Grant, ResponseType};
use crate::state::pool::Pool;
use crate::state::resource_server::has_scope;

/// The refusal of a request: the address that the browser is sent to instead.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) String);

/// The pages that an application wishes (OpenID Connect Core, 3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// A page, unless the browser is signed in.
    Default,
    /// No page, even if the user is not signed in.
    Silent,
    /// A page, even if the browser is signed in.
    Login,
}

/// A request of a client whose redirect URI is known to be good.
struct Given<'a> {
    client: &'a Client,
    parameters: &'a Parameters,
}

/// A rule on the pool and its app client, and the error of a request that breaks it.
type Rule = (fn(&Pool, &Client, &AuthorizationRequest) -> bool, AuthorizationError);

/// The rules in the order of their precedence, which is not documented.
const RULES: [Rule; 3] = [
    (may_use_flow, AuthorizationError::UnauthorizedClient),
    (may_have_scopes, AuthorizationError::InvalidScope),
    (may_have_resource, AuthorizationError::InvalidScope),
];

/// Scopes that only go with `openid` (AWS guide, authorize endpoint).
const OF_OPENID: [&str; 3] = ["email", "phone", "profile"];

/// Checks an authorization request.
///
/// # Errors
///
/// The error page where the client or its redirect URI is not known, since the browser must not be
/// sent there (RFC 6749, 4.1.2.1); the redirect URI with the error otherwise.
pub(crate) fn check(pool: &Pool, parameters: &Parameters) -> Result<AuthorizationRequest, Refusal> {
    let id = parameters.get("client_id");
    let client = id.and_then(|id| pool.clients.get(id));
    let client = client.ok_or_else(|| Refusal(error_page("invalid_request", id)))?;
    let redirect_uri = parameters.get("redirect_uri");
    let redirect_uri = redirect_uri.ok_or_else(|| Refusal(error_page("invalid_request", id)))?;
    if !client.settings.has_callback(redirect_uri) {
        return Err(Refusal(error_page("redirect_mismatch", id)));
    }
    let given = Given { client, parameters };
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

/// Returns whether an app client may still send a request that was checked before.
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

/// Returns the pages that a checked request wishes. Values without a meaning, such as `consent` and
/// `create`, are ignored.
pub(crate) fn prompt(parameters: &Parameters) -> Prompt {
    let mut values = words(parameters.get("prompt").unwrap_or_default());
    if values.clone().any(|value| value == "none") {
        return Prompt::Silent;
    }
    match values.any(|value| matches!(value, "login" | "select_account")) {
        true => Prompt::Login,
        false => Prompt::Default,
    }
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

    /// The challenge is the base64url of a SHA-256 hash (RFC 7636, 4.2), which `plain` is not.
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

    /// `none` stands alone (OpenID Connect Core, 3.1.2.1).
    fn has_one_prompt(&self) -> bool {
        let mut prompts = words(self.parameters.get("prompt").unwrap_or_default());
        let is_silent = prompts.clone().any(|prompt| prompt == "none");
        !is_silent || prompts.all(|prompt| prompt == "none")
    }

    /// Returns the scopes without repetition; those of the client if the request names none.
    fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in words(self.parameters.get("scope").unwrap_or_default()) {
            if scopes.iter().all(|known| known != scope) {
                scopes.push(scope.to_owned());
            }
        }
        match scopes.is_empty() {
            true => self.client.settings.scopes().cloned().collect(),
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
        let exists = !scope.contains('/') || has_scope(&pool.resource_servers, scope);
        is_allowed && exists && (has_openid || !OF_OPENID.contains(&scope.as_str()))
    };
    !scopes.is_empty() && scopes.iter().all(may_have)
}

/// A resource is the URL of an API (RFC 8707), which neither pools of the Lite tier nor domains
/// with the classic pages bind tokens to (AWS guide, resource binding).
fn may_have_resource(pool: &Pool, _: &Client, request: &AuthorizationRequest) -> bool {
    request.grant.resource.as_ref().is_none_or(|resource| {
        let has_feature = !pool.settings.is_lite() && !pool.records.has_classic_pages_alone();
        has_feature && redirect_uri::check(resource).is_ok()
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(' ').filter(|word| !word.is_empty())
}
