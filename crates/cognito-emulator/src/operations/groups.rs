//! Groups of users, and their members.

use std::ops::Bound;

use cognito_types::UserPoolId;
use serde::{Deserialize, Serialize};

use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::operations::page::PageRequest;
use crate::operations::subject::{Empty, UserRequest, find_user};
use crate::state::group::{Group, group_unknown};

/// The quota of groups in a pool.
const MOST_GROUPS: usize = 10_000;

/// The quota of groups of a user.
const MOST_GROUPS_OF_USER: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupRequest {
    group_name: String,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<u32>,
}

/// GroupType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupType {
    group_name: String,
    user_pool_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precedence: Option<u32>,
    creation_date: f64,
    last_modified_date: f64,
}

impl GroupType {
    fn new(group: &Group, pool_id: &UserPoolId) -> Self {
        Self {
            group_name: group.name.clone(),
            user_pool_id: pool_id.to_string(),
            description: group.description.clone(),
            role_arn: group.role_arn.clone(),
            precedence: group.precedence,
            creation_date: group.created,
            last_modified_date: group.modified,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupResponse {
    group: GroupType,
}

pub(super) fn create(
    step: &mut Step<'_>,
    request: GroupRequest,
) -> Result<GroupResponse, ServiceError> {
    let name = request.group_name;
    if step.pool.groups.contains_key(&name) {
        return Err(ServiceError::group_exists("A group with the name already exists."));
    }
    if step.pool.groups.len() >= MOST_GROUPS {
        return Err(ServiceError::limit_exceeded("The pool has the maximum number of groups."));
    }
    let group = Group {
        role_arn: request.role_arn,
        precedence: request.precedence,
        ..Group::new(&name, request.description, step.date())
    };
    let response = GroupResponse { group: GroupType::new(&group, &step.pool.id) };
    step.pool.groups.insert(name, group);
    Ok(response)
}

pub(super) fn get(
    step: &mut Step<'_>,
    request: GroupRequest,
) -> Result<GroupResponse, ServiceError> {
    let group = step.pool.groups.get(&request.group_name).ok_or_else(group_unknown)?;
    Ok(GroupResponse { group: GroupType::new(group, &step.pool.id) })
}

/// Updates the given members and keeps the others.
pub(super) fn update(
    step: &mut Step<'_>,
    request: GroupRequest,
) -> Result<GroupResponse, ServiceError> {
    let date = step.date();
    let pool_id = step.pool.id.clone();
    let group = step.pool.group_mut(&request.group_name)?;
    group.modified = date;
    group.description = request.description.or_else(|| group.description.take());
    group.role_arn = request.role_arn.or_else(|| group.role_arn.take());
    group.precedence = request.precedence.or(group.precedence);
    Ok(GroupResponse { group: GroupType::new(group, &pool_id) })
}

pub(super) fn delete(step: &mut Step<'_>, request: GroupRequest) -> Result<Empty, ServiceError> {
    step.pool.remove_group(&request.group_name)?;
    Ok(Empty {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRequest {
    user_pool_id: String,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListResponse {
    groups: Vec<GroupType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list(
    step: &mut Step<'_>,
    request: ListRequest,
) -> Result<ListResponse, ServiceError> {
    let ListRequest { user_pool_id, limit, next_token } = request;
    let page = PageRequest::read(limit, next_token, &["groups", &user_pool_id])?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let rest = step.pool.groups.range::<str, _>((after, Bound::Unbounded));
    let described = |group: &Group| GroupType::new(group, &step.pool.id);
    let (groups, next_token) =
        page.take(rest.map(|(name, group)| (name.as_str(), described(group))));
    Ok(ListResponse { groups, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListForUserRequest {
    #[serde(flatten)]
    user: UserRequest,
    limit: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn list_for_user(
    step: &mut Step<'_>,
    request: ListForUserRequest,
) -> Result<ListResponse, ServiceError> {
    let username = find_user(step, &request.user)?;
    let list = ["groups of user", step.pool.id.as_str(), &username];
    let page = PageRequest::read(request.limit, request.next_token, &list)?;
    let user = step.pool.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let names = user.groups.range::<str, _>((after, Bound::Unbounded));
    let groups = names.filter_map(|name| Some((name.as_str(), step.pool.groups.get(name)?)));
    let (groups, next_token) = page.take(groups);
    let groups = groups.into_iter().map(|group| GroupType::new(group, &step.pool.id)).collect();
    Ok(ListResponse { groups, next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MembershipRequest {
    group_name: String,
    #[serde(flatten)]
    user: UserRequest,
}

pub(super) fn add_user(
    step: &mut Step<'_>,
    request: MembershipRequest,
) -> Result<Empty, ServiceError> {
    let name = request.group_name;
    let username = find_user(step, &request.user)?;
    let group = step.pool.groups.get_mut(&name).ok_or_else(group_unknown)?;
    let user = step.pool.users.get_mut(&username).ok_or_else(ServiceError::user_unknown)?;
    if user.groups.len() >= MOST_GROUPS_OF_USER && !user.groups.contains(&name) {
        return Err(ServiceError::limit_exceeded("The user is in the maximum number of groups."));
    }
    user.groups.insert(name);
    group.members.insert(username);
    Ok(Empty {})
}

pub(super) fn remove_user(
    step: &mut Step<'_>,
    request: MembershipRequest,
) -> Result<Empty, ServiceError> {
    let name = &request.group_name;
    let username = find_user(step, &request.user)?;
    step.pool.group_mut(name)?.members.remove(&username);
    step.pool.user_mut(&username)?.groups.remove(name);
    Ok(Empty {})
}
