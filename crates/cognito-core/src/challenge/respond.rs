//! Responses to challenges, before they are sent.

use cognito_types::{Code, Password};

use crate::context::{Context, context_setters};
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::Parameters;

/// A response to a challenge (RespondToAuthChallenge, or AdminRespondToAuthChallenge), which is
/// sent when it is awaited.
///
/// It returns the next [`SignIn`](crate::SignIn) step, or [`Refused`](crate::Refused) with the
/// challenge if it is still open. Dropping the future while it is being sent may lose the sign-in,
/// because the service may have accepted the response.
#[derive(Debug)]
#[must_use = "a response is sent when it is awaited"]
pub struct Respond<C> {
    pub(super) challenge: C,
    pub(super) contents: Contents,
    /// The error that is returned instead of sending the response.
    pub(super) refusal: Option<Error>,
    pub(super) context: Context,
}

/// The contents of a response.
#[derive(Debug)]
pub(super) enum Contents {
    /// ChallengeResponses.
    Responses(Parameters),
    /// A password to prove over SRP, and the responses to send beside SRP_A.
    Proof(Password, Parameters),
    /// The first code of an authenticator app, and the name of the app.
    FirstCode(Code, Option<String>),
}

impl<C> Respond<C> {
    pub(super) fn new(challenge: C, contents: Contents) -> Self {
        Self { challenge, contents, refusal: None, context: Context::default() }
    }

    pub(super) fn with(challenge: C, responses: Parameters) -> Self {
        Self::new(challenge, Contents::Responses(responses))
    }

    /// Creates a response that is not sent: awaiting it returns the error and the challenge.
    pub(super) fn refused(challenge: C, error: Error) -> Self {
        Self { refusal: Some(error), ..Self::with(challenge, Parameters::default()) }
    }

    /// Creates a response that is not sent because the user's input is invalid.
    pub(super) fn invalid(challenge: C, kind: ErrorKind, detail: &'static str) -> Self {
        Self::refused(challenge, Error::new(kind).with_detail(detail).of_user())
    }

    /// Converts the response to a response of another type of the same challenge.
    pub(super) fn into_respond<D: From<C>>(self) -> Respond<D> {
        let Self { challenge, contents, refusal, context } = self;
        Respond { challenge: challenge.into(), contents, refusal, context }
    }

    context_setters!(context);
}
