//! Groups of users.

use std::cmp::Ordering;
use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::operation::create_group::builders::CreateGroupFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_group::builders::UpdateGroupFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::GroupType;
use cognito_types::BoxFuture;

use super::sdk_client::sent;
use super::{Admin, List, Page, UserRecord};
use crate::admin::convert::time;
use crate::app_client::unreadable;
use crate::error::Error;
use crate::request::{Handle, Request};
use crate::transport::{Limits, Operation};

/// A group of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    name: String,
    description: Option<String>,
    role_arn: Option<String>,
    precedence: Option<u32>,
    created: Option<SystemTime>,
    modified: Option<SystemTime>,
}

impl Group {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the IAM role that the group's users can assume (`cognito:roles` in their tokens).
    pub fn role_arn(&self) -> Option<&str> {
        self.role_arn.as_deref()
    }

    /// Returns the rank among a user's groups: 0 is the highest; a group without a rank is below
    /// all others.
    ///
    /// The role of the user's highest group is `cognito:preferred_role` in the tokens.
    pub fn precedence(&self) -> Option<u32> {
        self.precedence
    }

    /// Returns when it was created.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }

    /// Returns when it was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Compares by rank: the higher of two groups is the greater one.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        let rank = |group: &Self| group.precedence.map_or(u64::MAX, u64::from);
        rank(other).cmp(&rank(self))
    }
}

impl From<GroupType> for Group {
    fn from(group: GroupType) -> Self {
        Self {
            name: group.group_name.unwrap_or_default(),
            description: group.description,
            role_arn: group.role_arn,
            precedence: group.precedence.and_then(|precedence| u32::try_from(precedence).ok()),
            created: group.creation_date.and_then(time),
            modified: group.last_modified_date.and_then(time),
        }
    }
}

/// Groups.
impl Admin {
    /// Creates a group (CreateGroup).
    ///
    /// The request is sent when it is awaited.
    ///
    /// Permission `cognito-idp:CreateGroup`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) for a name that is taken,
    /// [`LimitReached`](crate::ErrorKind::LimitReached) in a pool with 10,000 groups, and as
    /// [all methods](GroupHandle#errors) of groups.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let admin = admin()?;
    /// let staff = admin.create_group("staff").description("All employees").precedence(5).await?;
    /// assert_eq!(staff.precedence(), Some(5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_group(&self, name: impl Into<String>) -> CreateGroup {
        let call = self.sdk().create_group().user_pool_id(self.id()).group_name(name);
        CreateGroup { call, limits: self.limits() }
    }

    /// Returns a handle to the group with this name, without sending a request.
    pub fn group(&self, name: impl Into<String>) -> GroupHandle {
        GroupHandle { admin: self.clone(), name: name.into() }
    }

    /// Lists the groups (ListGroups).
    ///
    /// Permission `cognito-idp:ListGroups`; quota UserPoolResourceRead.
    pub fn groups(&self) -> List<Group> {
        let admin = self.clone();
        List::new(move |page| {
            let call = admin.sdk().list_groups().user_pool_id(admin.id());
            let call = call.set_limit(page.limit).set_next_token(page.token);
            let limits = admin.limits().within(page.timeout);
            async move {
                let output = sent(limits, Operation::ListGroups, || call.clone().send()).await?;
                Ok(Page::new(output.groups, output.next_token))
            }
        })
    }
}

/// A request that creates a group, sent when it is awaited.
#[derive(Clone)]
#[must_use = "nothing is sent until it is awaited"]
pub struct CreateGroup {
    call: CreateGroupFluentBuilder,
    limits: Limits,
}

impl CreateGroup {
    /// Sets the description; at most 2048 characters.
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { call: self.call.description(description), ..self }
    }

    /// Sets the IAM role that the group's users can assume.
    pub fn role_arn(self, arn: impl Into<String>) -> Self {
        Self { call: self.call.role_arn(arn), ..self }
    }

    /// Sets the rank among a user's groups; 0 is the highest.
    pub fn precedence(self, precedence: u32) -> Self {
        Self { call: self.call.precedence(wire_precedence(precedence)), ..self }
    }

    /// Sets the time limit for each request with its retries.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.operation_timeout = timeout;
        self
    }
}

impl IntoFuture for CreateGroup {
    type Output = Result<Group, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = || self.call.clone().send();
            let output = sent(self.limits, Operation::CreateGroup, request).await?;
            output.group.map(Group::from).ok_or_else(unreadable)
        })
    }
}

impl fmt::Debug for CreateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.call.get_group_name();
        f.debug_struct("CreateGroup").field("name", name).finish_non_exhaustive()
    }
}

/// A handle to a group of the pool.
///
/// # Errors
///
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when the pool or group does not
/// exist, [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter), and the errors of every request. Each
/// method lists further errors.
#[derive(Clone, Debug)]
pub struct GroupHandle {
    admin: Admin,
    name: String,
}

super::handle_of_admin!(GroupHandle);

