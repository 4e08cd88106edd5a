//! Triggers: code of the pool's owner that decides, as closures in place of Lambda functions.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

type Trigger<I, O> = Option<Arc<dyn Fn(&I) -> O + Send + Sync>>;

/// The triggers of a pool.
#[derive(Clone, Default)]
pub(crate) struct Triggers {
    pub(crate) define_auth_challenge: Trigger<CustomAuth, NextStep>,
    pub(crate) create_auth_challenge: Trigger<CustomAuth, CustomChallenge>,
    pub(crate) verify_auth_challenge: Trigger<CustomAnswer, bool>,
    pub(crate) pre_sign_up: Trigger<SignUpRequest, Result<SignUpDecision, String>>,
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triggers").finish_non_exhaustive()
    }
}

/// A sign-in with CUSTOM_AUTH, as DefineAuthChallenge and CreateAuthChallenge see it.
///
/// See [DefineAuthChallenge](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CustomAuth {
    /// Who signs in.
    pub username: String,
    /// Whether there is no such user, which the client hides.
    pub user_not_found: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// What was asked so far, oldest first.
    pub session: Vec<ChallengeResult>,
    /// ClientMetadata of the answer; empty at the start, as the service does not hand it on.
    pub client_metadata: BTreeMap<String, String>,
}

/// A challenge of a sign-in, and whether its answer was right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChallengeResult {
    /// The challenge: `SRP_A`, `PASSWORD_VERIFIER`, `CUSTOM_CHALLENGE`, or a second factor.
    pub name: String,
    /// Whether the answer was right.
    pub correct: bool,
    /// What CreateAuthChallenge called a custom challenge, if it did.
    pub metadata: Option<String>,
}

impl ChallengeResult {
    pub(crate) fn new(name: &str, correct: bool, metadata: Option<String>) -> Self {
        Self { name: name.to_owned(), correct, metadata }
    }
}

/// What DefineAuthChallenge decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// Ask for the proof of the password, the answer to `SRP_A`.
    PasswordVerifier,
    /// Ask what CreateAuthChallenge makes.
    CustomChallenge,
    /// The user is signed in.
    IssueTokens,
    /// The sign-in has failed.
    Fail,
}

/// A challenge that CreateAuthChallenge makes.
///
/// ```
/// use cognito_emulator::CustomChallenge;
///
/// let challenge = CustomChallenge::default()
///     .public("question", "What is the word?") // goes to the client
///     .private("word", "swordfish"); // goes to VerifyAuthChallengeResponse
/// # assert!(!format!("{challenge:?}").contains("swordfish"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CustomChallenge {
    pub(crate) public: BTreeMap<String, String>,
    pub(crate) private: BTreeMap<String, String>,
    pub(crate) metadata: Option<String>,
}

impl CustomChallenge {
    /// Adds to ChallengeParameters.
    pub fn public(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.public.insert(name.into(), value.into());
        self
    }

    /// Keeps a value for the check of the answer.
    pub fn private(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.private.insert(name.into(), value.into());
        self
    }

    /// Names the challenge in the [`ChallengeResult`] that it leads to.
    pub fn metadata(self, metadata: impl Into<String>) -> Self {
        Self { metadata: Some(metadata.into()), ..self }
    }
}

impl fmt::Debug for CustomChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomChallenge")
            .field("public", &self.public)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// An answer to a custom challenge, as VerifyAuthChallengeResponse sees it.
#[derive(Clone)]
#[non_exhaustive]
pub struct CustomAnswer {
    /// Who signs in.
    pub username: String,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// What the client answered.
    pub answer: String,
    /// What [`CustomChallenge::private`] kept.
    pub private: BTreeMap<String, String>,
    /// ClientMetadata of the answer.
    pub client_metadata: BTreeMap<String, String>,
}

impl fmt::Debug for CustomAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomAnswer")
            .field("username", &self.username)
            .field("answer", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

/// A sign-up, as PreSignUp sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignUpRequest {
    /// Who signs up.
    pub username: String,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ValidationData of the request.
    pub validation_data: BTreeMap<String, String>,
    /// ClientMetadata of the request.
    pub client_metadata: BTreeMap<String, String>,
}

/// What PreSignUp decides of a sign-up that it does not refuse.
///
/// ```
/// use cognito_emulator::SignUpDecision;
///
/// let decision = SignUpDecision::default().confirm().verify_email();
/// # assert_ne!(decision, SignUpDecision::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SignUpDecision {
    pub(crate) confirm: bool,
    pub(crate) verify_email: bool,
    pub(crate) verify_phone_number: bool,
}

impl SignUpDecision {
    /// Confirms the user without a code.
    pub fn confirm(self) -> Self {
        Self { confirm: true, ..self }
    }

    /// Takes the e-mail address for verified.
    pub fn verify_email(self) -> Self {
        Self { verify_email: true, ..self }
    }

    /// Takes the telephone number for verified.
    pub fn verify_phone_number(self) -> Self {
        Self { verify_phone_number: true, ..self }
    }
}
