//! App clients of the pool, and their secrets.

use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::builders::CreateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::set_risk_configuration::builders::SetRiskConfigurationFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    ClientSecretDescriptorType, RiskConfigurationType, UserPoolClientDescription,
    UserPoolClientType,
};
use cognito_types::{ClientId, ClientSecret};

use super::Admin;
use super::json::KeptBody;
use super::read_modify_write::{unique, unless_raced};
use super::risk;
use super::sdk_client::sent;
use crate::admin::convert::time;
use crate::app_client::unreadable;
use crate::error::Error;
use crate::list::{List, Page};
use crate::request::Request;
use crate::transport::Operation;

/// An app client of the pool, from [`Admin::client`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// let made = admin.create_client("web", |client| client.generate_secret(true)).await?;
/// let client = admin.client(made.client_id().unwrap_or_default());
///
/// client.update(|client| client.access_token_validity(2)).await?; // in hours, the default unit
/// let described = client.describe().await?;
/// assert_eq!(described.access_token_validity(), Some(2));
/// assert_eq!(described.client_secret(), made.client_secret());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when the pool or client does not
/// exist, [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter),
/// [`Unsupported`](crate::ErrorKind::Unsupported) when the pool's tier lacks a requested feature,
/// and the errors of every request. Each method lists further errors.
#[derive(Clone, Debug)]
pub struct ClientHandle {
    admin: Admin,
    id: ClientId,
}

super::handle_of_admin!(ClientHandle);

/// A secret of an app client, which can have two during rotation.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # let made = admin.create_client("web", |client| client.generate_secret(true)).await?;
/// # let client = admin.client(made.client_id().unwrap_or_default());
/// let older = client.secrets().await?;
/// let newer = client.add_secret().await?;
/// assert!(newer.value().is_some()); // deploy it to all programs first
/// client.delete_secret(older[0].id()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AppClientSecret {
    id: String,
    value: Option<ClientSecret>,
    created: Option<SystemTime>,
}

impl Admin {
    /// Returns a handle to the app client with this id, without sending a request.
    pub fn client(&self, id: impl Into<ClientId>) -> ClientHandle {
        ClientHandle { admin: self.clone(), id: id.into() }
    }

    /// Creates an app client (CreateUserPoolClient).
    ///
    /// Use `generate_secret(true)` to create a client with a secret, which the response contains.
    ///
    /// Permission `cognito-idp:CreateUserPoolClient`; quota UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// [`LimitReached`](crate::ErrorKind::LimitReached), and as
    /// [all methods](ClientHandle#errors) of app clients.
    pub fn create_client<F>(
        &self,
        name: impl Into<String>,
        settings: F,
    ) -> Request<'static, UserPoolClientType>
    where
        F: FnOnce(CreateUserPoolClientFluentBuilder) -> CreateUserPoolClientFluentBuilder,
    {
        let call = settings(self.sdk().create_user_pool_client().client_name(name));
        let call = call.user_pool_id(self.id());
        Request::of(self, move |admin| async move {
            let output =
                sent(admin.limits(), Operation::CreateUserPoolClient, || call.clone().send())
                    .await?;
            output.user_pool_client.ok_or_else(unreadable)
        })
    }

    /// Lists the pool's app clients, each with its id and name (ListUserPoolClients).
    ///
    /// Permission `cognito-idp:ListUserPoolClients`; quota UserPoolClientRead.
    pub fn clients(&self) -> List<UserPoolClientDescription> {
        let admin = self.clone();
        List::new(move |page| {
            let call = admin.sdk().list_user_pool_clients().user_pool_id(admin.id());
            let call = call.set_max_results(page.limit).set_next_token(page.token);
            let limits = admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListUserPoolClients, || call.clone().send()).await?;
                Ok(Page::new(output.user_pool_clients, output.next_token))
            }
        })
    }
}

impl ClientHandle {
    /// Returns the client's id.
    pub fn id(&self) -> &ClientId {
        &self.id
    }

