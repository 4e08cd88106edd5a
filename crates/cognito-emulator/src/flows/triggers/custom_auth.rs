//! DefineAuthChallenge, CreateAuthChallenge and VerifyAuthChallengeResponse.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Closure, Strings, Trigger, Triggers, Version};
use crate::state::attempt::ChallengeResult;
use crate::state::challenge::CustomChallengeParameters;

/// The event of DefineAuthChallenge and CreateAuthChallenge: a sign-in with CUSTOM_AUTH.
///
/// See [DefineAuthChallenge](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CustomAuth {
    /// The user's name.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// True if the user does not exist and the client hides that.
    pub user_not_found: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The challenges so far, oldest first.
    pub session: Vec<ChallengeResult>,
    /// ClientMetadata of the response; empty at the start, because the service does not pass it.
    pub client_metadata: BTreeMap<String, String>,
}

/// The decision of DefineAuthChallenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// PASSWORD_VERIFIER, the challenge that follows `SRP_A`.
    PasswordVerifier,
    /// CUSTOM_CHALLENGE, with the parameters of CreateAuthChallenge.
    CustomChallenge,
    /// The user is signed in.
    IssueTokens,
    /// The sign-in has failed.
    Fail,
}

/// The event of VerifyAuthChallengeResponse: a response to a custom challenge.
#[derive(Clone)]
#[non_exhaustive]
pub struct CustomChallengeResponse {
    /// The user's name.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// True if the user does not exist and the client hides that.
    pub user_not_found: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// `ANSWER` of the client's response.
    pub answer: String,
    /// The values of [`CustomChallengeParameters::private`].
    pub private: BTreeMap<String, String>,
    /// ClientMetadata of the response.
    pub client_metadata: BTreeMap<String, String>,
}

impl fmt::Debug for CustomChallengeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomChallengeResponse")
            .field("username", &self.username)
            .field("answer", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

/// Decides the next step.
pub(crate) struct DefineAuthChallenge;

impl Trigger for DefineAuthChallenge {
    type Event = CustomAuth;
    type Response = NextStep;

    const NAME: &'static str = "DefineAuthChallenge";

    fn closure(triggers: &Triggers) -> Option<&Closure<CustomAuth, NextStep>> {
        triggers.define_auth_challenge.as_ref()
    }

    fn source(_: &CustomAuth) -> String {
        "DefineAuthChallenge_Authentication".to_owned()
    }

    fn username(event: &CustomAuth) -> &str {
        &event.username
    }

    fn request(event: &CustomAuth, _: Version) -> Value {
        event.request()
    }

    fn response(_: Version) -> Value {
        json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null })
    }

    fn read(response: Value) -> Option<NextStep> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Response {
            challenge_name: String,
            issue_tokens: bool,
            fail_authentication: bool,
        }
        match serde_json::from_value(response).ok()? {
            Response { fail_authentication: true, .. } => Some(NextStep::Fail),
            Response { issue_tokens: true, .. } => Some(NextStep::IssueTokens),
            Response { challenge_name, .. } => match challenge_name.as_str() {
                "CUSTOM_CHALLENGE" => Some(NextStep::CustomChallenge),
                "PASSWORD_VERIFIER" => Some(NextStep::PasswordVerifier),
                _ => None,
            },
        }
    }
}

/// Creates a challenge.
pub(crate) struct CreateAuthChallenge;

impl Trigger for CreateAuthChallenge {
    type Event = CustomAuth;
    type Response = CustomChallengeParameters;

    const NAME: &'static str = "CreateAuthChallenge";

    fn closure(triggers: &Triggers) -> Option<&Closure<CustomAuth, CustomChallengeParameters>> {
        triggers.create_auth_challenge.as_ref()
    }

    fn source(_: &CustomAuth) -> String {
        "CreateAuthChallenge_Authentication".to_owned()
    }

    fn username(event: &CustomAuth) -> &str {
        &event.username
    }

    fn request(event: &CustomAuth, _: Version) -> Value {
        let mut request = event.request();
        if let Some(request) = request.as_object_mut() {
            request.insert("challengeName".to_owned(), "CUSTOM_CHALLENGE".into());
        }
        request
    }

    fn response(_: Version) -> Value {
        json!({
            "publicChallengeParameters": null, "privateChallengeParameters": null,
            "challengeMetadata": null
        })
    }

    fn read(response: Value) -> Option<CustomChallengeParameters> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Response {
            public_challenge_parameters: Strings,
            private_challenge_parameters: Strings,
            challenge_metadata: Option<String>,
        }
        let response: Response = serde_json::from_value(response).ok()?;
        Some(CustomChallengeParameters {
            public: response.public_challenge_parameters,
            private: response.private_challenge_parameters,
            metadata: response.challenge_metadata,
        })
    }
}

/// Verifies a response.
pub(crate) struct VerifyAuthChallengeResponse;

impl Trigger for VerifyAuthChallengeResponse {
    type Event = CustomChallengeResponse;
    type Response = bool;

    const NAME: &'static str = "VerifyAuthChallengeResponse";

    fn closure(triggers: &Triggers) -> Option<&Closure<CustomChallengeResponse, bool>> {
        triggers.verify_auth_challenge.as_ref()
    }

    fn source(_: &CustomChallengeResponse) -> String {
        "VerifyAuthChallengeResponse_Authentication".to_owned()
    }

    fn username(event: &CustomChallengeResponse) -> &str {
        &event.username
    }

    fn request(event: &CustomChallengeResponse, _: Version) -> Value {
        json!({
            "userAttributes": event.attributes,
            "privateChallengeParameters": event.private,
            "challengeAnswer": event.answer,
            "clientMetadata": event.client_metadata,
            "userNotFound": event.user_not_found,
        })
    }

    fn response(_: Version) -> Value {
        json!({ "answerCorrect": null })
    }

    fn read(response: Value) -> Option<bool> {
        response.get("answerCorrect")?.as_bool()
    }
}

impl CustomAuth {
    fn request(&self) -> Value {
        let session: Vec<Value> = self.session.iter().map(result).collect();
        json!({
            "userAttributes": self.attributes,
            "session": session,
            "clientMetadata": self.client_metadata,
            "userNotFound": self.user_not_found,
        })
    }
}

fn result(result: &ChallengeResult) -> Value {
    json!({
        "challengeName": result.name,
        "challengeResult": result.correct,
        "challengeMetadata": result.metadata,
    })
}
