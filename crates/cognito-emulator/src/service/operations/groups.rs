//! Groups of users, and who is in them.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Output, UserInput};
use crate::service::Service;
use crate::service::constraint::{
    GROUP_DESCRIPTION, GROUP_NAME, ROLE_ARN, USER_POOL_ID, check_range,
};
use crate::service::error::ApiError;
use crate::service::group::{Group, group_unknown};
use crate::service::page::{self, PageRequest};
use crate::service::scope::Scope;

/// Groups of a pool.
const MOST_GROUPS: usize = 10_000;

/// Groups of a user.
const MOST_GROUPS_OF_USER: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupInput {
    user_pool_id: Option<String>,
    group_name: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<i64>,
}

pub(super) fn create(service: &mut Service, input: GroupInput) -> Output {
    let (scope, name, given) = read(service, input)?;
    if scope.pool.groups.contains_key(&name) {
        return Err(ApiError::group_exists("A group with the name already exists."));
    }
    if scope.pool.groups.len() >= MOST_GROUPS {
        return Err(ApiError::limit_exceeded("The pool has as many groups as it may have."));
    }
    let date = scope.date();
    let group = Group {
        name: name.clone(),
        description: given.description,
        role_arn: given.role_arn,
        precedence: given.precedence,
        members: BTreeSet::new(),
        created: date,
        modified: date,
    };
    let description = group.to_json(&scope.pool.id);
    scope.pool.groups.insert(name, group);
    Ok(json!({ "Group": description }))
}

pub(super) fn get(service: &mut Service, input: GroupInput) -> Output {
    let (scope, name, _) = read(service, input)?;
    let group = scope.pool.groups.get(&name).ok_or_else(group_unknown)?;
    Ok(json!({ "Group": group.to_json(&scope.pool.id) }))
}

/// Changes what is given and keeps the rest.
pub(super) fn update(service: &mut Service, input: GroupInput) -> Output {
    let (scope, name, given) = read(service, input)?;
    let date = scope.date();
    let pool_id = scope.pool.id.clone();
    let group = scope.pool.group_mut(&name)?;
    group.modified = date;
    group.description = given.description.or_else(|| group.description.take());
    group.role_arn = given.role_arn.or_else(|| group.role_arn.take());
    group.precedence = given.precedence.or(group.precedence);
    Ok(json!({ "Group": group.to_json(&pool_id) }))
}

pub(super) fn delete(service: &mut Service, input: GroupInput) -> Output {
    let (scope, name, _) = read(service, input)?;
    scope.pool.remove_group(&name)?;
    Ok(json!({}))
}

/// The members of a request for a page of groups, or of users in one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    user_pool_id: Option<String>,
    username: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list(service: &mut Service, input: ListInput) -> Output {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let page = PageRequest::read(("limit", input.limit), input.next_token, &["groups", &pool_id])?;
    let scope = service.pool(&pool_id)?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let rest = scope.pool.groups.range::<str, _>((after, Bound::Unbounded));
    let described = |group: &Group| group.to_json(&scope.pool.id);
    let (groups, token) = page.take(rest.map(|(name, group)| (name.as_str(), described(group))));
    Ok(page::answer("Groups", groups.into(), ("NextToken", token)))
}

pub(super) fn list_for_user(service: &mut Service, input: ListInput) -> Output {
    let ListInput { user_pool_id, username, limit, next_token } = input;
    let (scope, username) = service.named_user(UserInput { user_pool_id, username })?;
    let list = ["groups of user", scope.pool.id.as_str(), &username];
    let page = PageRequest::read(("limit", limit), next_token, &list)?;
    let user = scope.pool.users.get(&username).ok_or_else(ApiError::user_unknown)?;
    let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let names = user.groups.range::<str, _>((after, Bound::Unbounded));
    let groups = names.filter_map(|name| Some((name.as_str(), scope.pool.groups.get(name)?)));
    let (groups, token) = page.take(groups);
    let groups: Value = groups.iter().map(|group| group.to_json(&scope.pool.id)).collect();
    Ok(page::answer("Groups", groups, ("NextToken", token)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MembershipInput {
    group_name: Option<String>,
    #[serde(flatten)]
    user: UserInput,
}

pub(super) fn add_user(service: &mut Service, input: MembershipInput) -> Output {
    let name = GROUP_NAME.required(input.group_name)?;
    let (scope, username) = service.named_user(input.user)?;
    let group = scope.pool.groups.get_mut(&name).ok_or_else(group_unknown)?;
    let user = scope.pool.users.get_mut(&username).ok_or_else(ApiError::user_unknown)?;
    if user.groups.len() >= MOST_GROUPS_OF_USER && !user.groups.contains(&name) {
        return Err(ApiError::limit_exceeded("The user is in as many groups as a user may be."));
    }
    user.groups.insert(name);
    group.members.insert(username);
    Ok(json!({}))
}

pub(super) fn remove_user(service: &mut Service, input: MembershipInput) -> Output {
    let name = GROUP_NAME.required(input.group_name)?;
    let (scope, username) = service.named_user(input.user)?;
    scope.pool.group_mut(&name)?.members.remove(&username);
    scope.pool.user_mut(&username)?.groups.remove(&name);
    Ok(json!({}))
}

/// What a request says of a group.
struct Given {
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<u32>,
}

fn read(service: &mut Service, input: GroupInput) -> Result<(Scope<'_>, String, Given), ApiError> {
    let pool_id = USER_POOL_ID.required(input.user_pool_id)?;
    let name = GROUP_NAME.required(input.group_name)?;
    check_range("precedence", input.precedence, 0..=i64::from(i32::MAX))?;
    let given = Given {
        description: GROUP_DESCRIPTION.optional(input.description)?,
        role_arn: ROLE_ARN.optional(input.role_arn)?,
        precedence: input.precedence.and_then(|precedence| u32::try_from(precedence).ok()),
    };
    Ok((service.pool(&pool_id)?, name, given))
}
