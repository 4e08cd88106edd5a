//! Identities of users at identity providers: of users who are known from there, and linked ones.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::flows::alias::TakenAlias;
use crate::flows::delivery::Address;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::model::{self, shapes};
use crate::state::attributes::{self, Attributes, SchemaAttribute, Writer};
use crate::state::pool::Pool;
use crate::state::user::{User, UserStatus};

/// The attribute that holds a user's identities, as JSON.
const ATTRIBUTE: &str = "identities";

/// The provider that a pool itself is.
pub(crate) const LOCAL: &str = "Cognito";

/// Providers that are their own type, and whose users are known by their subject alone.
pub(crate) const SOCIAL: [&str; 4] = ["Facebook", "Google", "LoginWithAmazon", "SignInWithApple"];

/// The names of users by what a provider calls them.
pub(crate) type Identities = HashMap<ProviderUser, String>;

/// A user of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProviderUser {
    pub(crate) provider: String,
    pub(crate) id: String,
}

impl ProviderUser {
    /// The name of a user who is known from the provider alone.
    fn username(&self) -> String {
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

impl Step<'_> {
    /// Makes a user known by an identity too.
    pub(crate) fn add_identity(
        &mut self,
        username: &str,
        of: ProviderUser,
        primary: bool,
    ) -> Result<(), ServiceError> {
        let identity = Identity {
            user_id: of.id.clone(),
            provider_name: of.provider.clone(),
            provider_type: self.pool.provider_type(&of.provider)?,
            issuer: None,
            primary,
            date_created: u64::try_from(self.since_epoch().as_millis()).unwrap_or_default(),
        };
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        let mut identities = user.identities();
        identities.push(identity);
        self.pool.set_identities(username, &identities)?;
        self.pool.identities.insert(of, username.to_owned());
        Ok(())
    }

    /// Signs a user in at a provider: finds the user of that identity or creates one, and writes
    /// the attributes that the provider sends.
    pub(crate) fn federate(
        &mut self,
        of: ProviderUser,
        mut given: Attributes,
    ) -> Result<String, ServiceError> {
        self.pool.provider_type(&of.provider)?;
        attributes::check_new(&given, &self.pool.settings.schema, Writer::Admin)?;
        given.retain(|_, value| !value.is_empty());
        let known = self.pool.identities.get(&of).cloned();
        match known {
            Some(username) => self.map_attributes(&username, given).map(|()| username),
            None => self.new_external_user(of, given),
        }
    }

    /// Writes mapped attributes, as every sign-in does: one that is immutable fails even if its
    /// value is the same (developer guide, on attribute mappings).
    fn map_attributes(&mut self, username: &str, given: Attributes) -> Result<(), ServiceError> {
        let schema = &self.pool.settings.schema;
        let user = self.pool.users.get(username).ok_or_else(ServiceError::user_unknown)?;
        user.check_enabled()?;
        let mut attributes = user.attributes().clone();
        for (name, value) in given {
            attributes::check_mutable(&name, schema)?;
            let changed = attributes.get(&name) != Some(&value);
            // In the order of names, a flag of its own comes after the address.
            if let Some(address) = Address::new(&name, &value).filter(|_| changed) {
                attributes.insert(address.flag(), "false".to_owned());
            }
            attributes.insert(name, value);
        }
        check_complete(&attributes, schema)?;
        self.write_attributes(username, attributes, TakenAlias::Refuse)
    }

    fn new_external_user(
        &mut self,
        of: ProviderUser,
        given: Attributes,
    ) -> Result<String, ServiceError> {
        check_complete(&given, &self.pool.settings.schema)?;
        let username = self.pool.users.flattened(&of.username());
        model::check_text("Username", &shapes::USERNAME_TYPE, Some(&username))?;
        if self.pool.users.get(&username).is_some() {
            return Err(ServiceError::username_exists("User already exists"));
        }
        let names = [username.clone(), self.random.uuid()];
        let user = User::new(names, UserStatus::ExternalProvider, given, None, self.date());
        self.add_user(user, TakenAlias::Refuse)?;
        self.add_identity(&username, of, true)?;
        Ok(username)
    }
}

/// Refuses a user of a provider who lacks required attributes.
fn check_complete(attributes: &Attributes, schema: &[SchemaAttribute]) -> Result<(), ServiceError> {
    match &*attributes::missing(attributes, schema) {
        [] => Ok(()),
        missing => Err(ServiceError::invalid_parameter(format!(
            "attributes required: [{}]",
            missing.join(", ")
        ))),
    }
}

impl Pool {
    /// ProviderType of a provider, which must be one of the pool's.
    fn provider_type(&self, provider: &str) -> Result<String, ServiceError> {
        let known = self.records.providers.get(provider);
        let kind = known.and_then(|known| known.get("ProviderType")?.as_str());
        kind.map(str::to_owned).ok_or_else(|| {
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
