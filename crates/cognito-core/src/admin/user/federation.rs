//! Users who sign in with other identity providers.

use aws_sdk_cognitoidentityprovider::types::ProviderUserIdentifierType;

use super::UserHandle;
use crate::admin::Admin;
use crate::admin::sdk_client::sent;
use crate::request::Request;
use crate::transport::Operation;

/// The provider name of the pool's own users in requests.
const OWN_PROVIDER: &str = "Cognito";

/// The attribute for the user's id at any provider.
const SUBJECT: &str = "Cognito_Subject";

/// An identity of a user at another identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalIdentity {
    provider: String,
    attribute: String,
    value: String,
}

impl ExternalIdentity {
    /// Creates an identity from the provider's id of the user: `sub` of social and OIDC providers,
    /// the NameID of SAML.
    ///
    /// `provider` is the name in the pool, such as `Google` or `LoginWithAmazon`.
    pub fn by_subject(provider: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::by_attribute(provider, SUBJECT, subject)
    }

    /// Creates an identity from a claim of an OIDC provider, or an attribute of a SAML assertion.
    pub fn by_attribute(
        provider: impl Into<String>,
        attribute: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self { provider: provider.into(), attribute: attribute.into(), value: value.into() }
    }

    fn to_wire(&self) -> ProviderUserIdentifierType {
        ProviderUserIdentifierType::builder()
            .provider_name(&self.provider)
            .provider_attribute_name(&self.attribute)
            .provider_attribute_value(&self.value)
            .build()
    }
}

/// Federation.
impl UserHandle {
    /// Links an identity at another provider to this user (AdminLinkProviderForUser).
    ///
    /// Link the identity before the user's first sign-in with it. Link only an identity whose
    /// provider verifies the claim or attribute: a sign-in with it is a sign-in of this user.
    ///
    /// Permission `cognito-idp:AdminLinkProviderForUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an identity that is already
    /// linked, [`LimitReached`](crate::ErrorKind::LimitReached) for a user with five identities,
    /// and as [all methods](Self#errors).
    pub fn link<'a>(&self, identity: &'a ExternalIdentity) -> Request<'a, ()> {
        Request::of(self, move |user| async move {
            let own = ProviderUserIdentifierType::builder();
            let own = own.provider_name(OWN_PROVIDER).provider_attribute_value(&user.username);
            let call = user.admin.sdk().admin_link_provider_for_user();
            let call = call.user_pool_id(user.admin.id()).destination_user(own.build());
            let call = call.source_user(identity.to_wire());
            sent(user.admin.limits(), Operation::AdminLinkProviderForUser, || call.clone().send())
                .await
                .map(drop)
        })
    }
}

/// Federation.
impl Admin {
    /// Reverts [`UserHandle::link`]: the next sign-in with the identity creates a separate user
    /// (AdminDisableProviderForUser).
    ///
    /// Permission `cognito-idp:AdminDisableProviderForUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) for an identity that is not linked.
    pub fn unlink<'a>(&self, identity: &'a ExternalIdentity) -> Request<'a, ()> {
        Request::of(self, move |admin| async move {
            let call = admin.sdk().admin_disable_provider_for_user();
            let call = call.user_pool_id(admin.id()).user(identity.to_wire());
            sent(admin.limits(), Operation::AdminDisableProviderForUser, || call.clone().send())
                .await
                .map(drop)
        })
    }
}
