//! CustomMessage.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Closure, Trigger, Triggers, Version};
use crate::state::outbox::MessageKind;

/// The placeholder of the code or the temporary password.
pub(crate) const CODE: &str = "{####}";

/// The placeholder of the link that confirms a sign-up. Every event has it, even if the pool sends
/// no links (`@types/aws-lambda`, captures in public repositories).
const LINK: &str = "{##Click Here##}";

/// The placeholder of the user name in an invitation.
pub(crate) const USERNAME: &str = "{username}";

/// The event of CustomMessage: a message to be sent.
///
/// See [CustomMessage](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageRequest {
    /// The recipient's name.
    pub username: String,
    /// The app client; `CLIENT_ID_NOT_APPLICABLE` for a request of an administrator.
    pub client_id: String,
    /// The purpose of the message.
    pub kind: MessageKind,
    /// The user's attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// ClientMetadata of the request.
    pub client_metadata: BTreeMap<String, String>,
}

/// The texts of CustomMessage, which replace those of the pool.
///
/// `{####}` is the placeholder of the code or the temporary password, `{username}` of the name of
/// an invited user, and `{##text##}` of the link that confirms a sign-up, if the pool has
/// `CONFIRM_WITH_LINK`.
///
/// ```
/// use cognito_emulator::{MessageText, PoolSettings};
///
/// let settings = PoolSettings::default().custom_message(|message| {
///     let name = message.attributes.get("given_name").map_or("you", String::as_str);
///     Ok(MessageText::default().email("Welcome", format!("{name}, your code is {{####}}.")))
/// });
/// # assert!(!format!("{settings:?}").is_empty());
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[must_use]
pub struct MessageText {
    pub(crate) email_subject: Option<String>,
    pub(crate) email_message: Option<String>,
    pub(crate) sms_message: Option<String>,
}

impl MessageText {
    /// Sets the subject and the text of an e-mail.
    pub fn email(self, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { email_subject: Some(subject.into()), email_message: Some(text.into()), ..self }
    }

    /// Sets the text of an SMS.
    pub fn sms(self, text: impl Into<String>) -> Self {
        Self { sms_message: Some(text.into()), ..self }
    }
}

/// Returns the texts of messages.
pub(crate) struct CustomMessage;

impl Trigger for CustomMessage {
    type Event = MessageRequest;
    type Response = MessageText;

    const NAME: &'static str = "CustomMessage";

    fn closure(triggers: &Triggers) -> Option<&Closure<MessageRequest, MessageText>> {
        triggers.custom_message.as_ref()
    }

    fn source(event: &MessageRequest) -> String {
        format!("CustomMessage_{:?}", event.kind)
    }

    fn username(event: &MessageRequest) -> &str {
        &event.username
    }

    fn request(event: &MessageRequest, _: Version) -> Value {
        let invites = event.kind == MessageKind::AdminCreateUser;
        json!({
            "userAttributes": event.attributes,
            "codeParameter": CODE,
            "linkParameter": LINK,
            "usernameParameter": invites.then_some(USERNAME),
            "clientMetadata": event.client_metadata,
        })
    }

    fn response(_: Version) -> Value {
        json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null })
    }

    fn read(response: Value) -> Option<MessageText> {
        serde_json::from_value(response).ok()
    }
}