impl GroupHandle {
    /// Returns the group's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gets the group (GetGroup).
    ///
    /// Permission `cognito-idp:GetGroup`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn get(&self) -> Request<'static, Group> {
        Request::of(self, move |group| async move {
            let call = group.admin.sdk().get_group();
            let call = call.user_pool_id(group.admin.id()).group_name(&group.name);
            let output =
                sent(group.admin.limits(), Operation::GetGroup, || call.clone().send()).await?;
            output.group.map(Group::from).ok_or_else(unreadable)
        })
    }

    /// Changes some members of the group and leaves the rest unchanged (GetGroup, UpdateGroup).
    ///
    /// The request is sent when it is awaited. Other members are read and sent back, so they stay
    /// regardless of how the service treats missing members. A role cannot be removed once it is
    /// set.
    ///
    /// Permissions `cognito-idp:GetGroup` and `cognito-idp:UpdateGroup`; quotas
    /// UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn update(&self) -> UpdateGroup {
        let call = self.admin.sdk().update_group();
        let call = call.user_pool_id(self.admin.id()).group_name(&self.name);
        UpdateGroup { group: self.clone(), call }
    }

    /// Deletes the group, but not its users (DeleteGroup).
    ///
    /// Permission `cognito-idp:DeleteGroup`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |group| async move {
            let call = group.admin.sdk().delete_group();
            let call = call.user_pool_id(group.admin.id()).group_name(&group.name);
            sent(group.admin.limits(), Operation::DeleteGroup, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Lists the group's users (ListUsersInGroup).
    ///
    /// Permission `cognito-idp:ListUsersInGroup`; quota UserList.
    pub fn users(&self) -> List<UserRecord> {
        let group = self.clone();
        List::new(move |page| {
            let call = group.admin.sdk().list_users_in_group().user_pool_id(group.admin.id());
            let call = call.group_name(&group.name);
            let call = call.set_limit(page.limit).set_next_token(page.token);
            let admin = group.admin.clone();
            let limits = group.admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListUsersInGroup, || call.clone().send()).await?;
                let users = output.users.unwrap_or_default().into_iter();
                let users = users.map(|user| UserRecord::listed(&admin, user)).collect();
                Ok(Page::of_items(users, output.next_token))
            }
        })
    }

    /// Adds a user; succeeds if the user is already a member (AdminAddUserToGroup).
    ///
    /// Permission `cognito-idp:AdminAddUserToGroup`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound), and as [all methods](Self#errors).
    pub fn add(&self, username: impl Into<String>) -> Request<'static, ()> {
        let username: String = username.into();
        Request::of(self, move |group| async move {
            group.admin.user(username).add_to_group(&group.name).await
        })
    }

    /// Removes a user; succeeds if the user is not a member (AdminRemoveUserFromGroup).
    ///
    /// Permission `cognito-idp:AdminRemoveUserFromGroup`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound), and as [all methods](Self#errors).
    pub fn remove(&self, username: impl Into<String>) -> Request<'static, ()> {
        let username: String = username.into();
        Request::of(self, move |group| async move {
            group.admin.user(username).remove_from_group(&group.name).await
        })
    }
}

/// A request that changes a group, sent when it is awaited.
#[derive(Clone)]
#[must_use = "nothing is sent until it is awaited"]
pub struct UpdateGroup {
    group: GroupHandle,
    call: UpdateGroupFluentBuilder,
}

impl UpdateGroup {
    /// Sets the description; at most 2048 characters.
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { call: self.call.description(description), ..self }
    }

    /// Sets the IAM role that the group's users can assume.
    pub fn role_arn(self, arn: impl Into<String>) -> Self {
        Self { call: self.call.role_arn(arn), ..self }
    }

    /// Sets the rank among a user's groups; 0 is the highest.
    pub fn precedence(self, precedence: u32) -> Self {
        Self { call: self.call.precedence(wire_precedence(precedence)), ..self }
    }

    /// Sets the time limit for each request with its retries.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.group = self.group.within(Some(timeout));
        self
    }
}

impl IntoFuture for UpdateGroup {
    type Output = Result<Group, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { group, mut call } = self;
        Box::pin(async move {
            let Group { description, role_arn, precedence, .. } = group.get().await?;
            let description = call.get_description().clone().or(description);
            let role_arn = call.get_role_arn().clone().or(role_arn);
            let precedence = call.get_precedence().or(precedence.map(wire_precedence));
            call = call.set_description(description).set_role_arn(role_arn);
            call = call.set_precedence(precedence);
            let output =
                sent(group.admin.limits(), Operation::UpdateGroup, || call.clone().send()).await?;
            output.group.map(Group::from).ok_or_else(unreadable)
        })
    }
}

impl fmt::Debug for UpdateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateGroup").field("group", &self.group).finish_non_exhaustive()
    }
}

/// Converts a rank to the 31 bits that the service supports.
fn wire_precedence(precedence: u32) -> i32 {
    i32::try_from(precedence).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_number_is_the_highest_rank_and_none_the_lowest() {
        let group = |name: &str, precedence: Option<i32>| {
            let group = GroupType::builder().group_name(name).set_precedence(precedence);
            Group::from(group.build())
        };
        let groups = [group("none", None), group("first", Some(0)), group("last", Some(i32::MAX))];
        let highest = groups.iter().max_by(|one, other| one.cmp_precedence(other));
        let lowest = groups.iter().min_by(|one, other| one.cmp_precedence(other));
        assert_eq!(highest.map(Group::name), Some("first"));
        assert_eq!(lowest.map(Group::name), Some("none"));
    }
}
