//! Triggers: customization code of the pool, as closures in place of Lambda functions, or over
//! HTTP.

mod authentication;
mod custom_auth;
mod inbound_federation;
mod messages;
mod migration;
mod sign_up;
mod token_changes;
mod token_generation;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use self::authentication::{PostAuthentication, PreAuthentication};
pub use self::authentication::{SignInAttempt, SignInDone};
pub(crate) use self::custom_auth::{
    CreateAuthChallenge, DefineAuthChallenge, VerifyAuthChallengeResponse,
};
pub use self::custom_auth::{CustomAuth, CustomChallengeResponse, NextStep};
pub use self::inbound_federation::FederatedUser;
pub(crate) use self::inbound_federation::InboundFederation;
pub(crate) use self::messages::{CODE, CustomMessage, USERNAME};
pub use self::messages::{MessageRequest, MessageText};
pub(crate) use self::migration::{MigratedStatus, UserMigration};
pub use self::migration::{MigratedUser, MigrationRequest};
pub use self::sign_up::{Confirmation, SignUpDecision, SignUpRequest};
pub(crate) use self::sign_up::{PostConfirmation, PreSignUp};
pub use self::token_changes::TokenChanges;
pub(crate) use self::token_generation::PreTokenGeneration;
pub use self::token_generation::TokensToIssue;
pub use crate::state::attempt::{ChallengeResult, TokenOccasion};
pub use crate::state::challenge::CustomChallengeParameters;

/// One trigger: its event and its response, as types and as JSON.
///
/// See [the common members](https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html)
/// of events.
pub(crate) trait Trigger: Send + 'static {
    type Event: Clone + Send + 'static;
    type Response: Send + 'static;

    /// The name in LambdaConfig.
    const NAME: &'static str;

    /// False if the response has no members. It is ignored then.
    const HAS_RESPONSE: bool = true;

    /// Returns the trigger's closure.
    fn closure(triggers: &Triggers) -> Option<&Closure<Self::Event, Self::Response>>;

    /// Returns whether a function of a version is called.
    fn wants(_event: &Self::Event, _version: Version) -> bool {
        true
    }

    /// Returns the `triggerSource` of an event.
    fn source(event: &Self::Event) -> String;

    fn username(event: &Self::Event) -> &str;

    fn request(event: &Self::Event, version: Version) -> Value;

    /// Returns the members of the response before the function sets them.
    fn response(_version: Version) -> Value {
        json!({})
    }

    /// Removes members of a function's response that are not those of its version, and replaces
    /// nulls that differ from a missing member. Every other null counts as missing.
    fn normalize(_response: &mut Value, _version: Version) {}

    /// Parses the response of a function; returns `None` if it is invalid.
    fn read(response: Value) -> Option<Self::Response>;
}

/// The version of an event, which is 1 except for PreTokenGeneration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
    V3,
}

impl Version {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }
}

/// A closure in place of a function.
pub(crate) type Closure<E, A> = Arc<dyn Fn(&E) -> Result<A, String> + Send + Sync>;

/// Strings by name: attributes and client metadata.
pub(crate) type Strings = BTreeMap<String, String>;

/// The closures of a pool.
#[derive(Clone, Default)]
pub(crate) struct Triggers {
    pub(crate) create_auth_challenge: Option<Closure<CustomAuth, CustomChallengeParameters>>,
    pub(crate) custom_message: Option<Closure<MessageRequest, MessageText>>,
    pub(crate) define_auth_challenge: Option<Closure<CustomAuth, NextStep>>,
    pub(crate) inbound_federation: Option<Closure<FederatedUser, Strings>>,
    pub(crate) post_authentication: Option<Closure<SignInDone, ()>>,
    pub(crate) post_confirmation: Option<Closure<Confirmation, ()>>,
    pub(crate) pre_authentication: Option<Closure<SignInAttempt, ()>>,
    pub(crate) pre_sign_up: Option<Closure<SignUpRequest, SignUpDecision>>,
    pub(crate) pre_token_generation: Option<Closure<TokensToIssue, TokenChanges>>,
    pub(crate) user_migration: Option<Closure<MigrationRequest, Option<MigratedUser>>>,
    pub(crate) verify_auth_challenge: Option<Closure<CustomChallengeResponse, bool>>,
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triggers").finish_non_exhaustive()
    }
}
