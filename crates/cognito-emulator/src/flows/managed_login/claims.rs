//! The claims of a user from an identity provider.

use crate::flows::triggers::{FederatedUser, Strings};
use crate::state::identity_provider::{IdentityProvider, SAML};
use crate::state::members::{Members, text_of};

/// The claims of a user, grouped by the response that contained them.
#[derive(Default)]
pub(crate) struct ProviderClaims {
    pub(crate) subject: String,
    pub(crate) token_response: Strings,
    pub(crate) id_token: Strings,
    pub(crate) user_info: Strings,
    pub(crate) saml_response: Strings,
}

impl ProviderClaims {
    /// Returns the claims of the built-in provider, in the form of the provider type that it
    /// replaces.
    pub(crate) fn of_mock(subject: &str, provider_type: &str, claims: &Members) -> Self {
        let (subject, claims) = (subject.to_owned(), texts(claims));
        match provider_type {
            SAML => Self { subject, saml_response: claims, ..Self::default() },
            _ => Self { subject, id_token: claims.clone(), user_info: claims, ..Self::default() },
        }
    }

    /// Returns all claims for AttributeMapping, which can also refer to the provider's tokens (AWS
    /// guide, attribute mapping).
    pub(crate) fn to_map(&self) -> Strings {
        let tokens = ["access_token", "id_token"].into_iter();
        let tokens = tokens.filter_map(|name| self.token_response.get_key_value(name));
        let parts = [&self.id_token, &self.user_info, &self.saml_response];
        let all = parts.into_iter().flatten().chain(tokens);
        all.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Returns the event of InboundFederation.
    pub(crate) fn event(&self, client_id: &str, provider: &IdentityProvider) -> FederatedUser {
        FederatedUser {
            subject: self.subject.clone(),
            client_id: client_id.to_owned(),
            provider_name: provider.provider_name.clone(),
            provider_type: provider.provider_type.clone(),
            token_response: self.token_response.clone(),
            id_token: self.id_token.clone(),
            user_info: self.user_info.clone(),
            saml_response: self.saml_response.clone(),
        }
    }
}

/// Returns the members of a document as strings, which attributes are.
pub(super) fn texts(members: &Members) -> Strings {
    let members = members.iter();
    members.filter_map(|(name, value)| Some((name.clone(), text_of(value)?))).collect()
}
