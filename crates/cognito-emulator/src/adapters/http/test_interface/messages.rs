//! The messages that the service would have sent, read over HTTP.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Empty, Rejection, read};
use crate::adapters::host::Host;
use crate::state::outbox::Message;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LastMessage {
    user_pool_id: String,
    username: String,
}

pub(super) fn list(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    to_json(&host.service.shared.outbox.messages())
}

pub(super) fn clear(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    host.service.shared.outbox.clear();
    host.service.note_change();
    Ok(json!({}))
}

/// Returns the last message to a user.
pub(super) fn last(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let LastMessage { user_pool_id, username } = read(members)?;
    let message: Option<Message> = host.last_message(&user_pool_id, &username)?;
    let none = || Rejection::not_found(format!("no message was sent to {username:?}"));
    to_json(&message.ok_or_else(none)?)
}

fn to_json(messages: &impl serde::Serialize) -> Result<Value, Rejection> {
    serde_json::to_value(messages).map_err(Rejection::bad_request)
}