    /// Gets the settings (DescribeUserPoolClient).
    ///
    /// Permission `cognito-idp:DescribeUserPoolClient`; quota UserPoolClientRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, UserPoolClientType> {
        Request::of(self, move |client| async move {
            let call =
                client.admin.sdk().describe_user_pool_client().user_pool_id(client.admin.id());
            let call = call.client_id(client.id.as_str());
            let output = sent(client.admin.limits(), Operation::DescribeUserPoolClient, || {
                call.clone().send()
            })
            .await?;
            output.user_pool_client.ok_or_else(unreadable)
        })
    }

    /// Gets the settings as JSON of the service (DescribeUserPoolClient): the member
    /// `UserPoolClient`, with `ClientSecret` as `[redacted]`.
    ///
    /// It includes settings that this version of the AWS SDK does not know, and no defaults of the
    /// SDK.
    ///
    /// Permission `cognito-idp:DescribeUserPoolClient`; quota UserPoolClientRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe_json(&self) -> Request<'static, String> {
        Request::of(self, move |client| async move {
            let call =
                client.admin.sdk().describe_user_pool_client().user_pool_id(client.admin.id());
            let call = call.client_id(client.id.as_str());
            let body = KeptBody::default();
            let request = || call.clone().customize().interceptor(body.clone()).send();
            sent(client.admin.limits(), Operation::DescribeUserPoolClient, request).await?;
            body.json(Some("UserPoolClient"))
        })
    }

    /// Changes some settings and leaves the others unchanged (UpdateUserPoolClient).
    ///
    /// The service resets settings that a request does not contain, so they are read, changed and
    /// written back; after a concurrent change, the update is retried. `change` gets the request
    /// with all current settings. Its setters of lists add entries to the current ones, without
    /// duplicates; `set_…(Some(..))` replaces the list and `set_…(None)` resets it.
    ///
    /// A validity is a number in the unit of `token_validity_units`, which may not be the default.
    /// The secret is not changed. Settings that this version of the AWS SDK does not know are lost.
    /// The guide on pools and app clients describes the effect on each field.
    ///
    /// Permissions `cognito-idp:DescribeUserPoolClient` and `cognito-idp:UpdateUserPoolClient`;
    /// quotas UserPoolClientRead and UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when other programs keep changing it, and as
    /// [all methods](Self#errors).
    pub fn update<'a, F>(&self, change: F) -> Request<'a, UserPoolClientType>
    where
        F: Fn(UpdateUserPoolClientFluentBuilder) -> UpdateUserPoolClientFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |client| async move {
            let attempt = || async {
                let call = client.admin.sdk().update_user_pool_client();
                let call = consistent(change(as_described(call, client.describe().await?)));
                let call = call.user_pool_id(client.admin.id()).client_id(client.id.as_str());
                let output = sent(client.admin.limits(), Operation::UpdateUserPoolClient, || {
                    call.clone().send()
                })
                .await?;
                output.user_pool_client.ok_or_else(unreadable)
            };
            unless_raced(attempt).await
        })
    }

    /// Deletes the client (DeleteUserPoolClient): users can no longer sign in with it.
    ///
    /// Permission `cognito-idp:DeleteUserPoolClient`; quota UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |client| async move {
            let call = client.admin.sdk().delete_user_pool_client().user_pool_id(client.admin.id());
            let call = call.client_id(client.id.as_str());
            sent(client.admin.limits(), Operation::DeleteUserPoolClient, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Lists the client's secrets, without their values (ListUserPoolClientSecrets).
    ///
    /// Permission `cognito-idp:ListUserPoolClientSecrets`; quota UserPoolClientRead.
    pub fn secrets(&self) -> List<AppClientSecret> {
        let client = self.clone();
        List::new(move |page| {
            let call = client.admin.sdk().list_user_pool_client_secrets();
            let call = call.user_pool_id(client.admin.id()).client_id(client.id.as_str());
            let call = call.set_next_token(page.token);
            let limits = client.admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListUserPoolClientSecrets, || call.clone().send())
                        .await?;
                Ok(Page::new(output.client_secrets, output.next_token))
            }
        })
    }

    /// Adds a secret that the service generates (AddUserPoolClientSecret). Only this response
    /// contains its value.
    ///
    /// Both secrets are valid until the older one is [deleted](Self::delete_secret).
    ///
    /// Permission `cognito-idp:AddUserPoolClientSecret`; quota UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// [`LimitReached`](crate::ErrorKind::LimitReached) for a third secret, and as
    /// [all methods](Self#errors).
    pub fn add_secret(&self) -> Request<'static, AppClientSecret> {
        Request::of(self, move |client| async move { client.add(None).await })
    }

    /// Adds a secret of your own, of 24 to 64 letters, digits, `_` and `+`
    /// (AddUserPoolClientSecret).
    ///
    /// Permission `cognito-idp:AddUserPoolClientSecret`; quota UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [`add_secret`](Self::add_secret).
    pub fn add_secret_value(
        &self,
        value: impl Into<ClientSecret>,
    ) -> Request<'static, AppClientSecret> {
        let value: ClientSecret = value.into();
        Request::of(self, move |client| async move { client.add(Some(value)).await })
    }

    async fn add(&self, value: Option<ClientSecret>) -> Result<AppClientSecret, Error> {
        let call = self.admin.sdk().add_user_pool_client_secret().user_pool_id(self.admin.id());
        let call = call.client_id(self.id.as_str());
        let call = call.set_client_secret(value.map(|value| value.expose_secret().to_owned()));
        let output =
            sent(self.admin.limits(), Operation::AddUserPoolClientSecret, || call.clone().send())
                .await?;
        output.client_secret_descriptor.map(Into::into).ok_or_else(unreadable)
    }

    /// Deletes the secret with this id (DeleteUserPoolClientSecret).
    ///
    /// Permission `cognito-idp:DeleteUserPoolClientSecret`; quota UserPoolClientUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for the last secret, and as
    /// [all methods](Self#errors).
    pub fn delete_secret<'a>(&self, id: &'a str) -> Request<'a, ()> {
        Request::of(self, move |client| async move {
            let call =
                client.admin.sdk().delete_user_pool_client_secret().user_pool_id(client.admin.id());
            let call = call.client_id(client.id.as_str()).client_secret_id(id);
            sent(client.admin.limits(), Operation::DeleteUserPoolClientSecret, || {
                call.clone().send()
            })
            .await
            .map(drop)
        })
    }

    /// Gets the actions on risky sign-ins with this client, or those for all clients
    /// (DescribeRiskConfiguration).
    ///
    /// Permission `cognito-idp:DescribeRiskConfiguration`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn risk_configuration(&self) -> Request<'static, RiskConfigurationType> {
        Request::of(self, move |client| async move {
            risk::describe(&client.admin, Some(&client.id)).await
        })
    }

    /// Changes the actions on risky sign-ins with this client (SetRiskConfiguration).
    ///
    /// The client then has its own settings: fields that are not changed keep the values of the
    /// client, or those for all clients.
    ///
    /// Permissions `cognito-idp:DescribeRiskConfiguration` and
    /// `cognito-idp:SetRiskConfiguration`; quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn set_risk_configuration<'a, F>(&self, change: F) -> Request<'a, RiskConfigurationType>
    where
        F: Fn(SetRiskConfigurationFluentBuilder) -> SetRiskConfigurationFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |client| async move {
            risk::set(&client.admin, Some(&client.id), change).await
        })
    }
}

