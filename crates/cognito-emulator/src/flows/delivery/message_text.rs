//! The texts of messages: the pool's, the service's where the pool has none, or the trigger's.

use crate::flows::delivery::Outgoing;
use crate::flows::triggers::{CODE, MessageText, USERNAME};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::pool::Pool;

/// A text among a pool's settings: a member of CreateUserPool, and a pointer into it.
type Place = (&'static str, &'static str);

/// Returns the subject of a message, if it is an e-mail, and its text.
pub(super) fn write(
    pool: &Pool,
    message: &Outgoing,
    custom: MessageText,
) -> (Option<String>, String) {
    let (kind, medium) = (message.kind, message.to.medium());
    let MessageText { email_subject, email_message, sms_message } = custom;
    let (subject, text) = match medium {
        Medium::Email => (email_subject, email_message),
        Medium::Sms => (None, sms_message),
    };
    let text = text.unwrap_or_else(|| configured(pool, text_of(kind, medium)));
    let subject = subject.unwrap_or_else(|| configured(pool, subject_of(kind)));
    let username = message.user.username.as_str();
    let fill = |text: String| text.replace(USERNAME, username).replace(CODE, &message.code);
    ((medium == Medium::Email).then_some(subject), fill(text))
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

/// Returns a text of the pool, or that of the service where the pool has none.
fn configured(pool: &Pool, (places, default): (&[Place], &str)) -> String {
    let settings = pool.configuration();
    let find = |(member, pointer): &Place| settings.get(member)?.pointer(pointer)?.as_str();
    places.iter().find_map(find).unwrap_or(default).to_owned()
}
