//! Lists of the users of a pool, with a filter, and of a group.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::filter;
use crate::operations::page::PageRequest;
use crate::operations::user_type::UserType;
use crate::state::attributes;
use crate::state::group::group_unknown;
use crate::state::pool::Pool;
use crate::state::user::User;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    user_pool_id: String,
    #[serde(default)]
    attributes_to_get: Vec<String>,
    limit: Option<usize>,
    pagination_token: Option<String>,
    #[serde(default)]
    filter: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    users: Vec<UserType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination_token: Option<String>,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    let ListRequest { user_pool_id, attributes_to_get: wanted, filter, .. } = request;
    let page = PageRequest::read(
        request.limit,
        request.pagination_token,
        &["users", &user_pool_id, &filter],
    )?;
    let mut filter = filter::read(&filter)?;
    let pool = &*step.pool;
    check_attributes_to_get(pool, &wanted)?;

    let page = page.of(&pool.lists);
    if let Some(filter) = filter.as_mut().filter(|filter| filter.attribute == "username") {
        filter.value = pool.users.flattened(&filter.value);
    }
    let found = pool.users.search(filter.as_ref(), page.after.as_deref());
    let (users, pagination_token) = page.take(found);
    let users: Result<_, _> = users.into_iter().map(|user| excerpt(user, &wanted)).collect();
    Ok(ListResponse { users: users?, pagination_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInGroupRequest {
    user_pool_id: String,
    group_name: String,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInGroupResponse {
    users: Vec<UserType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list_in_group(
    step: &mut Step<'_>,
    request: ListInGroupRequest,
) -> Result<ListInGroupResponse, ServiceError> {
    let ListInGroupRequest { user_pool_id: pool_id, group_name: name, limit, next_token } = request;
    let list = ["users in group", &pool_id, &name];
    let page = PageRequest::read(limit, next_token, &list)?;
    let pool = &*step.pool;
    let page = page.of(&pool.lists);
    let group = pool.groups.get(&name).ok_or_else(group_unknown)?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let members = group.members.range::<str, _>((after, Bound::Unbounded));
    let shown = members.filter_map(|username| pool.users.shown(username));
    let shown = shown.filter(|user| user.groups.contains(&name));
    let (users, next_token) = page.take(shown.map(|user| (&*user.username, user)));
    Ok(ListInGroupResponse { users: users.into_iter().map(UserType::from).collect(), next_token })
}

fn check_attributes_to_get(pool: &Pool, names: &[String]) -> Result<(), ServiceError> {
    const MESSAGE: &str = "One or more requested attributes do not exist.";
    match names.iter().all(|name| attributes::is_known(name, &pool.settings.schema)) {
        true => Ok(()),
        false => Err(ServiceError::invalid_parameter(MESSAGE)),
    }
}

/// Returns a UserType with the wanted attributes, all of which the user must have; with all
/// attributes if none is named.
fn excerpt(user: &User, wanted: &[String]) -> Result<UserType, ServiceError> {
    let mut excerpt = UserType::from(user);
    if wanted.is_empty() {
        return Ok(excerpt);
    }
    let attributes = &mut excerpt.attributes;
    attributes.retain(|attribute| wanted.contains(&attribute.name));
    if !wanted.iter().all(|name| attributes.iter().any(|attribute| attribute.name == *name)) {
        const MESSAGE: &str = "Input fails to satisfy the constraints.";
        return Err(ServiceError::invalid_parameter(MESSAGE));
    }
    Ok(excerpt)
}
