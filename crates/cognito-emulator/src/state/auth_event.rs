//! The event history of users, which pools with threat protection have.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The maximum number of events of a user; the service keeps two years.
const MOST: usize = 100;

/// The history of a user, the newest event first.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct AuthEvents(VecDeque<AuthEvent>);

/// A successful or failed action of a user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    pub(crate) kind: EventKind,
    /// The factors of a sign-in, and whether each was verified.
    pub(crate) challenges: Vec<(EventChallenge, bool)>,
    pub(crate) feedback: Option<Feedback>,
    /// Seconds since 1970.
    pub(crate) date: f64,
}

/// EventType.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum EventKind {
    SignIn,
    SignUp,
    ForgotPassword,
    PasswordChange,
    ResendCode,
}

/// ChallengeName of an event, which names a factor.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum EventChallenge {
    Password,
    Mfa,
}

/// EventFeedbackType.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Feedback {
    pub(crate) value: String,
    pub(crate) provider: FeedbackProvider,
    pub(crate) date: f64,
}

/// The source of feedback.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum FeedbackProvider {
    Admin,
    User,
}

impl AuthEvents {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the events before an event, or all events, newest first.
    pub(crate) fn before(&self, id: Option<&str>) -> impl Iterator<Item = &AuthEvent> {
        let newer = id.and_then(|id| self.0.iter().position(|event| event.id == id));
        self.0.iter().skip(newer.map_or(0, |newer| newer.saturating_add(1)))
    }

    pub(crate) fn push(&mut self, event: AuthEvent) {
        self.0.truncate(MOST.saturating_sub(1));
        self.0.push_front(event);
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut AuthEvent> {
        self.0.iter_mut().find(|event| event.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_are_dropped() {
        let mut events = AuthEvents::default();
        for number in 0..250 {
            let (kind, challenges) = (EventKind::SignIn, Vec::new());
            let id = number.to_string();
            events.push(AuthEvent { id, kind, challenges, feedback: None, date: 0.0 });
        }
        let ids: Vec<_> = events.before(None).map(|event| event.id.as_str()).collect();
        assert_eq!((ids.len(), ids[0], ids[99]), (100, "249", "150"));
        assert_eq!(events.before(Some("151")).count(), 1);
    }
}
