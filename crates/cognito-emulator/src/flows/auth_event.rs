//! Entries in the event history of users, if the pool has one.

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::attempt::Attempt;
use crate::state::auth_event::{AuthEvent, EventChallenge, EventKind, Feedback, FeedbackProvider};

/// Records an action of a user.
pub(crate) fn record(step: &mut Step<'_>, username: &str, kind: EventKind) {
    record_as(step, None, username, kind, Vec::new());
}

/// Records a completed sign-in, with the event id in its tokens.
pub(crate) fn record_sign_in(step: &mut Step<'_>, id: &str, attempt: &Attempt) {
    let factors = [
        (EventChallenge::Password, attempt.by_password),
        (EventChallenge::Mfa, attempt.by_second_factor),
    ];
    let proven = factors.into_iter().filter(|(_, proven)| *proven).collect();
    record_as(step, Some(id), &attempt.username, EventKind::SignIn, proven);
}

/// Records a failed sign-in.
pub(crate) fn record_failure(step: &mut Step<'_>, username: &str, failed: EventChallenge) {
    let mut challenges = vec![(failed, false)];
    if matches!(failed, EventChallenge::Mfa) {
        challenges.insert(0, (EventChallenge::Password, true));
    }
    record_as(step, None, username, EventKind::SignIn, challenges);
}

/// Stores the feedback on an event.
pub(crate) fn give_feedback(
    step: &mut Step<'_>,
    username: &str,
    event_id: &str,
    value: String,
    provider: FeedbackProvider,
) -> Result<(), ServiceError> {
    let date = step.date();
    let event = step.pool.user_mut(username)?.extras_mut();
    let event = event.and_then(|extras| extras.events.get_mut(event_id));
    let unknown = || ServiceError::resource_not_found("Event does not exist.");
    event.ok_or_else(unknown)?.feedback = Some(Feedback { value, provider, date });
    Ok(())
}

fn record_as(
    step: &mut Step<'_>,
    id: Option<&str>,
    username: &str,
    kind: EventKind,
    challenges: Vec<(EventChallenge, bool)>,
) {
    if !step.pool.settings.keeps_history() {
        return;
    }
    let id = id.map_or_else(|| step.random.uuid(), str::to_owned);
    let date = step.date();
    if let Some(user) = step.pool.users.get_mut(username) {
        let event = AuthEvent { id, kind, challenges, feedback: None, date };
        user.change_extras(|extras| extras.events.push(event));
    }
}
