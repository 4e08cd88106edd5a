//! Identity providers that users of the pool can sign in with.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::operation::create_identity_provider::builders::CreateIdentityProviderFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_identity_provider::builders::UpdateIdentityProviderFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    IdentityProviderType, IdentityProviderTypeType, ProviderDescription,
};

use super::Admin;
use super::read_modify_write::{unique, unless_raced};
use super::sdk_client::{sent, unlogged};
use crate::app_client::unreadable;
use crate::list::{List, Page};
use crate::request::Request;
use crate::transport::Operation;

/// An identity provider of the pool, from [`Admin::identity_provider`].
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::sdk::types::IdentityProviderTypeType::Google;
///
/// # let secret_of_ours = "a-secret";
/// let settings = admin.create_identity_provider("Google", Google, |provider| {
///     provider
///         .provider_details("client_id", "our-client")
///         .provider_details("client_secret", secret_of_ours)
///         .provider_details("authorize_scopes", "openid email")
///         .attribute_mapping("email", "email")
/// });
/// settings.await?;
/// let google = admin.identity_provider("Google");
/// google.update(|provider| provider.attribute_mapping("name", "name")).await?;
/// assert_eq!(google.describe().await?.attribute_mapping().map(|mapping| mapping.len()), Some(2));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when the pool or provider does
/// not exist, [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter), and the errors of every request. Each
/// method lists further errors.
#[derive(Clone, Debug)]
pub struct IdentityProviderHandle {
    admin: Admin,
    name: String,
}

super::handle_of_admin!(IdentityProviderHandle);

impl Admin {
    /// Returns a handle to the identity provider with this name, without sending a request.
    pub fn identity_provider(&self, name: impl Into<String>) -> IdentityProviderHandle {
        IdentityProviderHandle { admin: self.clone(), name: name.into() }
    }

    /// Creates an identity provider (CreateIdentityProvider).
    ///
    /// Set the provider's own settings in `provider_details`; the guide on identity providers has
    /// examples. The name of a social provider must be that of its type.
    ///
    /// Permission `cognito-idp:CreateIdentityProvider`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists),
    /// [`LimitReached`](crate::ErrorKind::LimitReached), and as
    /// [all methods](IdentityProviderHandle#errors) of identity providers.
    pub fn create_identity_provider<F>(
        &self,
        name: impl Into<String>,
        kind: IdentityProviderTypeType,
        settings: F,
    ) -> Request<'static, IdentityProviderType>
    where
        F: FnOnce(CreateIdentityProviderFluentBuilder) -> CreateIdentityProviderFluentBuilder,
    {
        let call = self.sdk().create_identity_provider().provider_name(name).provider_type(kind);
        let call = settings(call).user_pool_id(self.id());
        Request::of(self, move |admin| async move {
            let output = sent(admin.limits(), Operation::CreateIdentityProvider, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.identity_provider.ok_or_else(unreadable)
        })
    }

    /// Finds the identity provider with this identifier, such as an e-mail domain that is mapped to
    /// a SAML provider (GetIdentityProviderByIdentifier).
    ///
    /// Permission `cognito-idp:GetIdentityProviderByIdentifier`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](IdentityProviderHandle#errors) of identity providers.
    pub fn identity_provider_by_identifier<'a>(
        &self,
        identifier: &'a str,
    ) -> Request<'a, IdentityProviderType> {
        Request::of(self, move |admin| async move {
            let call = admin.sdk().get_identity_provider_by_identifier().user_pool_id(admin.id());
            let call = call.idp_identifier(identifier);
            let output = sent(admin.limits(), Operation::GetIdentityProviderByIdentifier, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.identity_provider.ok_or_else(unreadable)
        })
    }

