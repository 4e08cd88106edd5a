//! What users did, as the history of a pool with threat protection has it.

use std::collections::VecDeque;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::flows::sign_in::challenge::Attempt;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::pool::Pool;

/// Events that are kept of a user; the service keeps those of two years.
const MOST: usize = 100;

/// The history of a user, the newest event first.
#[derive(Clone, Default)]
pub(crate) struct AuthEvents(VecDeque<AuthEvent>);

/// Something that a user did, or failed to do.
#[derive(Clone)]
pub(crate) struct AuthEvent {
    pub(crate) id: String,
    kind: EventKind,
    /// What the user was asked for, and whether that was given.
    challenges: Vec<(AskedFor, bool)>,
    feedback: Option<Feedback>,
    /// Seconds since 1970.
    date: f64,
}

/// EventType.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EventKind {
    SignIn,
    SignUp,
    ForgotPassword,
    PasswordChange,
    ResendCode,
}

/// ChallengeName of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AskedFor {
    Password,
    Mfa,
}

/// EventFeedbackType.
#[derive(Clone)]
struct Feedback {
    value: String,
    provider: &'static str,
    date: f64,
}

impl AuthEvent {
    /// AuthEventType. Nothing is ever a risk here.
    pub(crate) fn to_json(&self) -> Value {
        let failed = self.challenges.iter().any(|(_, passed)| !passed);
        let challenge = |(name, passed): &(AskedFor, bool)| {
            let response = if *passed { "Success" } else { "Failure" };
            json!({ "ChallengeName": format!("{name:?}"), "ChallengeResponse": response })
        };
        let mut event = json!({
            "EventId": self.id,
            "EventType": format!("{:?}", self.kind),
            "CreationDate": self.date,
            "EventResponse": if failed { "Fail" } else { "Pass" },
            "EventRisk": { "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false },
            "ChallengeResponses": self.challenges.iter().map(challenge).collect::<Value>(),
        });
        if let (Some(event), Some(Feedback { value, provider, date })) =
            (event.as_object_mut(), &self.feedback)
        {
            let feedback =
                json!({ "FeedbackValue": value, "Provider": provider, "FeedbackDate": date });
            event.insert("EventFeedback".to_owned(), feedback);
        }
        event
    }
}

impl AuthEvents {
    /// The events that came before one, or all of them, the newest first.
    pub(crate) fn before(&self, id: Option<&str>) -> impl Iterator<Item = &AuthEvent> {
        let newer = id.and_then(|id| self.0.iter().position(|event| event.id == id));
        self.0.iter().skip(newer.map_or(0, |newer| newer.saturating_add(1)))
    }

    fn push(&mut self, event: AuthEvent) {
        self.0.truncate(MOST.saturating_sub(1));
        self.0.push_front(event);
    }
}

impl Step<'_> {
    /// Notes what a user did, if the pool keeps a history.
    pub(crate) fn record(&mut self, username: &str, kind: EventKind) {
        self.record_as(None, username, kind, Vec::new());
    }

    /// Notes a sign-in that is done, under the id that its tokens name.
    pub(crate) fn record_sign_in(&mut self, id: &str, attempt: &Attempt) {
        let given =
            [(AskedFor::Password, attempt.by_password), (AskedFor::Mfa, attempt.by_second_factor)];
        let given = given.into_iter().filter(|(_, given)| *given).collect();
        self.record_as(Some(id), &attempt.username, EventKind::SignIn, given);
    }

    /// Notes a sign-in that failed.
    pub(crate) fn record_failure(&mut self, username: &str, asked: AskedFor) {
        let mut challenges = vec![(asked, false)];
        if matches!(asked, AskedFor::Mfa) {
            challenges.insert(0, (AskedFor::Password, true));
        }
        self.record_as(None, username, EventKind::SignIn, challenges);
    }

    fn record_as(
        &mut self,
        id: Option<&str>,
        username: &str,
        kind: EventKind,
        challenges: Vec<(AskedFor, bool)>,
    ) {
        if !self.pool.settings.keeps_history() {
            return;
        }
        let id = id.map_or_else(|| self.random.uuid(), str::to_owned);
        let date = self.date();
        if let Some(user) = self.pool.users.get_mut(username) {
            user.events.push(AuthEvent { id, kind, challenges, feedback: None, date });
        }
    }

    /// Keeps what somebody thinks of an event.
    pub(crate) fn give_feedback(
        &mut self,
        username: &str,
        event_id: &str,
        value: String,
        provider: &'static str,
    ) -> Result<(), ServiceError> {
        let date = self.date();
        let events = &mut self.pool.user_mut(username)?.events.0;
        let event = events.iter_mut().find(|event| event.id == event_id);
        let unknown = || ServiceError::resource_not_found("Event does not exist.");
        event.ok_or_else(unknown)?.feedback = Some(Feedback { value, provider, date });
        Ok(())
    }
}

impl Pool {
    /// The token by which a user may say what to think of an event, as in a message about it.
    pub(crate) fn feedback_token(&self, username: &str, event_id: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let tag = hmac::sign(&key, format!("feedback\0{username}\0{event_id}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    pub(crate) fn check_keeps_history(&self) -> Result<(), ServiceError> {
        match self.settings.keeps_history() {
            true => Ok(()),
            false => Err(ServiceError::user_pool_add_on_not_enabled(
                "Threat protection is not enabled for the user pool.",
            )),
        }
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
