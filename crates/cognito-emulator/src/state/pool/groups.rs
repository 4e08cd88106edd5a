//! Group memberships of users, and their claims.

use serde_json::{Map, Value};

use super::Pool;
use crate::model::ServiceError;
use crate::state::group::{Group, group_unknown};
use crate::state::user::User;

impl Pool {
    pub(crate) fn group_mut(&mut self, name: &str) -> Result<&mut Group, ServiceError> {
        self.groups.get_mut(name).ok_or_else(group_unknown)
    }

    /// Deletes a user with all memberships and identities.
    pub(crate) fn remove_user(&mut self, username: &str) {
        let Some(user) = self.users.remove(username) else {
            return;
        };
        // A later user with the same name must not be locked out.
        self.lockouts.forget(username);
        self.hourly_limits.forget(username);
        for name in &user.groups {
            if let Some(group) = self.groups.get_mut(name) {
                group.members.remove(username);
            }
        }
        for identity in user.identities() {
            self.identities.remove(&identity.of());
        }
    }

    /// Deletes a group with all memberships.
    pub(crate) fn remove_group(&mut self, name: &str) -> Result<(), ServiceError> {
        let group = self.groups.remove(name).ok_or_else(group_unknown)?;
        for username in group.members {
            if let Some(user) = self.users.get_mut(&username) {
                user.groups.remove(name);
            }
        }
        Ok(())
    }

    /// Returns the groups of a user, highest precedence first.
    fn groups_of(&self, user: &User) -> Vec<&Group> {
        let mut groups: Vec<_> =
            user.groups.iter().filter_map(|name| self.groups.get(name)).collect();
        groups.sort_by_key(|group| group.rank());
        groups
    }

    /// Returns the claim about a user's groups in both tokens; `None` for a user without groups.
    pub(crate) fn groups_claim(&self, username: &str) -> Option<Value> {
        let groups = self.groups_of(self.users.get(username)?);
        let names: Value = groups.iter().map(|group| group.name.as_str()).collect();
        (!groups.is_empty()).then_some(names)
    }

    /// Returns the claims of an ID token about the roles of a user's groups.
    ///
    /// The preferred role is that of the group with the highest precedence. It is missing if
    /// several such groups have different roles.
    pub(crate) fn role_claims(&self, username: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        let groups = self.users.get(username).map(|user| self.groups_of(user)).unwrap_or_default();
        let given: Vec<_> = groups
            .iter()
            .filter_map(|group| Some((group.rank(), group.role_arn.as_deref()?)))
            .collect();
        let Some((first_rank, preferred)) = given.first().copied() else {
            return claims;
        };
        let mut roles: Vec<&str> = Vec::new();
        for (_, role) in &given {
            if !roles.contains(role) {
                roles.push(role);
            }
        }
        claims.insert("cognito:roles".to_owned(), roles.into());
        let mut equals = given.iter().filter(|(rank, _)| *rank == first_rank);
        if equals.all(|(_, role)| *role == preferred) {
            claims.insert("cognito:preferred_role".to_owned(), preferred.into());
        }
        claims
    }
}
