//! The event history of users, and feedback on events.

use serde::{Deserialize, Serialize};

use crate::flows::auth_event;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::PageRequest;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::auth_event::{AuthEvent, FeedbackProvider};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    #[serde(flatten)]
    user: UserRequest,
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// The response of AdminListUserAuthEvents.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    auth_events: Vec<AuthEventType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// AuthEventType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AuthEventType {
    challenge_responses: Vec<ChallengeResponse>,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_feedback: Option<EventFeedback>,
    event_id: String,
    event_response: &'static str,
    event_risk: EventRisk,
    event_type: String,
}

/// ChallengeResponseType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChallengeResponse {
    challenge_name: String,
    challenge_response: &'static str,
}

/// EventFeedbackType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventFeedback {
    feedback_date: f64,
    feedback_value: String,
    provider: FeedbackProvider,
}

/// EventRiskType. The emulator rates no event as a risk.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventRisk {
    compromised_credentials_detected: bool,
    risk_decision: &'static str,
}

impl From<&AuthEvent> for AuthEventType {
    fn from(event: &AuthEvent) -> Self {
        let failed = event.challenges.iter().any(|(_, passed)| !passed);
        let challenges = event.challenges.iter().map(|(challenge, passed)| ChallengeResponse {
            challenge_name: format!("{challenge:?}"),
            challenge_response: if *passed { "Success" } else { "Failure" },
        });
        let feedback = event.feedback.as_ref().map(|feedback| EventFeedback {
            feedback_date: feedback.date,
            feedback_value: feedback.value.clone(),
            provider: feedback.provider,
        });
        Self {
            challenge_responses: challenges.collect(),
            creation_date: event.date,
            event_feedback: feedback,
            event_id: event.id.clone(),
            event_response: if failed { "Fail" } else { "Pass" },
            event_risk: EventRisk {
                compromised_credentials_detected: false,
                risk_decision: "NoRisk",
            },
            event_type: format!("{:?}", event.kind),
        }
    }
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    let username = find_user(step, &request.user)?;
    step.pool.check_keeps_history()?;
    let list = ["events of user", step.pool.id.as_str(), &username];
    let page = PageRequest::read(request.max_results, request.next_token, &list)?;
    let user = step.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    let events = user.extras().events.before(page.after.as_deref());
    let events = events.map(|event| (event.id.as_str(), AuthEventType::from(event)));
    let (auth_events, next_token) = page.take(events);
    Ok(ListResponse { auth_events, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminFeedbackRequest {
    #[serde(flatten)]
    user: UserRequest,
    event_id: String,
    feedback_value: String,
}

pub(super) fn admin_update_feedback(
    step: &mut Step<'_>,
    request: AdminFeedbackRequest,
) -> Result<Empty, ServiceError> {
    let username = find_user(step, &request.user)?;
    step.pool.check_keeps_history()?;
    auth_event::give_feedback(
        step,
        &username,
        &request.event_id,
        request.feedback_value,
        FeedbackProvider::Admin,
    )?;
    Ok(Empty {})
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

pub(super) fn update_feedback(
    step: &mut Step<'_>,
    request: FeedbackRequest,
) -> Result<Empty, ServiceError> {
    let FeedbackRequest { user, event_id, feedback_token, feedback_value } = request;
    let username = find_user(step, &user)?;
    step.pool.check_keeps_history()?;
    if feedback_token != step.pool.feedback_token(&username, &event_id) {
        return Err(ServiceError::not_authorized("Invalid feedback token."));
    }
    auth_event::give_feedback(step, &username, &event_id, feedback_value, FeedbackProvider::User)?;
    Ok(Empty {})
}
