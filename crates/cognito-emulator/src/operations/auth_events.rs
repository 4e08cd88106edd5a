//! The history of users, and what is thought of its events.

use crate::flows::step::Step;
use crate::operations::subject::find_user;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::flows::auth_event::AuthEvent;
use crate::model::ServiceError;
use crate::operations::Output;
use crate::operations::page::{self, PageRequest};
use crate::operations::subject::UserRequest;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    #[serde(flatten)]
    user: UserRequest,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn list(step: &mut Step<'_>, request: ListRequest) -> Output {
    let username = find_user(step, &request.user)?;
    step.pool.check_keeps_history()?;
    let list = ["events of user", step.pool.id.as_str(), &username];
    let page = PageRequest::read(request.max_results, request.next_token, &list)?;
    let user = step.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    let events = user.events.before(page.after.as_deref());
    let (events, token) = page.take(events.map(|event| (event.id.as_str(), event)));
    let events: Value = events.into_iter().map(AuthEvent::to_json).collect();
    Ok(page::answer("AuthEvents", events, ("NextToken", token)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminFeedbackRequest {
    #[serde(flatten)]
    user: UserRequest,
    event_id: String,
    feedback_value: String,
}

pub(super) fn admin_update_feedback(step: &mut Step<'_>, request: AdminFeedbackRequest) -> Output {
    let username = find_user(step, &request.user)?;
    step.pool.check_keeps_history()?;
    step.give_feedback(&username, &request.event_id, request.feedback_value, "Admin")?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FeedbackRequest {
    #[serde(flatten)]
    user: UserRequest,
    event_id: String,
    feedback_token: String,
    feedback_value: String,
}

pub(super) fn update_feedback(step: &mut Step<'_>, request: FeedbackRequest) -> Output {
    let FeedbackRequest { user, event_id, feedback_token, feedback_value } = request;
    let username = find_user(step, &user)?;
    step.pool.check_keeps_history()?;
    if feedback_token != step.pool.feedback_token(&username, &event_id) {
        return Err(ServiceError::not_authorized("Invalid feedback token."));
    }
    step.give_feedback(&username, &event_id, feedback_value, "User")?;
    Ok(json!({}))
}
