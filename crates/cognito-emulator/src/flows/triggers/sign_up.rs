//! PreSignUp and PostConfirmation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Closure, Trigger, Triggers, Version};

/// The event of PreSignUp: a new user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignUpRequest {
    /// The user's name.
    pub username: String,
    /// The app client; `CLIENT_ID_NOT_APPLICABLE` if an administrator creates the user.
    pub client_id: String,
    /// True if an administrator creates the user.
    pub by_administrator: bool,
    /// True if the user signs in through an identity provider for the first time. Such a user needs
    /// no confirmation, and the decision cannot confirm it.
    pub by_identity_provider: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ValidationData of the request.
    pub validation_data: BTreeMap<String, String>,
    /// ClientMetadata of the request.
    pub client_metadata: BTreeMap<String, String>,
}

/// The decision of PreSignUp for an accepted sign-up.
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

    /// Marks the e-mail address as verified.
    pub fn verify_email(self) -> Self {
        Self { verify_email: true, ..self }
    }

    /// Marks the phone number as verified.
    pub fn verify_phone_number(self) -> Self {
        Self { verify_phone_number: true, ..self }
    }
}

/// The event of PostConfirmation: a confirmed sign-up or a replaced password.
///
/// See [PostConfirmation](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Confirmation {
    /// The user's name.
    pub username: String,
    /// The app client; `CLIENT_ID_NOT_APPLICABLE` if an administrator confirmed the user.
    pub client_id: String,
    /// True if a forgotten password was replaced.
    pub forgot_password: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ClientMetadata of the request.
    pub client_metadata: BTreeMap<String, String>,
}

/// Decides on new users.
pub(crate) struct PreSignUp;

impl Trigger for PreSignUp {
    type Event = SignUpRequest;
    type Response = SignUpDecision;

    const NAME: &'static str = "PreSignUp";

    fn closure(triggers: &Triggers) -> Option<&Closure<SignUpRequest, SignUpDecision>> {
        triggers.pre_sign_up.as_ref()
    }

    fn source(event: &SignUpRequest) -> String {
        let source = match (event.by_administrator, event.by_identity_provider) {
            (true, _) => "AdminCreateUser",
            (_, true) => "ExternalProvider",
            _ => "SignUp",
        };
        format!("PreSignUp_{source}")
    }

    fn username(event: &SignUpRequest) -> &str {
        &event.username
    }

    fn request(event: &SignUpRequest, _: Version) -> Value {
        let mut attributes = event.attributes.clone();
        if event.by_identity_provider {
            // Events of the service contain both, with empty values.
            let aliases = ["cognito:email_alias", "cognito:phone_number_alias"];
            attributes.extend(aliases.map(|name| (name.to_owned(), String::new())));
        }
        json!({
            "userAttributes": attributes,
            "validationData": event.validation_data,
            "clientMetadata": event.client_metadata,
        })
    }

    fn response(_: Version) -> Value {
        json!({ "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false })
    }

    fn read(response: Value) -> Option<SignUpDecision> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Response {
            auto_confirm_user: bool,
            auto_verify_email: bool,
            auto_verify_phone: bool,
        }
        let response: Response = serde_json::from_value(response).ok()?;
        Some(SignUpDecision {
            confirm: response.auto_confirm_user,
            verify_email: response.auto_verify_email,
            verify_phone_number: response.auto_verify_phone,
        })
    }
}

/// Receives confirmed users.
pub(crate) struct PostConfirmation;

impl Trigger for PostConfirmation {
    type Event = Confirmation;
    type Response = ();

    const NAME: &'static str = "PostConfirmation";
    const HAS_RESPONSE: bool = false;

    fn closure(triggers: &Triggers) -> Option<&Closure<Confirmation, ()>> {
        triggers.post_confirmation.as_ref()
    }

    fn source(event: &Confirmation) -> String {
        let what = if event.forgot_password { "ConfirmForgotPassword" } else { "ConfirmSignUp" };
        format!("PostConfirmation_{what}")
    }

    fn username(event: &Confirmation) -> &str {
        &event.username
    }

    fn request(event: &Confirmation, _: Version) -> Value {
        json!({ "userAttributes": event.attributes, "clientMetadata": event.client_metadata })
    }

    fn read(_: Value) -> Option<()> {
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_of_an_identity_provider_has_its_source_and_empty_aliases() {
        let event = |by_administrator, by_identity_provider| SignUpRequest {
            username: "Google_1".to_owned(),
            client_id: "c".to_owned(),
            by_administrator,
            by_identity_provider,
            attributes: BTreeMap::from([("email".to_owned(), "a@example.com".to_owned())]),
            validation_data: BTreeMap::new(),
            client_metadata: BTreeMap::new(),
        };
        for (event, source, attributes) in [
            (event(false, false), "PreSignUp_SignUp", 1),
            (event(true, false), "PreSignUp_AdminCreateUser", 1),
            (event(false, true), "PreSignUp_ExternalProvider", 3),
        ] {
            assert_eq!(PreSignUp::source(&event), source);
            let request = PreSignUp::request(&event, Version::V1);
            let sent = request["userAttributes"].as_object().unwrap();
            assert_eq!(sent.len(), attributes, "{source}: {sent:?}");
            assert!(sent.values().all(|value| value == "a@example.com" || value == ""));
        }
    }
}
