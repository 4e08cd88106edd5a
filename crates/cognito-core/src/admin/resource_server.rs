//! Resource servers of the pool: APIs and their scopes.

use aws_sdk_cognitoidentityprovider::operation::update_resource_server::builders::UpdateResourceServerFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{ResourceServerScopeType, ResourceServerType};

use super::Admin;
use super::read_modify_write::{unique, unless_raced};
use super::sdk_client::sent;
use crate::app_client::unreadable;
use crate::error::{Error, ErrorKind};
use crate::list::{List, Page};
use crate::request::Request;
use crate::transport::Operation;

/// A resource server of the pool, from [`Admin::resource_server`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// admin.create_resource_server("orders", "Orders", [("read", "Read orders")]).await?;
/// let orders = admin.resource_server("orders");
/// orders.update(|server| server.name("All orders")).await?;
/// assert_eq!(orders.describe().await?.scopes().len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All methods fail with [`NotFound`](ErrorKind::NotFound) when the pool or resource server does
/// not exist, [`MissingPermission`](ErrorKind::MissingPermission),
/// [`InvalidParameter`](ErrorKind::InvalidParameter), and the errors of every request.
#[derive(Clone, Debug)]
pub struct ResourceServerHandle {
    admin: Admin,
    identifier: String,
}

super::handle_of_admin!(ResourceServerHandle);

impl Admin {
    /// Returns a handle to the resource server with this identifier, without sending a request.
    pub fn resource_server(&self, identifier: impl Into<String>) -> ResourceServerHandle {
        ResourceServerHandle { admin: self.clone(), identifier: identifier.into() }
    }

    /// Creates a resource server with scopes, each a name and a description (CreateResourceServer).
    ///
    /// Tokens contain a scope as `identifier/name`.
    ///
    /// Permission `cognito-idp:CreateResourceServer`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) when a resource server with the
    /// identifier already exists, [`LimitReached`](ErrorKind::LimitReached), and as
    /// [all methods](ResourceServerHandle#errors) of resource servers.
    pub fn create_resource_server<S>(
        &self,
        identifier: impl Into<String>,
        name: impl Into<String>,
        scopes: impl IntoIterator<Item = (S, S)>,
    ) -> Request<'static, ResourceServerType>
    where
        S: Into<String>,
    {
        let scope = |(name, description): (S, S)| {
            let scope = ResourceServerScopeType::builder().scope_name(name);
            scope.scope_description(description).build()
        };
        let scopes: Result<_, _> = scopes.into_iter().map(scope).collect();
        let call = self.sdk().create_resource_server().user_pool_id(self.id());
        let call = call.identifier(identifier).name(name);
        Request::of(self, move |admin| async move {
            let scopes = scopes.map_err(|_| Error::new(ErrorKind::InvalidParameter))?;
            let call = call.set_scopes(Some(scopes));
            let output =
                sent(admin.limits(), Operation::CreateResourceServer, || call.clone().send())
                    .await?;
            output.resource_server.ok_or_else(unreadable)
        })
    }

    /// Lists the pool's resource servers (ListResourceServers), at most 50 per page.
    ///
    /// Permission `cognito-idp:ListResourceServers`; quota UserPoolResourceRead.
    pub fn resource_servers(&self) -> List<ResourceServerType> {
        let admin = self.clone();
        List::new(move |page| {
            let call = admin.sdk().list_resource_servers().user_pool_id(admin.id());
            let call = call.set_max_results(page.limit).set_next_token(page.token);
            let limits = admin.limits().within(page.timeout);
            async move {
                let output =
                    sent(limits, Operation::ListResourceServers, || call.clone().send()).await?;
                Ok(Page::new(Some(output.resource_servers), output.next_token))
            }
        })
    }
}

impl ResourceServerHandle {
    /// Returns the identifier.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Gets the settings (DescribeResourceServer).
    ///
    /// Permission `cognito-idp:DescribeResourceServer`; quota UserPoolResourceRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn describe(&self) -> Request<'static, ResourceServerType> {
        Request::of(self, move |server| async move {
            let call =
                server.admin.sdk().describe_resource_server().user_pool_id(server.admin.id());
            let call = call.identifier(&server.identifier);
            let output = sent(server.admin.limits(), Operation::DescribeResourceServer, || {
                call.clone().send()
            })
            .await?;
            output.resource_server.ok_or_else(unreadable)
        })
    }

    /// Changes the name or the scopes and leaves the rest unchanged (UpdateResourceServer).
    ///
    /// They are read, changed and written back. `change` gets the request with the current name and
    /// scopes; `scopes` adds a scope, `set_scopes(Some(..))` replaces all.
    ///
    /// Permissions `cognito-idp:DescribeResourceServer` and `cognito-idp:UpdateResourceServer`;
    /// quotas UserPoolResourceRead and UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn update<'a, F>(&self, change: F) -> Request<'a, ResourceServerType>
    where
        F: Fn(UpdateResourceServerFluentBuilder) -> UpdateResourceServerFluentBuilder
            + Send
            + Sync
            + 'a,
    {
        Request::of(self, move |server| async move {
            let attempt = || async {
                let was = server.describe().await?;
                let call = server.admin.sdk().update_resource_server();
                let call = change(call.set_name(was.name).set_scopes(was.scopes));
                let scopes = unique(call.get_scopes());
                let call = call.set_scopes(scopes);
                let call = call.user_pool_id(server.admin.id()).identifier(&server.identifier);
                let output = sent(server.admin.limits(), Operation::UpdateResourceServer, || {
                    call.clone().send()
                })
                .await?;
                output.resource_server.ok_or_else(unreadable)
            };
            unless_raced(attempt).await
        })
    }

    /// Deletes the resource server (DeleteResourceServer).
    ///
    /// Permission `cognito-idp:DeleteResourceServer`; quota UserPoolResourceUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |server| async move {
            let call = server.admin.sdk().delete_resource_server().user_pool_id(server.admin.id());
            let call = call.identifier(&server.identifier);
            sent(server.admin.limits(), Operation::DeleteResourceServer, || call.clone().send())
                .await
                .map(drop)
        })
    }
}
