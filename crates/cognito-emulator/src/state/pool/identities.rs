//! Identities of a pool's users at its identity providers.

use super::Pool;
use crate::model::ServiceError;
use crate::state::identity::{self, Identity, ProviderUser};

impl Pool {
    /// Adds an identity to a user. The date is in milliseconds since 1970.
    pub(crate) fn add_identity(
        &mut self,
        username: &str,
        of: ProviderUser,
        primary: bool,
        date: u64,
    ) -> Result<(), ServiceError> {
        let identity = Identity::new(of.clone(), self.provider_type(&of.provider)?, primary, date);
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        identities.push(identity);
        self.set_identities(username, &identities)?;
        self.identities.insert(of, username.to_owned());
        Ok(())
    }

    /// Returns the ProviderType of a provider of the pool.
    pub(crate) fn provider_type(&self, provider: &str) -> Result<String, ServiceError> {
        let known = self.records.providers.get(provider);
        let kind = known.map(|known| known.provider_type.clone());
        kind.ok_or_else(|| {
            let id = &self.id;
            ServiceError::invalid_parameter(format!(
                "The provider {provider} does not exist for User Pool {id}."
            ))
        })
    }

    /// Binds an identity with an attribute to the subject of the user who signed in. Afterwards the
    /// attribute can change, and its value can belong to another user.
    pub(crate) fn bind_identity(
        &mut self,
        known: &ProviderUser,
        subject: ProviderUser,
    ) -> Result<(), ServiceError> {
        let username = self.identities.remove(known).ok_or_else(ServiceError::user_unknown)?;
        let user = self.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        let bound = identities.iter_mut().filter(|own| own.is(known));
        bound.for_each(|own| own.bind(&subject));
        self.set_identities(&username, &identities)?;
        self.identities.insert(subject, username);
        Ok(())
    }

    /// Removes an identity from its user, and returns the name of the user.
    pub(crate) fn remove_identity(&mut self, of: &ProviderUser) -> Result<String, ServiceError> {
        let username = self.identities.remove(of).ok_or_else(ServiceError::user_unknown)?;
        let user = self.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        identities.retain(|own| !own.is(of));
        self.set_identities(&username, &identities)?;
        Ok(username)
    }

    fn set_identities(
        &mut self,
        username: &str,
        identities: &[Identity],
    ) -> Result<(), ServiceError> {
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes = user.attributes().clone();
        identity::write(identities, &mut attributes)?;
        self.users.set_attributes(username, attributes)
    }
}
