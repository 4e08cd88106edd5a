//! The groups of a user.

use super::UserHandle;
use crate::admin::sdk_client::sent;
use crate::admin::{Group, List, Page};
use crate::request::Request;
use crate::transport::Operation;

/// Groups.
impl UserHandle {
    /// Lists the user's groups (AdminListGroupsForUser).
    ///
    /// For many users, list the users of each group instead: that needs fewer requests and has a
    /// separate quota.
    ///
    /// Permission `cognito-idp:AdminListGroupsForUser`; quota UserResourceRead.
    pub fn groups(&self) -> List<Group> {
        let user = self.clone();
        List::new(move |page| {
            let call = user.admin.sdk().admin_list_groups_for_user();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.set_limit(page.limit).set_next_token(page.token);
            let limits = user.admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::AdminListGroupsForUser, || call.clone().send()).await?;
                Ok(Page::new(output.groups, output.next_token))
            }
        })
    }

    /// Returns the user's group with the highest rank, if any (AdminListGroupsForUser).
    ///
    /// [`Group::precedence`] defines the rank.
    ///
    /// Permission `cognito-idp:AdminListGroupsForUser`; quota UserResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn highest_group(&self) -> Request<'static, Option<Group>> {
        Request::of(self, move |user| async move {
            let groups = user.groups().await?;
            Ok(groups.into_iter().max_by(Group::cmp_precedence))
        })
    }

    /// Adds the user to a group; succeeds if the user is already a member (AdminAddUserToGroup).
    ///
    /// Tokens contain the group from the next sign-in or refresh on.
    ///
    /// Permission `cognito-idp:AdminAddUserToGroup`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) for an unknown group,
    /// [`LimitReached`](crate::ErrorKind::LimitReached) for a user who is in 100 groups, and as
    /// [all methods](Self#errors).
    pub fn add_to_group<'a>(&self, group: &'a str) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_add_user_to_group();
            let call =
                call.user_pool_id(user.admin.id()).username(&user.username).group_name(group);
            sent(user.admin.limits(), Operation::AdminAddUserToGroup, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Removes the user from a group; succeeds if the user is not a member
    /// (AdminRemoveUserFromGroup).
    ///
    /// Permission `cognito-idp:AdminRemoveUserFromGroup`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) for an unknown group, and as
    /// [all methods](Self#errors).
    pub fn remove_from_group<'a>(&self, group: &'a str) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_remove_user_from_group();
            let call =
                call.user_pool_id(user.admin.id()).username(&user.username).group_name(group);
            sent(user.admin.limits(), Operation::AdminRemoveUserFromGroup, || call.clone().send())
                .await
                .map(drop)
        })
    }
}
