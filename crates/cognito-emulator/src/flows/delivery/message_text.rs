//! The texts of messages: the pool's, the service's where the pool has none, or the trigger's.

use crate::flows::step::Step;
use crate::flows::triggers::{CODE, CustomMessage, MessageRequest, MessageText, USERNAME};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::pool::Pool;

/// A text among a pool's settings: a member of CreateUserPool, and a pointer into it.
type Place = (&'static str, &'static str);

impl Step<'_> {
    /// Subject and text of a message to a user; none if a trigger refuses, which lets the operation
    /// fail.
    pub(crate) fn message_text(
        &mut self,
        username: &str,
        kind: MessageKind,
        medium: Medium,
        code: &str,
    ) -> Option<(Option<String>, String)> {
        let event = MessageRequest {
            username: username.to_owned(),
            client_id: self.caller.client_id(),
            kind,
            attributes: self.attributes_for_triggers(username),
            client_metadata: self.caller.client_metadata(),
        };
        let custom = match self.ask_trigger::<CustomMessage>(&event) {
            Ok(custom) => custom.unwrap_or_default(),
            Err(refused) => {
                self.afterwards.push(Box::new(move || Err(refused)));
                return None;
            }
        };
        let MessageText { email_subject, email_message, sms_message } = custom;
        let (subject, text) = match medium {
            Medium::Email => (email_subject, email_message),
            Medium::Sms => (None, sms_message),
        };
        let text = text.unwrap_or_else(|| self.pool.text(text_of(kind, medium)));
        let subject = subject.unwrap_or_else(|| self.pool.text(subject_of(kind)));
        let fill = |text: String| text.replace(USERNAME, username).replace(CODE, code);
        Some(((medium == Medium::Email).then_some(subject), fill(text)))
    }
}

/// Where the subject of an e-mail is, the best place first, and what it is if it is nowhere.
fn subject_of(kind: MessageKind) -> (&'static [Place], &'static str) {
    match kind {
        MessageKind::AdminCreateUser => (
            &[("AdminCreateUserConfig", "/InviteMessageTemplate/EmailSubject")],
            "Your temporary password",
        ),
        MessageKind::Authentication => {
            (&[("EmailMfaConfiguration", "/Subject")], "Your authentication code")
        }
        _ => (
            &[("VerificationMessageTemplate", "/EmailSubject"), ("EmailVerificationSubject", "")],
            "Your verification code",
        ),
    }
}

/// The same of a text.
fn text_of(kind: MessageKind, medium: Medium) -> (&'static [Place], &'static str) {
    const INVITATION: &str = "Your username is {username} and temporary password is {####}";
    const SECOND_FACTOR: &str = "Your authentication code is {####}";
    const CONFIRMATION: &str = "Your confirmation code is {####}";
    match (kind, medium) {
        (MessageKind::AdminCreateUser, Medium::Email) => {
            (&[("AdminCreateUserConfig", "/InviteMessageTemplate/EmailMessage")], INVITATION)
        }
        (MessageKind::AdminCreateUser, Medium::Sms) => {
            (&[("AdminCreateUserConfig", "/InviteMessageTemplate/SMSMessage")], INVITATION)
        }
        (MessageKind::Authentication, Medium::Email) => {
            (&[("EmailMfaConfiguration", "/Message")], SECOND_FACTOR)
        }
        (MessageKind::Authentication, Medium::Sms) => {
            (&[("SmsAuthenticationMessage", "")], SECOND_FACTOR)
        }
        (_, Medium::Email) => (
            &[("VerificationMessageTemplate", "/EmailMessage"), ("EmailVerificationMessage", "")],
            CONFIRMATION,
        ),
        (_, Medium::Sms) => (
            &[("VerificationMessageTemplate", "/SmsMessage"), ("SmsVerificationMessage", "")],
            CONFIRMATION,
        ),
    }
}

impl Pool {
    fn text(&self, (places, default): (&[Place], &str)) -> String {
        let settings = self.configuration();
        let find = |(member, pointer): &Place| settings.get(member)?.pointer(pointer)?.as_str();
        places.iter().find_map(find).unwrap_or(default).to_owned()
    }
}
