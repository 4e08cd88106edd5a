//! The settings of the pool itself.

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_risk_configuration::builders::SetRiskConfigurationFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    LogConfigurationType, RiskConfigurationType, SchemaAttributeType, UserPoolMfaType, UserPoolType,
};

use super::Admin;
use super::json::KeptBody;
use super::pool_fields::{as_described, consistent, mfa_as_described, mfa_consistent};
use super::read_modify_write::unless_raced;
use super::sdk_client::sent;
use super::{placeholders, risk};
use crate::app_client::unreadable;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Operation;

/// A handle to the settings of a pool, from [`Admin::pool`].
///
/// The settings are types of the AWS SDK. For operations without a method of this type, such as
/// branding, terms and replicas, use [`Admin::sdk`].
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
/// All methods fail with [`NotFound`](crate::ErrorKind::NotFound) when the pool does not exist,
/// [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter),
/// [`Unsupported`](crate::ErrorKind::Unsupported) when the pool's tier lacks a requested feature,
/// and the errors of every request. Each method lists further errors.
#[derive(Clone, Debug)]
pub struct PoolHandle {
    admin: Admin,
}

super::handle_of_admin!(PoolHandle);

impl Admin {
    /// Returns a handle to the settings of the pool.
    pub fn pool(&self) -> PoolHandle {
        PoolHandle { admin: self.clone() }
    }
}

