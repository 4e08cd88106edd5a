//! The result of a step of a sign-in: a challenge, or tokens.

use crate::flows::context::Context;
use crate::flows::tokens::IssuedTokens;
use crate::flows::triggers::{PostAuthentication, SignInDone, Strings};
use crate::model::ServiceError;

/// The result of a step of a sign-in.
pub(crate) enum Progress {
    Challenged(SentChallenge),
    SignedIn(SignedIn),
}

/// A challenge as the client gets it.
pub(crate) struct SentChallenge {
    pub(crate) name: &'static str,
    pub(crate) parameters: Strings,
    /// None where a sign-in begins with SRP.
    pub(crate) session: Option<String>,
    /// The challenges to choose from.
    pub(crate) available: Option<Vec<&'static str>>,
}

/// The tokens of a sign-in, and the event about it.
pub(crate) struct SignedIn {
    pub(crate) tokens: IssuedTokens,
    event: SignInDone,
}

impl SignedIn {
    pub(crate) fn new(tokens: IssuedTokens, event: SignInDone) -> Self {
        Self { tokens, event }
    }
}

/// Calls PostAuthentication if the sign-in is complete. It may still reject it, but the sign-in
/// stays.
pub(super) async fn conclude(
    context: &Context,
    progress: Progress,
) -> Result<Progress, ServiceError> {
    if let Progress::SignedIn(SignedIn { event, .. }) = &progress {
        context.call_trigger::<PostAuthentication>(event.clone()).await?;
    }
    Ok(progress)
}
