//! Identities of users at identity providers: of users who are known from there, and linked ones.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes};

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
    /// The attribute whose mapped value the id is; none for the subject.
    pub(crate) attribute: Option<String>,
}

/// The names of the subject among the attributes of a provider.
const SUBJECT: [&str; 3] = ["Cognito_Subject", "NameID", "sub"];

impl ProviderUser {
    /// Returns the user of that subject.
    pub(crate) fn of_subject(provider: &str, id: &str) -> Self {
        Self { provider: provider.to_owned(), id: id.to_owned(), attribute: None }
    }

    /// Returns the same user by another attribute than the subject.
    pub(crate) fn by(self, attribute: &str) -> Self {
        let attribute = (!SUBJECT.contains(&attribute)).then(|| attribute.to_owned());
        Self { attribute, ..self }
    }

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
    /// True if the user is known from there, and not linked with it.
    pub(crate) primary: bool,
    /// Milliseconds since 1970.
    date_created: u64,
    /// The attribute whose mapped value the id is until the first sign-in; none for the subject. It is
    /// stored, and not [`shown`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

impl Identity {
    /// Returns an identity that was added on that date, in milliseconds since 1970.
    pub(crate) fn new(of: ProviderUser, kind: String, primary: bool, date: u64) -> Self {
        Self {
            user_id: of.id,
            provider_name: of.provider,
            provider_type: kind,
            issuer: None,
            primary,
            date_created: date,
            attribute: of.attribute,
        }
    }

    pub(crate) fn is(&self, of: &ProviderUser) -> bool {
        self.clone().of() == *of
    }

    /// Makes the identity that of a subject.
    pub(crate) fn bind(&mut self, subject: &ProviderUser) {
        self.user_id.clone_from(&subject.id);
        self.attribute = None;
    }

    pub(crate) fn of(self) -> ProviderUser {
        let Self { provider_name, user_id, attribute, .. } = self;
        ProviderUser { provider: provider_name, id: user_id, attribute }
    }
}

/// Reads the identities among the attributes of a user.
pub(crate) fn read(attributes: &Attributes) -> Vec<Identity> {
    let text = attributes.get(ATTRIBUTE);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Writes the identities of a user among the attributes.
pub(crate) fn write(
    identities: &[Identity],
    attributes: &mut Attributes,
) -> Result<(), ServiceError> {
    if identities.is_empty() {
        attributes.remove(ATTRIBUTE);
        return Ok(());
    }
    let text = serde_json::to_string(identities)
        .map_err(|error| ServiceError::serialization(error.to_string()))?;
    attributes.insert(ATTRIBUTE.to_owned(), text);
    Ok(())
}

/// Returns an attribute as the service shows it.
pub(crate) fn shown<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let identities = (name == ATTRIBUTE).then(|| serde_json::from_str::<Vec<Identity>>(value));
    let Some(Ok(mut identities)) = identities else { return Cow::Borrowed(value) };
    identities.iter_mut().for_each(|identity| identity.attribute = None);
    serde_json::to_string(&identities).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Returns the claim of an attribute in an ID token.
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
