//! Identities of users at identity providers: of users who are known from there, and linked ones.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes};
use crate::state::pool::Pool;
use crate::state::user::User;

/// The attribute that holds a user's identities, as JSON.
const ATTRIBUTE: &str = "identities";

/// The provider that a pool itself is.
pub(crate) const LOCAL: &str = "Cognito";

/// Providers that are their own type, and whose users are known by their subject alone.
pub(crate) const SOCIAL: [&str; 4] = ["Facebook", "Google", "LoginWithAmazon", "SignInWithApple"];

/// The names of users by what a provider calls them.
pub(crate) type Identities = HashMap<ProviderUser, String>;

/// A user of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ProviderUser {
    pub(crate) provider: String,
    pub(crate) id: String,
}

impl ProviderUser {
    /// The name of a user who is known from the provider alone.
    pub(crate) fn username(&self) -> String {
        format!("{}_{}", self.provider, self.id)
    }
}

/// An entry of the attribute, as the service writes it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    user_id: String,
    provider_name: String,
    provider_type: String,
    issuer: Option<String>,
    /// Whether the user is known from there, and not linked with it.
    pub(crate) primary: bool,
    /// Milliseconds since 1970.
    date_created: u64,
}

impl Identity {
    pub(crate) fn of(self) -> ProviderUser {
        ProviderUser { provider: self.provider_name, id: self.user_id }
    }
}

impl User {
    pub(crate) fn identities(&self) -> Vec<Identity> {
        let text = self.attributes().get(ATTRIBUTE);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The claim of an attribute in an ID token.
pub(crate) fn claim(name: &str, value: &str) -> Value {
    if attributes::is_verified_flag(name) {
        return json!(attributes::is_true(value));
    }
    if name == "address" {
        // A structure in OpenID Connect Core, 5.1.1; seen in aws-amplify/amplify-js#4935.
        return json!({ "formatted": value });
    }
    match serde_json::from_str::<Vec<Identity>>(value) {
        // In tokens, all that is said of an identity is text.
        Ok(identities) if name == ATTRIBUTE => identities
            .iter()
            .map(|identity| {
                json!({
                    "userId": identity.user_id,
                    "providerName": identity.provider_name,
                    "providerType": identity.provider_type,
                    "issuer": identity.issuer,
                    "primary": identity.primary.to_string(),
                    "dateCreated": identity.date_created.to_string(),
                })
            })
            .collect(),
        _ => json!(value),
    }
}

impl Pool {
    /// Makes a user known by an identity too; the date is in milliseconds since 1970.
    pub(crate) fn add_identity(
        &mut self,
        username: &str,
        of: ProviderUser,
        primary: bool,
        date_created: u64,
    ) -> Result<(), ServiceError> {
        let identity = Identity {
            user_id: of.id.clone(),
            provider_name: of.provider.clone(),
            provider_type: self.provider_type(&of.provider)?,
            issuer: None,
            primary,
            date_created,
        };
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        identities.push(identity);
        self.set_identities(username, &identities)?;
        self.identities.insert(of, username.to_owned());
        Ok(())
    }

    /// ProviderType of a provider, which must be one of the pool's.
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

    /// Takes an identity away from the user who has it.
    pub(crate) fn remove_identity(&mut self, of: &ProviderUser) -> Result<(), ServiceError> {
        let username = self.identities.remove(of).ok_or_else(ServiceError::user_unknown)?;
        let user = self.users.get(&username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        identities.retain(|own| own.provider_name != of.provider || own.user_id != of.id);
        self.set_identities(&username, &identities)
    }

    fn set_identities(
        &mut self,
        username: &str,
        identities: &[Identity],
    ) -> Result<(), ServiceError> {
        let user = self.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut attributes: Attributes = user.attributes().clone();
        if identities.is_empty() {
            attributes.remove(ATTRIBUTE);
        } else {
            let text = serde_json::to_string(identities)
                .map_err(|error| ServiceError::serialization(error.to_string()))?;
            attributes.insert(ATTRIBUTE.to_owned(), text);
        }
        self.users.set_attributes(username, attributes)
    }
}