impl PoolHandle {
    /// Gets the settings (DescribeUserPool).
    ///
    /// Permission `cognito-idp:DescribeUserPool`; quota UserPoolRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, UserPoolType> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().describe_user_pool().user_pool_id(pool.admin.id());
            let output =
                sent(pool.admin.limits(), Operation::DescribeUserPool, || call.clone().send())
                    .await?;
            output.user_pool.ok_or_else(unreadable)
        })
    }

    /// Gets the settings as JSON of the service (DescribeUserPool): the member `UserPool`.
    ///
    /// It includes settings that this version of the AWS SDK does not know, and no defaults of the
    /// SDK.
    ///
    /// Permission `cognito-idp:DescribeUserPool`; quota UserPoolRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe_json(&self) -> Request<'static, String> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().describe_user_pool().user_pool_id(pool.admin.id());
            let body = KeptBody::default();
            let request = || call.clone().customize().interceptor(body.clone()).send();
            sent(pool.admin.limits(), Operation::DescribeUserPool, request).await?;
            body.json(Some("UserPool"))
        })
    }

    /// Changes some settings and leaves the others unchanged (UpdateUserPool).
    ///
    /// The service resets settings that a request does not contain, so they are read, changed and
    /// written back; after a concurrent change, the update is retried. `change` gets the request
    /// with all current settings. Its setters of lists and maps add entries to the current ones,
    /// `set_…(Some(..))` replaces them and `set_…(None)` resets them; a structured setting is
    /// replaced as a whole.
    ///
    /// Second factors have their own operation: when `mfa_configuration` is changed,
    /// SetUserPoolMfaConfig follows as in [`set_mfa_config`](Self::set_mfa_config). If that fails
    /// (see [`operation`](Error::operation)), the other settings are already written. Settings that
    /// this version of the AWS SDK does not know are lost. The guide on pools and app clients
    /// describes the effect on each field.
    ///
    /// Permissions `cognito-idp:DescribeUserPool` and `cognito-idp:UpdateUserPool`, for second
    /// factors also `cognito-idp:GetUserPoolMfaConfig` and `cognito-idp:SetUserPoolMfaConfig`;
    /// quotas UserPoolRead, UserPoolUpdate, UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when other programs keep changing it, or users are
    /// being imported, and as [all methods](Self#errors).
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

    /// Writes all settings except a change of the second factors, which is returned.
    async fn update_once<F>(&self, change: &F) -> Result<Option<UserPoolMfaType>, Error>
    where
        F: Fn(UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder + Send + Sync,
    {
        let pool = self.describe().await?;
        let call = as_described(self.admin.sdk().update_user_pool(), pool.clone());
        let call = change(call).user_pool_id(self.admin.id());
        let mfa = call.get_mfa_configuration().clone();
        let call = consistent(call, &pool);
        let request = || call.clone().customize().mutate_request(placeholders::remove).send();
        sent(self.admin.limits(), Operation::UpdateUserPool, request).await?;
        Ok(mfa.filter(|mfa| pool.mfa_configuration.as_ref() != Some(mfa)))
    }

    /// Deletes the pool with everything in it (DeleteUserPool).
    ///
    /// AWS keeps it for 14 days, during which AWS support can restore it.
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

    /// Adds custom attributes to the schema (AddCustomAttributes).
    ///
    /// Their names are given without `custom:`. They cannot be changed or removed later.
    ///
    /// Permission `cognito-idp:AddCustomAttributes`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when an attribute with the name
    /// already exists, and as [all methods](Self#errors).
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

    /// Gets the settings of second factors and passkeys (GetUserPoolMfaConfig).
    ///
    /// Permission `cognito-idp:GetUserPoolMfaConfig`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn mfa_config(&self) -> Request<'static, GetUserPoolMfaConfigOutput> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().get_user_pool_mfa_config().user_pool_id(pool.admin.id());
            sent(pool.admin.limits(), Operation::GetUserPoolMfaConfig, || call.clone().send()).await
        })
    }

    /// Gets the settings of second factors and passkeys as JSON of the service
    /// (GetUserPoolMfaConfig), like [`describe_json`](Self::describe_json).
    ///
    /// Permission `cognito-idp:GetUserPoolMfaConfig`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn mfa_config_json(&self) -> Request<'static, String> {
        Request::of(self, move |pool| async move {
            let call = pool.admin.sdk().get_user_pool_mfa_config().user_pool_id(pool.admin.id());
            let body = KeptBody::default();
            let request = || call.clone().customize().interceptor(body.clone()).send();
            sent(pool.admin.limits(), Operation::GetUserPoolMfaConfig, request).await?;
            body.json(None)
        })
    }

    /// Changes some settings of second factors and passkeys and leaves the others unchanged
    /// (SetUserPoolMfaConfig).
    ///
    /// Like in [`update`](Self::update), they are read, changed and written back. If second factors
    /// are off, no factor is sent, because the service refuses that.
    ///
    /// Permissions `cognito-idp:GetUserPoolMfaConfig` and `cognito-idp:SetUserPoolMfaConfig`;
    /// quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when second factors are on or
    /// optional and no factor is configured, [`Conflict`](crate::ErrorKind::Conflict) when other
    /// programs keep changing them, and as [all methods](Self#errors).
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
                let request =
                    || call.clone().customize().mutate_request(placeholders::remove).send();
                sent(pool.admin.limits(), Operation::SetUserPoolMfaConfig, request).await.map(drop)
            };
            unless_raced(attempt).await
        })
    }

    /// Gets the actions on risky sign-ins (DescribeRiskConfiguration).
    ///
    /// Permission `cognito-idp:DescribeRiskConfiguration`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn risk_configuration(&self) -> Request<'static, RiskConfigurationType> {
        Request::of(self, move |pool| async move { risk::describe(&pool.admin, None).await })
    }

    /// Changes the actions on risky sign-ins and leaves the rest unchanged
    /// (SetRiskConfiguration).
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
        Request::of(self, move |pool| async move { risk::set(&pool.admin, None, change).await })
    }

    /// Gets the destinations of the pool's logs (GetLogDeliveryConfiguration).
    ///
    /// Permission `cognito-idp:GetLogDeliveryConfiguration`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
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

    /// Sets the destinations of all logs of the pool (SetLogDeliveryConfiguration).
    ///
    /// Permission `cognito-idp:SetLogDeliveryConfiguration`, and those of the destination; quota
    /// UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
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
