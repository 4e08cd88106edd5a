//! The pool's domains, which host its sign-in pages and its token endpoint.

use aws_sdk_cognitoidentityprovider::operation::create_user_pool_domain::CreateUserPoolDomainOutput;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool_domain::builders::CreateUserPoolDomainFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool_domain::UpdateUserPoolDomainOutput;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool_domain::builders::UpdateUserPoolDomainFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::DomainDescriptionType;

use super::Admin;
use super::read_modify_write::unless_raced;
use super::sdk_client::sent;
use crate::error::ErrorKind;
use crate::request::Request;
use crate::transport::Operation;

/// A domain of the pool, from [`Admin::domain`].
///
/// It is named by its prefix, such as `shop`, or by the full name of your own domain, such as
/// `auth.example.com`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// admin.create_domain("shop", |domain| domain.managed_login_version(1)).await?;
/// let domain = admin.domain("shop");
/// domain.update(|domain| domain.managed_login_version(2)).await?;
/// assert_eq!(domain.describe().await?.managed_login_version(), Some(2));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](ErrorKind::NotFound) when the pool or domain does not exist,
/// [`MissingPermission`](ErrorKind::MissingPermission),
/// [`InvalidParameter`](ErrorKind::InvalidParameter), and the errors of every request. Changes fail
/// with [`Conflict`](ErrorKind::Conflict) when other programs keep changing it.
#[derive(Clone, Debug)]
pub struct DomainHandle {
    admin: Admin,
    name: String,
}

super::handle_of_admin!(DomainHandle);

impl Admin {
    /// Returns a handle to the domain with this name, without sending a request.
    pub fn domain(&self, name: impl Into<String>) -> DomainHandle {
        DomainHandle { admin: self.clone(), name: name.into() }
    }

    /// Creates a domain for the pool (CreateUserPoolDomain).
    ///
    /// Your own domain needs a certificate, in `custom_domain_config`; the response contains the
    /// name that its DNS record must point to. It works after some minutes.
    ///
    /// Permission `cognito-idp:CreateUserPoolDomain`, and for your own domain
    /// `cloudfront:updateDistribution`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) when the name is taken,
    /// [`LimitReached`](ErrorKind::LimitReached), and as [all methods](DomainHandle#errors) of
    /// domains.
    pub fn create_domain<F>(
        &self,
        name: impl Into<String>,
        settings: F,
    ) -> Request<'static, CreateUserPoolDomainOutput>
    where
        F: FnOnce(CreateUserPoolDomainFluentBuilder) -> CreateUserPoolDomainFluentBuilder,
    {
        let call = settings(self.sdk().create_user_pool_domain().domain(name));
        let call = call.user_pool_id(self.id());
        Request::of(self, move |admin| async move {
            sent(admin.limits(), Operation::CreateUserPoolDomain, || call.clone().send()).await
        })
    }
}

impl DomainHandle {
    /// Returns the domain's name or prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gets the settings and the status (DescribeUserPoolDomain).
    ///
    /// Permission `cognito-idp:DescribeUserPoolDomain`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, DomainDescriptionType> {
        Request::of(self, move |domain| async move {
            let call = domain.admin.sdk().describe_user_pool_domain().domain(&domain.name);
            let output = sent(domain.admin.limits(), Operation::DescribeUserPoolDomain, || {
                call.clone().send()
            })
            .await?;
            // The service describes an unused domain as empty; a domain of another pool counts as
            // not found.
            let ours = |described: &DomainDescriptionType| {
                described.user_pool_id.as_deref() == Some(domain.admin.id())
            };
            output.domain_description.filter(ours).ok_or_else(|| ErrorKind::NotFound.into())
        })
    }

    /// Changes some settings and leaves the others unchanged (UpdateUserPoolDomain).
    ///
    /// The settings are read, changed and written back; after a concurrent change, the whole update
    /// is retried.
    ///
    /// Permissions `cognito-idp:DescribeUserPoolDomain` and `cognito-idp:UpdateUserPoolDomain`;
    /// quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn update<'a, F>(&self, change: F) -> Request<'a, UpdateUserPoolDomainOutput>
    where
        F: Fn(UpdateUserPoolDomainFluentBuilder) -> UpdateUserPoolDomainFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |domain| async move {
            let attempt = || async {
                let was = domain.describe().await?;
                let call = domain.admin.sdk().update_user_pool_domain();
                let call = call.set_managed_login_version(was.managed_login_version);
                let call = call.set_custom_domain_config(was.custom_domain_config);
                let call = change(call.set_routing(was.routing));
                let call = call.user_pool_id(domain.admin.id()).domain(&domain.name);
                sent(domain.admin.limits(), Operation::UpdateUserPoolDomain, || call.clone().send())
                    .await
            };
            unless_raced(attempt).await
        })
    }

    /// Deletes the domain (DeleteUserPoolDomain), with its pages and its token endpoint.
    ///
    /// Permission `cognito-idp:DeleteUserPoolDomain`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |domain| async move {
            let call = domain.admin.sdk().delete_user_pool_domain().user_pool_id(domain.admin.id());
            let call = call.domain(&domain.name);
            sent(domain.admin.limits(), Operation::DeleteUserPoolDomain, || call.clone().send())
                .await
                .map(drop)
        })
    }
}
