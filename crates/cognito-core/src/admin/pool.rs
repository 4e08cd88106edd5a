//! The settings of the pool itself.

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_risk_configuration::builders::SetRiskConfigurationFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    LogConfigurationType, RiskConfigurationType, SchemaAttributeType, UserPoolMfaType, UserPoolType,
};

use super::Admin;
use super::change::unless_raced;
use super::json::KeptBody;
use super::pool_fields::{as_described, consistent, mfa_as_described, mfa_consistent};
use super::sdk_client::sent;
use super::{risk, stand_ins};
use crate::app_client::unreadable;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Operation;

/// The settings of a pool, from [`Admin::pool`].
///
/// They are the AWS SDK's types. Use the SDK for all that has no method here, with
/// [`Admin::sdk`], such as branding, terms and replicas.
///
/// ```
/// # mod cognito { pub use cognito_core::*; }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// use cognito::sdk::types::DeletionProtectionType::Active;
///
/// let pool = admin.pool();
/// pool.update(|pool| pool.deletion_protection(Active).user_pool_tags("stage", "live")).await?;
/// assert_eq!(pool.describe().await?.deletion_protection(), Some(&Active));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when there is no such pool,
/// [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter),
/// [`Unsupported`](crate::ErrorKind::Unsupported) when the pool's tier lacks a requested feature,
/// and as every request. Each names its further errors.
#[derive(Clone, Debug)]
pub struct PoolHandle {
    admin: Admin,
}

super::handle_of_admin!(PoolHandle);

impl Admin {
    /// The settings of the pool.
    pub fn pool(&self) -> PoolHandle {
        PoolHandle { admin: self.clone() }
    }
}