    /// Lists the pool's identity providers, each with its name and type (ListIdentityProviders).
    ///
    /// Permission `cognito-idp:ListIdentityProviders`; quota UserPoolResourceRead.
    pub fn identity_providers(&self) -> List<ProviderDescription> {
        let admin = self.clone();
        List::new(move |page| {
            let call = admin.sdk().list_identity_providers().user_pool_id(admin.id());
            let call = call.set_max_results(page.limit).set_next_token(page.token);
            let limits = admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListIdentityProviders, || call.clone().send()).await?;
                Ok(Page::new(Some(output.providers), output.next_token))
            }
        })
    }
}

impl IdentityProviderHandle {
    /// Returns the provider's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gets the settings (DescribeIdentityProvider).
    ///
    /// Permission `cognito-idp:DescribeIdentityProvider`; quota UserPoolResourceRead.
    ///
    /// # Security
    ///
    /// `provider_details` contains the provider's `client_secret`, which the AWS SDK prints with
    /// `{:?}`.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, IdentityProviderType> {
        Request::of(self, move |provider| async move {
            let call =
                provider.admin.sdk().describe_identity_provider().user_pool_id(provider.admin.id());
            let call = call.provider_name(&provider.name);
            let output = sent(provider.admin.limits(), Operation::DescribeIdentityProvider, || {
                unlogged(call.clone().send())
            })
            .await?;
            output.identity_provider.ok_or_else(unreadable)
        })
    }

    /// Changes some settings and leaves the others unchanged (UpdateIdentityProvider).
    ///
    /// The settings are read, changed and written back; after a concurrent change, the whole update
    /// is retried. `change` gets the request with all current settings. Its setters of maps and
    /// lists add entries to the current ones; `set_…(Some(..))` replaces them.
    ///
    /// Details that the service derives from others are not sent: the certificate and, if there is
    /// metadata, the endpoints of a SAML provider; the endpoints of an OIDC provider whose issuer
    /// changes. The key of Sign in with Apple cannot be read and is kept. Settings that this
    /// version of the AWS SDK does not know are lost. The guide on identity providers describes the
    /// effect on each field.
    ///
    /// Permissions `cognito-idp:DescribeIdentityProvider` and
    /// `cognito-idp:UpdateIdentityProvider`; quotas UserPoolResourceRead and
    /// UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when other programs keep changing it, and as
    /// [all methods](Self#errors).
    pub fn update<'a, F>(&self, change: F) -> Request<'a, IdentityProviderType>
    where
        F: Fn(UpdateIdentityProviderFluentBuilder) -> UpdateIdentityProviderFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |provider| async move {
            let attempt = || async {
                let was = provider.describe().await?;
                let call =
                    as_described(provider.admin.sdk().update_identity_provider(), was.clone());
                let call = consistent(change(call), &was);
                let call = call.user_pool_id(provider.admin.id()).provider_name(&provider.name);
                let output =
                    sent(provider.admin.limits(), Operation::UpdateIdentityProvider, || {
                        unlogged(call.clone().send())
                    })
                    .await?;
                output.identity_provider.ok_or_else(unreadable)
            };
            unless_raced(attempt).await
        })
    }

    /// Deletes the provider (DeleteIdentityProvider): its users can no longer sign in.
    ///
    /// Permission `cognito-idp:DeleteIdentityProvider`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) after a concurrent change, and as
    /// [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |provider| async move {
            let call =
                provider.admin.sdk().delete_identity_provider().user_pool_id(provider.admin.id());
            let call = call.provider_name(&provider.name);
            sent(provider.admin.limits(), Operation::DeleteIdentityProvider, || call.clone().send())
                .await
                .map(drop)
        })
    }
}

/// Returns an update request with the current settings of the provider.
fn as_described(
    call: UpdateIdentityProviderFluentBuilder,
    provider: IdentityProviderType,
) -> UpdateIdentityProviderFluentBuilder {
    call.set_provider_details(provider.provider_details)
        .set_attribute_mapping(provider.attribute_mapping)
        .set_idp_identifiers(provider.idp_identifiers)
        .set_acr_mapping(provider.acr_mapping)
}

