//! The messages that the service would have sent.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::state::part::{self, CodecError, Journal, Part};

/// A message with a code or a temporary password, which is kept instead of being sent.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Message {
    /// The id of the pool.
    pub pool_id: String,
    /// The name of the user.
    pub username: String,
    /// The e-mail address or phone number, unmasked.
    pub destination: String,
    /// `EMAIL` or `SMS`.
    pub medium: Medium,
    /// The purpose of the code.
    pub kind: MessageKind,
    /// The code, or the temporary password of an invitation.
    pub code: String,
    /// The subject of an e-mail.
    pub subject: Option<String>,
    /// The text, from the pool's settings or CustomMessage.
    pub text: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("username", &self.username)
            .field("medium", &self.medium)
            .field("kind", &self.kind)
            .field("code", &format_args!("[redacted]"))
            .finish_non_exhaustive()
    }
}

/// The medium of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Medium {
    /// E-mail.
    Email,
    /// SMS.
    Sms,
}

impl Medium {
    pub(crate) const ALL: [Self; 2] = [Self::Email, Self::Sms];

    /// Returns the name of the medium in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }

    /// Returns the attribute of its addresses.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "phone_number",
        }
    }
}

/// The purpose of a message, with the names of CustomMessage's trigger sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MessageKind {
    /// Confirms a sign-up.
    SignUp,
    /// Confirms a sign-up, sent again.
    ResendCode,
    /// Is the response to an SMS_MFA, EMAIL_OTP or SMS_OTP challenge.
    Authentication,
    /// Resets a password that was forgotten, or that an administrator reset.
    ForgotPassword,
    /// Verifies an address that was changed.
    UpdateUserAttribute,
    /// Verifies an address, on request.
    VerifyUserAttribute,
    /// Invites a user whom an administrator created, with a temporary password.
    AdminCreateUser,
}

/// The messages of all pools; for each pool the newest [`KEPT`].
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Messages>);

#[derive(Default)]
struct Messages {
    /// By pool id, with sequence numbers over all pools.
    of_pool: BTreeMap<String, VecDeque<(u64, Message)>>,
    sent: u64,
    journal: Journal,
}

/// The maximum number of messages of a pool; older ones are dropped.
const KEPT: usize = 10_000;

impl Outbox {
    pub(crate) fn push(&self, message: Message) {
        let mut kept = self.lock();
        let number = kept.sent;
        let dropped = kept.insert(number, message);
        for number in [number].into_iter().chain(dropped) {
            kept.journal.note(&key(number));
        }
    }

    /// Returns the messages, oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let kept = self.lock();
        let mut messages: Vec<_> = kept.of_pool.values().flatten().collect();
        messages.sort_by_key(|(number, _)| *number);
        messages.into_iter().map(|(_, message)| message.clone()).collect()
    }

    /// Returns the last message to a user of a pool.
    pub(crate) fn last(&self, pool_id: &str, username: &str) -> Option<Message> {
        let kept = self.lock();
        let mut messages = kept.of_pool.get(pool_id)?.iter().rev().map(|(_, message)| message);
        messages.find(|message| message.username == username).cloned()
    }

    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        for key in Part::keys(&*kept) {
            kept.journal.note(&key);
        }
        kept.of_pool.clear();
    }

    /// Calls `work` with the part to store.
    pub(crate) fn with_part<T>(&self, work: impl FnOnce(&mut dyn Part) -> T) -> T {
        work(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the key of a message; keys sort in the order of sending.
fn key(number: u64) -> String {
    format!("{number:020}")
}

impl Messages {
    /// Adds a message, and returns the number of the message that is dropped for it.
    fn insert(&mut self, number: u64, message: Message) -> Option<u64> {
        self.sent = self.sent.max(number.saturating_add(1));
        let of_pool = self.of_pool.entry(message.pool_id.clone()).or_default();
        let dropped = if of_pool.len() >= KEPT { of_pool.pop_front() } else { None };
        of_pool.push_back((number, message));
        dropped.map(|(number, _)| number)
    }
}

impl Part for Messages {
    fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn keys(&self) -> Vec<String> {
        self.of_pool.values().flatten().map(|(number, _)| key(*number)).collect()
    }

    fn encoded(&self, key: &str) -> Result<Option<Vec<u8>>, CodecError> {
        let Ok(wanted) = key.parse::<u64>() else { return Ok(None) };
        let find = |messages: &VecDeque<(u64, Message)>| {
            let at = messages.binary_search_by_key(&wanted, |(number, _)| *number).ok()?;
            messages.get(at).map(|(_, message)| part::encode(message))
        };
        self.of_pool.values().find_map(find).transpose()
    }

    fn restore(&mut self, key: String, entry: &[u8]) -> Result<(), CodecError> {
        if let Ok(number) = key.parse() {
            self.insert(number, part::decode(entry)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(pool_id: &str, code: usize) -> Message {
        Message {
            pool_id: pool_id.to_owned(),
            username: "alice".to_owned(),
            destination: String::new(),
            medium: Medium::Email,
            kind: MessageKind::SignUp,
            code: code.to_string(),
            subject: None,
            text: String::new(),
        }
    }

    #[test]
    fn the_newest_messages_of_each_pool_are_kept_in_order() {
        let outbox = Outbox::default();
        outbox.push(message("quiet", 0));
        for code in 1..=KEPT + 5 {
            outbox.push(message("busy", code));
        }
        outbox.push(message("quiet", 1));
        let messages = outbox.messages();
        assert_eq!(messages.len(), KEPT + 2);
        let codes = [0, 1, KEPT, KEPT + 1].map(|at| messages[at].code.parse::<usize>().unwrap());
        assert_eq!(codes, [0, 6, KEPT + 5, 1]);
        assert_eq!(outbox.last("quiet", "alice").map(|last| last.code), Some("1".to_owned()));
        assert!(outbox.last("busy", "bob").is_none());
    }
}
