//! The reasons why a sign-in with the browser ended without a code.

use std::fmt;

use crate::post::About;

/// The reason why managed login did not sign the user in, from the callback.
///
/// `Display` contains no text of the callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    code: String,
    description: Option<String>,
}

/// A kind of rejection, which decides the application's next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The user, or the identity provider, refused.
    AccessDenied,
    /// The user has no session at the domain and no page was allowed
    /// ([`Prompt::None`](super::Prompt::None)).
    LoginRequired,
    /// The identity provider must show a page, and none was allowed.
    InteractionRequired,
    /// The app client does not allow a scope that was requested.
    InvalidScope,
    /// The app client does not allow the authorization code flow.
    UnauthorizedClient,
    /// A trigger of the pool failed or refused; [`Rejection::reason`] returns its message.
    Trigger,
    /// A trigger linked the user to an existing user in this first sign-in: the next sign-in
    /// succeeds.
    Linked,
    /// The service or the identity provider failed: try again later.
    Unavailable,
    /// The service refused the request for another reason; the description may name it.
    InvalidRequest,
    /// An error that this version does not know, such as an error of the identity provider.
    Other,
}

impl Rejection {
    pub(super) fn new(code: String, description: Option<String>) -> Self {
        let kind = classify(&code, description.as_deref().unwrap_or_default());
        Self { kind, code, description }
    }

    /// Returns the kind, which decides the application's next step.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the parameter `error`, such as `invalid_request`.
    ///
    /// # Security
    ///
    /// It is text of the service or of an identity provider: escape it in a page.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the parameter `error_description`.
    ///
    /// # Security
    ///
    /// It may contain any text of a trigger or an identity provider, and may reveal whether a user
    /// exists: do not show it to users.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the message of the trigger, for a [`RejectionKind::Trigger`] with a message.
    ///
    /// # Security
    ///
    /// The text of a trigger is not restricted: escape it in a page.
    pub fn reason(&self) -> Option<&str> {
        let description = self.description().filter(|_| self.kind == RejectionKind::Trigger)?;
        let (_, said) = description.split_once(FAILED)?;
        // The service appends a full stop and a space.
        let said = said.trim_end();
        Some(said.strip_suffix('.').unwrap_or(said))
    }
}

/// The words between a trigger's name and its message.
const FAILED: &str = " failed with error ";

/// Descriptions of failures of the identity provider, from the developer guide.
const UNAVAILABLE: [&str; 4] =
    ["Timeout occurred in calling", "Timeout in calling", "Connection reset", "Read timed out"];

fn classify(code: &str, description: &str) -> RejectionKind {
    let starts = |part: &&str| description.starts_with(*part);
    match code {
        "access_denied" => RejectionKind::AccessDenied,
        "login_required" => RejectionKind::LoginRequired,
        "interaction_required" | "consent_required" | "account_selection_required" => {
            RejectionKind::InteractionRequired
        }
        "invalid_scope" => RejectionKind::InvalidScope,
        // Observed from the service, although its guide says error=invalid_scope:
        // awscdk-minecraft#40.
        "invalid_request" if description == "invalid_scope" => RejectionKind::InvalidScope,
        "unauthorized_client" | "unsupported_response_type" => RejectionKind::UnauthorizedClient,
        "server_error" | "temporarily_unavailable" => RejectionKind::Unavailable,
        "invalid_request" if UNAVAILABLE.iter().any(starts) => RejectionKind::Unavailable,
        _ if starts(&"Already found an entry for username") => RejectionKind::Linked,
        "invalid_request" if About::described(description) == About::Trigger => {
            RejectionKind::Trigger
        }
        "invalid_request" => RejectionKind::InvalidRequest,
        _ => RejectionKind::Other,
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RejectionKind::AccessDenied => "the user or the identity provider refused the sign-in",
            RejectionKind::LoginRequired => {
                "the user has no session at the domain; start the sign-in without the prompt none"
            }
            RejectionKind::InteractionRequired => {
                "the identity provider has to show a page; start the sign-in without the prompt none"
            }
            RejectionKind::InvalidScope => {
                "the app client does not allow a requested scope; add it to AllowedOAuthScopes"
            }
            RejectionKind::UnauthorizedClient => {
                "the app client does not allow the code flow; add code to AllowedOAuthFlows"
            }
            RejectionKind::Trigger => "a Lambda trigger of the user pool failed or refused",
            RejectionKind::Linked => "the user was linked to an existing one; sign in again",
            RejectionKind::Unavailable => {
                "the service or the identity provider failed; try again later"
            }
            RejectionKind::InvalidRequest => "managed login refused the request",
            RejectionKind::Other => "managed login refused the sign-in for an unknown reason",
        })
    }
}
