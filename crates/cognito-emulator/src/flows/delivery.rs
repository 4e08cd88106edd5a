//! Messages to users with codes and temporary passwords, whose text CustomMessage can replace.

mod message_text;

use crate::flows::context::Context;
use crate::flows::step::Step;
use crate::flows::trigger;
use crate::flows::triggers::{CustomMessage, MessageRequest, MessageText};
use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::code::SentCode;
use crate::state::outbox::{Message, MessageKind};
use crate::state::user::{User, UserKey};

/// The number of digits of a code, except for codes in place of a password.
pub(crate) const CODE_DIGITS: usize = 6;

/// A message to a user, which is sent after the step that created it.
#[must_use = "it is sent by `send`"]
pub(crate) struct Outgoing {
    user: UserKey,
    to: Address,
    kind: MessageKind,
    /// The code, or a temporary password.
    code: String,
}

impl Outgoing {
    pub(crate) fn new(user: &User, to: Address, kind: MessageKind, code: String) -> Self {
        Self { user: user.key(), to, kind, code }
    }

    /// Returns the destination.
    pub(crate) fn address(&self) -> &Address {
        &self.to
    }

    /// Returns the event of CustomMessage.
    fn event(&self, step: &Step<'_>) -> MessageRequest {
        MessageRequest {
            username: self.user.username.to_string(),
            client_id: step.caller.client_id(),
            kind: self.kind,
            attributes: trigger::attributes(step.pool, &self.user.username),
            client_metadata: step.caller.client_metadata(),
        }
    }

    fn push(self, step: &Step<'_>, custom: MessageText) {
        let (subject, text) = message_text::write(step, &self, custom);
        step.shared.outbox.push(Message {
            pool_id: step.pool.id.to_string(),
            username: self.user.username.to_string(),
            medium: self.to.medium(),
            destination: self.to.destination,
            kind: self.kind,
            code: self.code,
            subject,
            text,
        });
    }
}

/// Creates a code with a validity in seconds, and the message with it.
pub(crate) fn new_code(
    step: &mut Step<'_>,
    username: &str,
    to: Address,
    kind: MessageKind,
    seconds: u64,
) -> Result<(SentCode, Outgoing), ServiceError> {
    let code = step.random.digits(CODE_DIGITS);
    let user = step.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
    let sent = SentCode::new(code.clone(), step.now().saturating_add(seconds), to.clone());
    Ok((sent, Outgoing::new(user, to, kind, code)))
}

/// Sends a message. CustomMessage is called without a lock on the pool.
///
/// # Errors
///
/// Returns the errors of the trigger, and `UserNotFoundException` for a user who was deleted in the
/// meantime.
pub(crate) async fn send(context: &Context, message: Outgoing) -> Result<(), ServiceError> {
    let event = context.step(|step| Ok(message.event(step)))?;
    let custom = context.call_trigger::<CustomMessage>(event).await?.unwrap_or_default();
    context.step(|step| {
        step.pool.current(&message.user)?;
        message.push(step, custom);
        Ok(())
    })
}

/// Sends all messages, even after one that the trigger rejects.
///
/// # Errors
///
/// Returns the error of the first message that is not sent.
pub(crate) async fn send_all(
    context: &Context,
    messages: impl IntoIterator<Item = Outgoing>,
) -> Result<(), ServiceError> {
    let mut result = Ok(());
    for message in messages {
        result = result.and(send(context, message).await);
    }
    result
}
