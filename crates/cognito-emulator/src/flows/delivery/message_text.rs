//! The texts of messages: from the trigger, the pool, or the service's defaults.

use form_urlencoded::Serializer;

use crate::flows::delivery::Outgoing;
use crate::flows::step::Step;
use crate::flows::triggers::{CODE, MessageText, USERNAME};
use crate::state::outbox::{Medium, MessageKind};
use crate::state::pool::Pool;

/// Returns the subject of an e-mail, and the text of a message.
pub(super) fn write(
    step: &Step<'_>,
    message: &Outgoing,
    custom: MessageText,
) -> (Option<String>, String) {
    let (pool, kind, medium) = (&*step.pool, message.kind, message.to.medium());
    let MessageText { email_subject, email_message, sms_message } = custom;
    let (subject, text) = match medium {
        Medium::Email => (email_subject, email_message),
        Medium::Sms => (None, sms_message),
    };
    let text = text.unwrap_or_else(|| text_of(pool, kind, medium));
    let subject = subject.unwrap_or_else(|| subject_of(pool, kind));
    let username = &*message.user.username;
    let text = match pool.settings.sends_link(kind, medium) {
        true => with_links(&text, &link(step, message)),
        false => text,
    };
    let fill = |text: String| text.replace(USERNAME, username).replace(CODE, &message.code);
    ((medium == Medium::Email).then_some(subject), fill(text))
}

/// Returns the URL that confirms a sign-up (AWS guide, managed login endpoints).
fn link(step: &Step<'_>, message: &Outgoing) -> String {
    let (endpoint, client_id) = (step.shared.browser_endpoint(), step.caller.client_id());
    let parameters = [
        ("client_id", &*client_id),
        ("user_name", &*message.user.username),
        ("confirmation_code", &*message.code),
    ];
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{endpoint}/confirmUser?{query}")
}

/// Replaces every `{##text##}` by a link. `{####}` is not a link without a text, but the code.
fn with_links(text: &str, url: &str) -> String {
    const START: &str = "{##";
    let mut parts = text.split(START);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("##}") {
            Some((label, rest)) if !label.is_empty() => {
                written.extend(["<a href=\"", url, "\">", label, "</a>", rest]);
            }
            _ => written.extend([START, part]),
        }
    }
    written
}

/// Returns the subject of e-mails: the pool's, or the service's default.
fn subject_of(pool: &Pool, kind: MessageKind) -> String {
    let default = match kind {
        MessageKind::AdminCreateUser => "Your temporary password",
        MessageKind::Authentication => "Your authentication code",
        kind if pool.settings.sends_link(kind, Medium::Email) => "Your verification link",
        _ => "Your verification code",
    };
    pool.settings.subject(kind).unwrap_or(default).to_owned()
}

/// Returns the text of messages: the pool's, or the service's default.
fn text_of(pool: &Pool, kind: MessageKind, medium: Medium) -> String {
    let default = match kind {
        MessageKind::AdminCreateUser => {
            "Your username is {username} and temporary password is {####}"
        }
        MessageKind::Authentication => "Your authentication code is {####}",
        kind if pool.settings.sends_link(kind, medium) => {
            "Please click the link below to verify your email address. {##Verify Email##}"
        }
        _ => "Your confirmation code is {####}",
    };
    pool.settings.text(kind, medium).unwrap_or(default).to_owned()
}
