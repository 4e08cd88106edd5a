//! The texts of messages: the pool's, the service's where the pool has none, or the trigger's.

use crate::flows::delivery::Outgoing;
use crate::flows::triggers::{CODE, MessageText, USERNAME};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::pool::Pool;

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
    let text = text.unwrap_or_else(|| text_of(pool, kind, medium));
    let subject = subject.unwrap_or_else(|| subject_of(pool, kind));
    let username = &*message.user.username;
    let fill = |text: String| text.replace(USERNAME, username).replace(CODE, &message.code);
    ((medium == Medium::Email).then_some(subject), fill(text))
}

/// Returns the subject of e-mails: the pool's, or that of the service.
fn subject_of(pool: &Pool, kind: MessageKind) -> String {
    let default = match kind {
        MessageKind::AdminCreateUser => "Your temporary password",
        MessageKind::Authentication => "Your authentication code",
        _ => "Your verification code",
    };
    pool.settings.subject(kind).unwrap_or(default).to_owned()
}

/// Returns the text of messages: the pool's, or that of the service.
fn text_of(pool: &Pool, kind: MessageKind, medium: Medium) -> String {
    let default = match kind {
        MessageKind::AdminCreateUser => {
            "Your username is {username} and temporary password is {####}"
        }
        MessageKind::Authentication => "Your authentication code is {####}",
        _ => "Your confirmation code is {####}",
    };
    pool.settings.text(kind, medium).unwrap_or(default).to_owned()
}
