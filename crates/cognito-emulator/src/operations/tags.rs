//! The tags of pools, by their ARNs.

use crate::flows::step::Step;
use crate::operations::subject::Bare;
use serde_json::{Value, json};

use crate::operations::Output;
use crate::state::members::Members;

pub(super) fn tag(step: &mut Step<'_>, mut given: Members) -> Output {
    let mut tags = step.pool.tags();
    if let Some(Value::Object(more)) = given.remove("Tags") {
        tags.extend(more);
    }
    step.pool.set_tags(tags)?;
    Ok(json!({}))
}

pub(super) fn untag(step: &mut Step<'_>, given: Members) -> Output {
    let keys = given.get("TagKeys").and_then(Value::as_array).into_iter().flatten();
    let mut tags = step.pool.tags();
    for key in keys.filter_map(Value::as_str) {
        tags.remove(key);
    }
    step.pool.set_tags(tags)?;
    Ok(json!({}))
}

pub(super) fn list(step: &mut Step<'_>, _: Bare) -> Output {
    Ok(json!({ "Tags": step.pool.tags() }))
}
