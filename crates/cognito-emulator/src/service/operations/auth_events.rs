//! The history of users, and what is thought of its events.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::service::Service;
use crate::service::auth_event::AuthEvent;
use crate::service::constraint::{EVENT_ID, FEEDBACK, TOKEN};
use crate::service::error::ApiError;
use crate::service::page::{self, PageRequest};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(flatten)]
    user: UserInput,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(service: &mut Service, input: ListInput) -> Output {
    let (scope, username) = service.named_user(input.user)?;
    scope.pool.check_keeps_history()?;
    let list = ["events of user", scope.pool.id.as_str(), &username];
    let page = PageRequest::read(("maxResults", input.max_results), input.next_token, &list)?;
    let user = scope.pool.users.get(&username).ok_or_else(ApiError::user_unknown)?;
    let events = user.events.before(page.after.as_deref());
    let (events, token) = page.take(events.map(|event| (event.id.as_str(), event)));
    let events: Value = events.into_iter().map(AuthEvent::to_json).collect();
    Ok(page::answer("AuthEvents", events, ("NextToken", token)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FeedbackInput {
    #[serde(flatten)]
    user: UserInput,
    event_id: Option<String>,
    feedback_token: Option<String>,
    feedback_value: Option<String>,
}

pub(super) fn admin_update_feedback(service: &mut Service, input: FeedbackInput) -> Output {
    let event_id = EVENT_ID.required(input.event_id)?;
    let value = feedback_value(input.feedback_value)?;
    let (mut scope, username) = service.named_user(input.user)?;
    scope.pool.check_keeps_history()?;
    scope.give_feedback(&username, &event_id, value, "Admin")?;
    Ok(json!({}))
}

pub(super) fn update_feedback(service: &mut Service, input: FeedbackInput) -> Output {
    let event_id = EVENT_ID.required(input.event_id)?;
    let token = TOKEN.required(input.feedback_token)?;
    let value = feedback_value(input.feedback_value)?;
    let (mut scope, username) = service.named_user(input.user)?;
    scope.pool.check_keeps_history()?;
    if token != scope.pool.feedback_token(&username, &event_id) {
        return Err(ApiError::not_authorized("Invalid feedback token."));
    }
    scope.give_feedback(&username, &event_id, value, "User")?;
    Ok(json!({}))
}

fn feedback_value(given: Option<String>) -> Result<String, ApiError> {
    let value = FEEDBACK.required(given)?;
    match value.as_str() {
        "Valid" | "Invalid" => Ok(value),
        other => Err(FEEDBACK.outside(other, "[Valid, Invalid]")),
    }
}
