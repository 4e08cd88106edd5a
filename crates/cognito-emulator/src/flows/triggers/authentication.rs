//! PreAuthentication and PostAuthentication.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Closure, Trigger, Triggers, Version};

/// The event of PreAuthentication: the start of a sign-in.
///
/// See [PreAuthentication](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInAttempt {
    /// The user's name.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// True if the user does not exist and the client hides that.
    pub user_not_found: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ClientMetadata of the request, which the service passes under this name.
    pub validation_data: BTreeMap<String, String>,
}

/// The event of PostAuthentication: a completed sign-in.
///
/// See [PostAuthentication](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInDone {
    /// The user's name.
    pub username: String,
    /// The app client.
    pub client_id: String,
    /// True if the device was unknown and the pool tracks devices.
    pub new_device_used: bool,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ClientMetadata of the last challenge response; empty without a challenge, because the
    /// service does not pass it then.
    pub client_metadata: BTreeMap<String, String>,
}

/// Decides on sign-ins before the password is verified.
pub(crate) struct PreAuthentication;

impl Trigger for PreAuthentication {
    type Event = SignInAttempt;
    type Response = ();

    const NAME: &'static str = "PreAuthentication";
    const HAS_RESPONSE: bool = false;

    fn closure(triggers: &Triggers) -> Option<&Closure<SignInAttempt, ()>> {
        triggers.pre_authentication.as_ref()
    }

    fn source(_: &SignInAttempt) -> String {
        "PreAuthentication_Authentication".to_owned()
    }

    fn username(event: &SignInAttempt) -> &str {
        &event.username
    }

    fn request(event: &SignInAttempt, _: Version) -> Value {
        json!({
            "userAttributes": event.attributes,
            "validationData": event.validation_data,
            "userNotFound": event.user_not_found,
        })
    }

    fn read(_: Value) -> Option<()> {
        Some(())
    }
}

/// Receives completed sign-ins, and may still reject them.
pub(crate) struct PostAuthentication;

impl Trigger for PostAuthentication {
    type Event = SignInDone;
    type Response = ();

    const NAME: &'static str = "PostAuthentication";
    const HAS_RESPONSE: bool = false;

    fn closure(triggers: &Triggers) -> Option<&Closure<SignInDone, ()>> {
        triggers.post_authentication.as_ref()
    }

    fn source(_: &SignInDone) -> String {
        "PostAuthentication_Authentication".to_owned()
    }

    fn username(event: &SignInDone) -> &str {
        &event.username
    }

    fn request(event: &SignInDone, _: Version) -> Value {
        json!({
            "userAttributes": event.attributes,
            "newDeviceUsed": event.new_device_used,
            "clientMetadata": event.client_metadata,
        })
    }

    fn read(_: Value) -> Option<()> {
        Some(())
    }
}
