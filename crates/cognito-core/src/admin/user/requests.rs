//! Requests of administrators with ClientMetadata for triggers, sent when they are awaited.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::admin_confirm_sign_up::builders::AdminConfirmSignUpFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::admin_create_user::builders::AdminCreateUserFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::admin_reset_user_password::builders::AdminResetUserPasswordFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::admin_update_user_attributes::builders::AdminUpdateUserAttributesFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::MessageActionType;
use cognito_types::{BoxFuture, Password};

use super::UserHandle;
use crate::admin::convert::attributes;
use crate::admin::sdk_client::sent;
use crate::attributes::Attributes;
use crate::error::Error;
use crate::transport::{Limits, Operation};

/// Defines a request that is sent when it is awaited.
macro_rules! request {
    ($(#[$doc:meta])* $name:ident($call:ident)) => {
        $(#[$doc])*
        #[derive(Clone)]
        #[must_use = "nothing is sent until it is awaited"]
        pub struct $name {
            call: $call,
            limits: Limits,
        }

        impl $name {
            /// Adds a pair that triggers receive (ClientMetadata).
            pub fn client_metadata(
                self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.customize(|call| call.client_metadata(name, value))
            }

            /// Sets the time limit for the request with its retries.
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.limits.operation_timeout = timeout;
                self
            }

            /// Sets members of the request without a method of this type; the user stays the same.
            pub fn customize(self, change: impl FnOnce($call) -> $call) -> Self {
                let pool_id = self.call.get_user_pool_id().clone();
                let username = self.call.get_username().clone();
                let call = change(self.call).set_user_pool_id(pool_id).set_username(username);
                Self { call, ..self }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Passwords and trigger data must not be logged.
                let username = self.call.get_username();
                f.debug_struct(stringify!($name)).field("username", username).finish_non_exhaustive()
            }
        }
    };
}

request! {
    /// A request that confirms a sign-up, sent when it is awaited.
    ConfirmUser(AdminConfirmSignUpFluentBuilder)
}

request! {
    /// A request that resets a password, sent when it is awaited.
    ResetPassword(AdminResetUserPasswordFluentBuilder)
}

request! {
    /// A request for another invitation, sent when it is awaited.
    ResendInvitation(AdminCreateUserFluentBuilder)
}

request! {
    /// A request that sets attributes, sent when it is awaited.
    UpdateAttributes(AdminUpdateUserAttributesFluentBuilder)
}

impl ConfirmUser {
    pub(super) fn new(user: &UserHandle) -> Self {
        let call = user.admin.sdk().admin_confirm_sign_up();
        Self {
            call: call.user_pool_id(user.admin.id()).username(&user.username),
            limits: user.admin.limits(),
        }
    }
}

impl ResetPassword {
    pub(super) fn new(user: &UserHandle) -> Self {
        let call = user.admin.sdk().admin_reset_user_password();
        Self {
            call: call.user_pool_id(user.admin.id()).username(&user.username),
            limits: user.admin.limits(),
        }
    }
}

impl ResendInvitation {
    pub(super) fn new(user: &UserHandle) -> Self {
        let call = user.admin.sdk().admin_create_user();
        let call = call.user_pool_id(user.admin.id()).username(&user.username);
        Self { call: call.message_action(MessageActionType::Resend), limits: user.admin.limits() }
    }

    /// Sets the new temporary password; by default the service generates one.
    pub fn temporary_password(self, password: impl Into<Password>) -> Self {
        let password: Password = password.into();
        self.customize(|call| call.temporary_password(password.expose_secret()))
    }
}

impl UpdateAttributes {
    pub(super) fn new(user: &UserHandle, values: &Attributes) -> Self {
        let call = user.admin.sdk().admin_update_user_attributes();
        let call = call.user_pool_id(user.admin.id()).username(&user.username);
        Self { call: call.set_user_attributes(attributes(values)), limits: user.admin.limits() }
    }
}

impl IntoFuture for ConfirmUser {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            sent(self.limits, Operation::AdminConfirmSignUp, || self.call.clone().send())
                .await
                .map(drop)
        })
    }
}

impl IntoFuture for ResetPassword {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            sent(self.limits, Operation::AdminResetUserPassword, || self.call.clone().send())
                .await
                .map(drop)
        })
    }
}

impl IntoFuture for ResendInvitation {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            sent(self.limits, Operation::AdminCreateUser, || self.call.clone().send())
                .await
                .map(drop)
        })
    }
}

impl IntoFuture for UpdateAttributes {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            // The service refuses a request without changes.
            if self.call.get_user_attributes().is_none() {
                return Ok(());
            }
            sent(self.limits, Operation::AdminUpdateUserAttributes, || self.call.clone().send())
                .await
                .map(drop)
        })
    }
}