impl PoolHandle {
    /// Reads the settings (DescribeUserPool).
    ///
    /// Permission `cognito-idp:DescribeUserPool`; quota UserPoolRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, UserPoolType> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().describe_user_pool().user_pool_id(pool.admin.id());
            let output =
                sent(pool.admin.limits(), Operation::DescribeUserPool, || call.clone().send())
                    .await?;
            output.user_pool.ok_or_else(unreadable)
        })
    }

    /// Reads the settings in the JSON of the service (DescribeUserPool): the member `UserPool`.
    ///
    /// It has the settings too that this version of the AWS SDK does not know, and none that the SDK
    /// fills in.
    ///
    /// Permission `cognito-idp:DescribeUserPool`; quota UserPoolRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn describe_json(&self) -> Request<'static, String> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().describe_user_pool().user_pool_id(pool.admin.id());
            let body = KeptBody::default();
            let request = || call.clone().customize().interceptor(body.clone()).send();
            sent(pool.admin.limits(), Operation::DescribeUserPool, request).await?;
            body.json(Some("UserPool"))
        })
    }

    /// Changes some settings and leaves the others as they are (UpdateUserPool).
    ///
    /// The service resets settings that a request does not carry, so they are read, changed and
    /// written back; after a concurrent change, the update is retried. `change`
    /// gets the request with all settings as they are. Its setters of lists and maps add to what is
    /// there, `set_…(Some(..))` replaces it and `set_…(None)` resets it; a setting with parts is
    /// replaced as a whole.
    ///
    /// Second factors have an operation of their own: when `mfa_configuration` is changed,
    /// SetUserPoolMfaConfig follows as in [`set_mfa_config`](Self::set_mfa_config); where that fails
    /// ([`operation`](Error::operation) tells), the other settings are written. Settings that this
    /// version of the AWS SDK does not know are lost. The guide on pools and app clients says
    /// what becomes of each field.
    ///
    /// Permissions `cognito-idp:DescribeUserPool` and `cognito-idp:UpdateUserPool`, for second
    /// factors also `cognito-idp:GetUserPoolMfaConfig` and `cognito-idp:SetUserPoolMfaConfig`;
    /// quotas UserPoolRead, UserPoolUpdate, UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when others keep writing, or users are being
    /// imported, and as [all methods](Self#errors).
    pub fn update<'a, F>(&self, change: F) -> Request<'a, ()>
    where
        F: Fn(UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder + Send + Sync + 'a,
    {
        Request::of(self, move |pool| async move {
            match unless_raced(|| pool.update_once(&change)).await? {
                Some(mfa) => pool.set_mfa_config(|call| call.mfa_configuration(mfa.clone())).await,
                None => Ok(()),
            }
        })
    }

    /// Writes all but a change of the second factors, which is given back.
    async fn update_once<F>(&self, change: &F) -> Result<Option<UserPoolMfaType>, Error>
    where
        F: Fn(UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder + Send + Sync,
    {
        let pool = self.describe().await?;
        let call = as_described(self.admin.sdk().update_user_pool(), pool.clone());
        let call = change(call).user_pool_id(self.admin.id());
        let mfa = call.get_mfa_configuration().clone();
        let call = consistent(call, &pool);
        let request = || call.clone().customize().mutate_request(stand_ins::omit).send();
        sent(self.admin.limits(), Operation::UpdateUserPool, request).await?;
        Ok(mfa.filter(|mfa| pool.mfa_configuration.as_ref() != Some(mfa)))
    }

    /// Deletes the pool with everything in it (DeleteUserPool).
    ///
    /// AWS keeps it for 14 days, in which its support can bring it back.
    ///
    /// Permission `cognito-idp:DeleteUserPool`; quota UserPoolUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) while the pool is protected from
    /// deletion or has a domain, and as [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().delete_user_pool().user_pool_id(pool.admin.id());
            sent(pool.admin.limits(), Operation::DeleteUserPool, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Adds attributes of your own to the schema (AddCustomAttributes).
    ///
    /// Their names are given without `custom:`. They can neither be changed nor taken away again.
    ///
    /// Permission `cognito-idp:AddCustomAttributes`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when there is such an attribute
    /// already, and as [all methods](Self#errors).
    pub fn add_custom_attributes(
        &self,
        attributes: impl IntoIterator<Item = SchemaAttributeType>,
    ) -> Request<'static, ()> {
        let attributes = attributes.into_iter().collect();
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().add_custom_attributes().user_pool_id(pool.admin.id());
            let call = call.set_custom_attributes(Some(attributes));
            sent(pool.admin.limits(), Operation::AddCustomAttributes, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Reads the settings of second factors and passkeys (GetUserPoolMfaConfig).
    ///
    /// Permission `cognito-idp:GetUserPoolMfaConfig`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn mfa_config(&self) -> Request<'static, GetUserPoolMfaConfigOutput> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().get_user_pool_mfa_config().user_pool_id(pool.admin.id());
            sent(pool.admin.limits(), Operation::GetUserPoolMfaConfig, || call.clone().send()).await
        })
    }

    /// Reads the settings of second factors and passkeys in the JSON of the service
    /// (GetUserPoolMfaConfig), as [`describe_json`](Self::describe_json) does those of the pool.
    ///
    /// Permission `cognito-idp:GetUserPoolMfaConfig`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn mfa_config_json(&self) -> Request<'static, String> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().get_user_pool_mfa_config().user_pool_id(pool.admin.id());
            let body = KeptBody::default();
            let request = || call.clone().customize().interceptor(body.clone()).send();
            sent(pool.admin.limits(), Operation::GetUserPoolMfaConfig, request).await?;
            body.json(None)
        })
    }

    /// Changes some settings of second factors and passkeys and leaves the others as they are
    /// (SetUserPoolMfaConfig).
    ///
    /// As in [`update`](Self::update), they are read, changed and written back. With second factors
    /// off, none of them is sent, as the service refuses that.
    ///
    /// Permissions `cognito-idp:GetUserPoolMfaConfig` and `cognito-idp:SetUserPoolMfaConfig`;
    /// quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when second factors are on or
    /// optional and none is described, [`Conflict`](crate::ErrorKind::Conflict) when others keep
    /// writing, and as [all methods](Self#errors).
    pub fn set_mfa_config<'a, F>(&self, change: F) -> Request<'a, ()>
    where
        F: Fn(SetUserPoolMfaConfigFluentBuilder) -> SetUserPoolMfaConfigFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |pool| async move {
            let attempt = || async {
                let call = pool.admin.sdk().set_user_pool_mfa_config();
                let call = change(mfa_as_described(call, pool.mfa_config().await?));
                let call = mfa_consistent(call).user_pool_id(pool.admin.id());
                let request = || call.clone().customize().mutate_request(stand_ins::omit).send();
                sent(pool.admin.limits(), Operation::SetUserPoolMfaConfig, request).await.map(drop)
            };
            unless_raced(attempt).await
        })
    }

    /// Reads the actions on risky sign-ins (DescribeRiskConfiguration).
    ///
    /// Permission `cognito-idp:DescribeRiskConfiguration`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn risk_configuration(&self) -> Request<'static, RiskConfigurationType> {
        Request::of(self, move |pool| async move { risk::describe(&pool.admin, None).await })
    }

    /// Changes the actions on risky sign-ins and leaves the rest as it is
    /// (SetRiskConfiguration).
    ///
    /// Permissions `cognito-idp:DescribeRiskConfiguration` and
    /// `cognito-idp:SetRiskConfiguration`; quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn set_risk_configuration<'a, F>(&self, change: F) -> Request<'a, RiskConfigurationType>
    where
        F: Fn(SetRiskConfigurationFluentBuilder) -> SetRiskConfigurationFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |pool| async move { risk::set(&pool.admin, None, change).await })
    }

    /// Reads where the pool's logs go (GetLogDeliveryConfiguration).
    ///
    /// Permission `cognito-idp:GetLogDeliveryConfiguration`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn log_delivery(&self) -> Request<'static, Vec<LogConfigurationType>> {
        Request::of(self, move |pool| async move {
            let call =
                pool.admin.sdk().get_log_delivery_configuration().user_pool_id(pool.admin.id());
            let output = sent(pool.admin.limits(), Operation::GetLogDeliveryConfiguration, || {
                call.clone().send()
            })
            .await?;
            let configuration = output.log_delivery_configuration;
            Ok(configuration.map(|all| all.log_configurations).unwrap_or_default())
        })
    }

    /// Says where the pool's logs go, all of them (SetLogDeliveryConfiguration).
    ///
    /// Permission `cognito-idp:SetLogDeliveryConfiguration`, and those of the destination; quota
    /// UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// As [all methods](Self#errors).
    pub fn set_log_delivery(
        &self,
        logs: impl IntoIterator<Item = LogConfigurationType>,
    ) -> Request<'static, ()> {
        let logs = logs.into_iter().collect();
        Request::of(self, move |pool| async move {
            let call =
                pool.admin.sdk().set_log_delivery_configuration().user_pool_id(pool.admin.id());
            let call = call.set_log_configurations(Some(logs));
            sent(pool.admin.limits(), Operation::SetLogDeliveryConfiguration, || {
                call.clone().send()
            })
            .await
            .map(drop)
        })
    }
}