impl AppClientSecret {
    /// Returns the secret's id (ClientSecretId), which is not secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the secret value, if the service just generated it.
    pub fn value(&self) -> Option<&ClientSecret> {
        self.value.as_ref()
    }

    /// Returns when it was created.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }
}

impl From<ClientSecretDescriptorType> for AppClientSecret {
    fn from(secret: ClientSecretDescriptorType) -> Self {
        Self {
            id: secret.client_secret_id.unwrap_or_default(),
            value: secret.client_secret_value.map(Into::into),
            created: secret.client_secret_create_date.and_then(time),
        }
    }
}

/// Returns an update request with the current settings of the client.
fn as_described(
    call: UpdateUserPoolClientFluentBuilder,
    client: UserPoolClientType,
) -> UpdateUserPoolClientFluentBuilder {
    // The SDK represents a missing value as 0.
    let refresh_token_validity = Some(client.refresh_token_validity).filter(|days| *days != 0);
    call.set_client_name(client.client_name)
        .set_refresh_token_validity(refresh_token_validity)
        .set_access_token_validity(client.access_token_validity)
        .set_id_token_validity(client.id_token_validity)
        .set_token_validity_units(client.token_validity_units)
        .set_read_attributes(client.read_attributes)
        .set_write_attributes(client.write_attributes)
        .set_explicit_auth_flows(client.explicit_auth_flows)
        .set_supported_identity_providers(client.supported_identity_providers)
        .set_callback_urls(client.callback_urls)
        .set_logout_urls(client.logout_urls)
        .set_default_redirect_uri(client.default_redirect_uri)
        .set_allowed_o_auth_flows(client.allowed_o_auth_flows)
        .set_allowed_o_auth_scopes(client.allowed_o_auth_scopes)
        .set_allowed_o_auth_flows_user_pool_client(client.allowed_o_auth_flows_user_pool_client)
        .set_analytics_configuration(client.analytics_configuration)
        .set_prevent_user_existence_errors(client.prevent_user_existence_errors)
        .set_enable_token_revocation(client.enable_token_revocation)
        .set_enable_propagate_additional_user_context_data(
            client.enable_propagate_additional_user_context_data,
        )
        .set_auth_session_validity(client.auth_session_validity)
        .set_refresh_token_rotation(client.refresh_token_rotation)
}

/// Removes duplicates from the lists of a request.
fn consistent(call: UpdateUserPoolClientFluentBuilder) -> UpdateUserPoolClientFluentBuilder {
    let read_attributes = unique(call.get_read_attributes());
    let write_attributes = unique(call.get_write_attributes());
    let explicit_auth_flows = unique(call.get_explicit_auth_flows());
    let supported_identity_providers = unique(call.get_supported_identity_providers());
    let callback_urls = unique(call.get_callback_urls());
    let logout_urls = unique(call.get_logout_urls());
    let allowed_o_auth_flows = unique(call.get_allowed_o_auth_flows());
    let allowed_o_auth_scopes = unique(call.get_allowed_o_auth_scopes());
    call.set_read_attributes(read_attributes)
        .set_write_attributes(write_attributes)
        .set_explicit_auth_flows(explicit_auth_flows)
        .set_supported_identity_providers(supported_identity_providers)
        .set_callback_urls(callback_urls)
        .set_logout_urls(logout_urls)
        .set_allowed_o_auth_flows(allowed_o_auth_flows)
        .set_allowed_o_auth_scopes(allowed_o_auth_scopes)
}
