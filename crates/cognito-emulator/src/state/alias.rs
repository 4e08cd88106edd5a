//! Verified addresses and aliases: verification of addresses, and users by alias.

use std::sync::Arc;

use crate::model::ServiceError;
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::attributes::{ALIASES, Attributes};
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

const PREFERRED: &str = "preferred_username";

/// The handling of an alias that another user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakenAlias {
    /// The request is rejected.
    Refuse,
    /// The alias moves, and the other user's address becomes unverified. User names never move.
    Move,
}

impl TakenAlias {
    /// Converts ForceAliasCreation.
    pub(crate) fn forced(force: bool) -> Self {
        if force { Self::Move } else { Self::Refuse }
    }
}

impl Pool {
    /// Marks an address as verified, unless the user has changed it.
    pub(crate) fn verify_address(
        &mut self,
        username: &str,
        address: &Address,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        let (attribute, destination) = (address.attribute(), &address.destination);
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let is_current = user.attributes().get(attribute) == Some(destination);
        if !is_current || user.has_verified(attribute) {
            return Ok(());
        }
        let mut attributes = user.attributes().clone();
        attributes.insert(address.flag(), "true".to_owned());
        self.write_attributes(username, attributes, taken)
    }

    /// Replaces the attributes of a user, and claims the aliases among them.
    pub(crate) fn write_attributes(
        &mut self,
        username: &str,
        attributes: Attributes,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        if user.is_local() {
            self.claim_aliases(username, &attributes, taken)?;
        }
        self.users.set_attributes(username, attributes)
    }

    /// Adds a user, and claims the user's aliases.
    pub(crate) fn add_user(&mut self, user: User, taken: TakenAlias) -> Result<(), ServiceError> {
        if user.is_local() {
            self.claim_aliases(&user.username, user.attributes(), taken)?;
        }
        self.users.insert(user);
        Ok(())
    }

    /// Claims the verified addresses and the preferred name of a user for signing in.
    pub(crate) fn claim_aliases(
        &mut self,
        username: &str,
        attributes: &Attributes,
        taken: TakenAlias,
    ) -> Result<(), ServiceError> {
        self.check_preferred_name_free(username, attributes)?;
        self.check_naming_free(username, attributes)?;
        for address in ATTRIBUTES.iter().filter_map(|name| Address::verified(name, attributes)) {
            let Some(holder) = self.alias_holder(&address, username) else {
                continue;
            };
            if taken == TakenAlias::Refuse {
                return Err(ServiceError::alias_taken(address.attribute()));
            }
            let (holder, mut attributes) =
                (Arc::clone(&holder.username), holder.attributes().clone());
            attributes.insert(address.flag(), "false".to_owned());
            self.users.set_attributes(&holder, attributes)?;
        }
        Ok(())
    }
}

impl Pool {
    /// Returns the user with an alias, or with a value of the attribute that names users.
    pub(crate) fn user_by_alias(&self, given: &str) -> Option<&User> {
        ALIASES.iter().find_map(|attribute| {
            let named = self.settings.named_by(attribute);
            if !named && !self.settings.aliased_by(attribute) {
                return None;
            }
            let unverifiable = named || *attribute == PREFERRED;
            let mut carriers = self.users.carrying(attribute, given).filter(|user| user.is_local());
            carriers.find(|user| unverifiable || user.has_verified(attribute))
        })
    }

    /// Rejects an address with which another user signs in.
    pub(crate) fn check_alias_free(
        &self,
        address: &Address,
        username: &str,
    ) -> Result<(), ServiceError> {
        let (attribute, destination) = (address.attribute(), &address.destination);
        let alias = (self.settings.named_by(attribute) || self.settings.aliased_by(attribute))
            && self.users.get(username).is_none_or(User::is_local);
        let holder = self.username_for(destination).filter(|holder| alias && *holder != username);
        match holder {
            None => Ok(()),
            Some(_) => Err(ServiceError::alias_taken(attribute)),
        }
    }

    /// Rejects new addresses that name another user. In pools with UsernameAttributes, addresses
    /// never move between users, verified or not.
    fn check_naming_free(
        &self,
        username: &str,
        attributes: &Attributes,
    ) -> Result<(), ServiceError> {
        let user = self.users.get(username);
        let is_new = |address: &Address| {
            let current = user.and_then(|user| user.attributes().get(address.attribute()));
            current != Some(&address.destination)
        };
        let addresses = ATTRIBUTES.iter().filter(|name| self.settings.named_by(name));
        let addresses = addresses.filter_map(|name| Address::new(name, attributes.get(name)?));
        let mut new = addresses.filter(is_new);
        new.try_for_each(|address| self.check_alias_free(&address, username))
    }

    /// Rejects a preferred name as an alias of an unconfirmed user.
    pub(crate) fn check_preferred_name_allowed(
        &self,
        attributes: &Attributes,
    ) -> Result<(), ServiceError> {
        match self.settings.aliased_by(PREFERRED) && attributes.contains_key(PREFERRED) {
            true => Err(ServiceError::invalid_parameter(
                "Preferred username cannot be provided for unconfirmed account, since user pool \
                 is configured for preferred username alias.",
            )),
            false => Ok(()),
        }
    }

    /// Rejects a preferred name with which another user signs in.
    fn check_preferred_name_free(
        &self,
        username: &str,
        attributes: &Attributes,
    ) -> Result<(), ServiceError> {
        let name = attributes.get(PREFERRED).filter(|_| self.settings.aliased_by(PREFERRED));
        let taken = name.is_some_and(|name| {
            let named = self.users.by_name(name).into_iter();
            let aliased = self.users.carrying(PREFERRED, name).filter(|user| user.is_local());
            named.chain(aliased).any(|user| *user.username != *username)
        });
        if taken { Err(ServiceError::alias_taken(PREFERRED)) } else { Ok(()) }
    }

    /// Returns another user who signs in with an address.
    fn alias_holder(&self, address: &Address, than: &str) -> Option<&User> {
        let (attribute, destination) = (address.attribute(), &address.destination);
        let mut users = self.users.carrying(attribute, destination);
        users.find(|user| {
            self.settings.aliased_by(attribute)
                && *user.username != *than
                && user.is_local()
                && user.has_verified(attribute)
        })
    }
}

impl User {
    /// Returns whether the user can have aliases. Users of identity providers cannot, even after
    /// they have a password.
    pub(crate) fn is_local(&self) -> bool {
        self.status != UserStatus::ExternalProvider
            && !self.identities().iter().any(|identity| identity.primary)
    }
}
