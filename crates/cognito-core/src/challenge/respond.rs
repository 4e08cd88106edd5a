//! The response to a challenge, before it is sent.

use cognito_types::{Code, Password};

use crate::context::{Context, context_setters};
use crate::error::{Error, ErrorKind};
use crate::sign_in::wire::Parameters;

/// A response to a challenge (RespondToAuthChallenge, or AdminRespondToAuthChallenge), which is
/// sent when it is awaited.
///
/// It returns the next [`SignIn`](crate::SignIn) step, or a [`Refused`](crate::Refused) with the
/// challenge where that is still open. Dropping the future may lose the sign-in: the service may
/// have accepted the response.
#[derive(Debug)]
#[must_use = "a response is sent when it is awaited"]
pub struct Respond<C> {
    pub(super) challenge: C,
    pub(super) contents: Contents,
    /// The error of a response that is not sent.
    pub(super) refusal: Option<Error>,
    pub(super) context: Context,
}

/// The contents of a response.
#[derive(Debug)]
pub(super) enum Contents {
    /// ChallengeResponses.
    Responses(Parameters),
    /// A password to prove over SRP, with the parameters beside SRP_A.
    Proof(Password, Parameters),
    /// The first code of an authenticator app, and the name that the user gives the app.
    FirstCode(Code, Option<String>),
}

impl<C> Respond<C> {
    pub(super) fn new(challenge: C, contents: Contents) -> Self {
        Self { challenge, contents, refusal: None, context: Context::default() }
    }

    pub(super) fn with(challenge: C, responses: Parameters) -> Self {
        Self::new(challenge, Contents::Responses(responses))
    }

    /// A response that is not sent: the error returns with the challenge.
    pub(super) fn refused(challenge: C, error: Error) -> Self {
        Self { refusal: Some(error), ..Self::with(challenge, Parameters::default()) }
    }

    /// A response that the client recognizes as invalid, by the user's input.
    pub(super) fn invalid(challenge: C, kind: ErrorKind, detail: &'static str) -> Self {
        Self::refused(challenge, Error::new(kind).with_detail(detail).of_user())
    }

    /// The same response to another type of the same challenge.
    pub(super) fn into_respond<D: From<C>>(self) -> Respond<D> {
        let Self { challenge, contents, refusal, context } = self;
        Respond { challenge: challenge.into(), contents, refusal, context }
    }

    context_setters!(context);
}