/// Removes derived details and duplicates from a request.
fn consistent(
    call: UpdateIdentityProviderFluentBuilder,
    was: &IdentityProviderType,
) -> UpdateIdentityProviderFluentBuilder {
    let identifiers = unique(call.get_idp_identifiers());
    let call = call.set_idp_identifiers(identifiers);
    let Some(mut details) = call.get_provider_details().clone() else { return call };
    let none = HashMap::new();
    let was = was.provider_details.as_ref().unwrap_or(&none);
    details.remove(ACTIVE_ENCRYPTION_CERTIFICATE);
    for (origins, derived) in DERIVED {
        let has_origin = origins.iter().any(|origin| details.contains_key(*origin));
        let is_changed = origins.iter().any(|origin| details.get(*origin) != was.get(*origin));
        if has_origin && (is_changed || origins == METADATA) {
            details.retain(|name, value| {
                !derived.contains(&name.as_str()) || was.get(name) != Some(value)
            });
        }
    }
    call.set_provider_details(Some(details))
}

/// A detail that the service generates for SAML providers with encrypted responses.
const ACTIVE_ENCRYPTION_CERTIFICATE: &str = "ActiveEncryptionCertificate";

/// Details of SAML providers that the service evaluates at each update.
const METADATA: &[&str] = &["MetadataURL", "MetadataFile"];

/// Details, and the ones that the service derives from them unless they are sent.
const DERIVED: [(&[&str], &[&str]); 3] = [
    (METADATA, &["SSORedirectBindingURI", "SLORedirectBindingURI"]),
    (&["oidc_issuer"], &["attributes_url", "authorize_url", "jwks_uri", "token_url"]),
    (&["api_version"], &["attributes_url", "authorize_url", "token_url"]),
];

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_types::SdkConfig;

    use super::*;

    type Details<'a> = &'a [(&'a str, &'a str)];

    /// Returns the details of an update that changes some of the current ones.
    fn sent_details(read: Details<'_>, changed: Details<'_>) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let read = read.iter().map(owned).collect();
        let provider = IdentityProviderType::builder().set_provider_details(Some(read)).build();
        let config = SdkConfig::builder().build();
        let pool = "eu-west-1_Ab12Cd34E".parse().unwrap();
        let client: Client = Admin::new(&config, pool).sdk().clone();
        let mut call = as_described(client.update_identity_provider(), provider.clone());
        for (name, value) in changed {
            call = call.provider_details(*name, *value);
        }
        let sent = consistent(call, &provider).get_provider_details().clone().unwrap();
        let mut sent: Vec<_> = sent.into_iter().collect();
        sent.sort();
        sent
    }

    fn pairs(details: Details<'_>) -> Vec<(String, String)> {
        details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn saml_endpoints_are_derived_from_metadata() {
        let read: Details<'_> = &[
            ("ActiveEncryptionCertificate", "MII"),
            ("MetadataURL", "https://a"),
            ("SLORedirectBindingURI", "https://a/slo"),
            ("SSORedirectBindingURI", "https://a/sso"),
        ];
        assert_eq!(sent_details(read, &[]), pairs(&read[1..2]));
        let by_hand = [("SSORedirectBindingURI", "https://b/sso")];
        assert_eq!(sent_details(read, &by_hand), pairs(&[read[1], by_hand[0]]));
        assert_eq!(sent_details(&read[2..], &[]), pairs(&read[2..]));
    }

    #[test]
    fn oidc_endpoints_are_kept_until_the_issuer_changes() {
        let read: Details<'_> = &[
            ("authorize_url", "https://a/authorize"),
            ("client_secret", "secret"),
            ("jwks_uri", "https://a/jwks"),
            ("oidc_issuer", "https://a"),
        ];
        assert_eq!(sent_details(read, &[]), pairs(read));
        let issuer = [("oidc_issuer", "https://b")];
        assert_eq!(sent_details(read, &issuer), pairs(&[read[1], issuer[0]]));
        let both = [("jwks_uri", "https://b/keys"), issuer[0]];
        assert_eq!(sent_details(read, &both), pairs(&[read[1], both[0], both[1]]));
    }
}
