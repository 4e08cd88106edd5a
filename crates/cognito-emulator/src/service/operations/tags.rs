//! The tags of pools, by their ARNs.

use serde_json::{Value, json};

use super::Output;
use crate::model::ServiceError;
use crate::service::Service;
use crate::service::members::{Members, MembersExt};
use crate::service::pool::Pool;

pub(super) fn tag(service: &mut Service, mut given: Members) -> Output {
    let pool = service.pool_of_arn(given.text("ResourceArn"))?;
    let mut tags = pool.tags();
    if let Some(Value::Object(more)) = given.remove("Tags") {
        tags.extend(more);
    }
    pool.set_tags(tags)?;
    Ok(json!({}))
}

pub(super) fn untag(service: &mut Service, given: Members) -> Output {
    let pool = service.pool_of_arn(given.text("ResourceArn"))?;
    let keys = given.get("TagKeys").and_then(Value::as_array).into_iter().flatten();
    let mut tags = pool.tags();
    for key in keys.filter_map(Value::as_str) {
        tags.remove(key);
    }
    pool.set_tags(tags)?;
    Ok(json!({}))
}

pub(super) fn list(service: &mut Service, given: Members) -> Output {
    Ok(json!({ "Tags": service.pool_of_arn(given.text("ResourceArn"))?.tags() }))
}

impl Service {
    fn pool_of_arn(&mut self, arn: &str) -> Result<&mut Pool, ServiceError> {
        let pool = self.pools.values_mut().find(|pool| pool.arn() == arn);
        pool.ok_or_else(|| ServiceError::resource_not_found(format!("{arn} does not exist.")))
    }
}
