//! Records of users, with the fields of an export.

use cognito::admin::UserRecord;
use serde_json::{Map, Value};

use crate::output::{Record, time};

/// The fields of a user in a list.
pub(super) const FIELDS: [&str; 7] =
    ["username", "sub", "status", "enabled", "created", "modified", "attributes"];

/// The fields of a user in a table of users.
pub(super) const TABLE_FIELDS: [&str; 5] = ["username", "status", "enabled", "created", "email"];

pub(super) fn record(user: &UserRecord) -> Record {
    let attributes = user.attributes().iter().filter(|(name, _)| *name != "sub");
    let attributes = attributes.map(|(name, value)| (name.to_owned(), Value::from(value)));
    Record::new()
        .with("username", user.username())
        .with("sub", user.subject())
        .with("status", user.status().as_str())
        .with("enabled", user.is_enabled())
        .with("created", time(user.created_at()))
        .with("modified", time(user.modified_at()))
        .with("attributes", Value::Object(attributes.collect::<Map<_, _>>()))
}
