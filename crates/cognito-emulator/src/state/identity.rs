//! Identities of users at identity providers: of federated users, and linked ones.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::attributes::{self, Attributes};

/// The attribute with a user's identities, in JSON.
const ATTRIBUTE: &str = "identities";

/// The provider name of the pool itself.
pub(crate) const LOCAL: &str = "Cognito";

/// Providers whose name is their type, and whose users are identified by their subject only.
pub(crate) const SOCIAL: [&str; 4] = ["Facebook", "Google", "LoginWithAmazon", "SignInWithApple"];

/// User names by identity.
pub(crate) type Identities = HashMap<ProviderUser, String>;

/// A user of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ProviderUser {
    pub(crate) provider: String,
    pub(crate) id: String,
    /// The attribute with `id` as its mapped value; `None` if `id` is the subject.
    pub(crate) attribute: Option<String>,
}

/// The names of the subject in the attributes of a provider.
const SUBJECT: [&str; 3] = ["Cognito_Subject", "NameID", "sub"];

impl ProviderUser {
    /// Returns the user with a subject.
    pub(crate) fn of_subject(provider: &str, id: &str) -> Self {
        Self { provider: provider.to_owned(), id: id.to_owned(), attribute: None }
    }

    /// Returns the same user, identified by an attribute other than the subject.
    pub(crate) fn by(self, attribute: &str) -> Self {
        let attribute = (!SUBJECT.contains(&attribute)).then(|| attribute.to_owned());
        Self { attribute, ..self }
    }

    /// Returns the user name of a federated user.
    pub(crate) fn username(&self) -> String {
        format!("{}_{}", self.provider, self.id)
    }
}

/// An entry of the attribute in the service's format.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    user_id: String,
    provider_name: String,
    provider_type: String,
    issuer: Option<String>,
    /// True for a federated user, false for a linked identity.
    pub(crate) primary: bool,
    /// Milliseconds since 1970.
    date_created: u64,
    /// The attribute with the id as its mapped value until the first sign-in; `None` for the
    /// subject. It is stored, but not [`shown`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
}

impl Identity {
    /// Returns an identity with a creation date, in milliseconds since 1970.
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

    /// Binds the identity to a subject.
    pub(crate) fn bind(&mut self, subject: &ProviderUser) {
        self.user_id.clone_from(&subject.id);
        self.attribute = None;
    }

    pub(crate) fn of(self) -> ProviderUser {
        let Self { provider_name, user_id, attribute, .. } = self;
        ProviderUser { provider: provider_name, id: user_id, attribute }
    }
}

/// Parses the identities in the attributes of a user.
pub(crate) fn read(attributes: &Attributes) -> Vec<Identity> {
    let text = attributes.get(ATTRIBUTE);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Writes the identities of a user to the attributes.
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

/// Returns the value of an attribute in responses.
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
        // A structure by OpenID Connect Core, 5.1.1; seen in aws-amplify/amplify-js#4935.
        return json!({ "formatted": value });
    }
    match serde_json::from_str::<Vec<Identity>>(value) {
        // In tokens all members of an identity are strings.
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
