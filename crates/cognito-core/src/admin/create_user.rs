//! Creation of users.

use std::fmt;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::admin_create_user::builders::AdminCreateUserFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{DeliveryMediumType, MessageActionType};
use cognito_types::{BoxFuture, Password};

use super::convert;
use super::sdk_client::sent;
use super::{Admin, UserRecord};
use crate::app_client::unreadable;
use crate::attributes::Attributes;
use crate::error::Error;
use crate::transport::{Limits, Operation};

/// A request that creates a user, sent when it is awaited (AdminCreateUser).
///
/// Unless it is suppressed, the user gets an invitation with the temporary password, by default as
/// a text message.
///
/// Permission `cognito-idp:AdminCreateUser`; quota UserCreation.
///
/// # Errors
///
/// [`UserExists`](crate::ErrorKind::UserExists) for a name that is taken,
/// [`AliasExists`](crate::ErrorKind::AliasExists) for an address of another user,
/// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a password that violates the policy,
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for attributes that the pool does not
/// have, [`TriggerFailed`](crate::ErrorKind::TriggerFailed) when a trigger of the pool refuses the user.
#[derive(Clone)]
#[must_use = "nothing is sent until it is awaited"]
pub struct CreateUser {
    admin: Admin,
    limits: Limits,
    call: AdminCreateUserFluentBuilder,
    attributes: Attributes,
    validation_data: Attributes,
}

impl CreateUser {
    pub(super) fn new(admin: &Admin, username: String) -> Self {
        let admin = &admin.about(&username);
        let call = admin.sdk().admin_create_user().user_pool_id(admin.id()).username(username);
        let (attributes, validation_data) = (Attributes::new(), Attributes::new());
        Self { admin: admin.clone(), limits: admin.limits(), call, attributes, validation_data }
    }

    /// Sets the temporary password, which the user must change at the first sign-in. By default the
    /// service generates one.
    pub fn temporary_password(self, password: impl Into<Password>) -> Self {
        let password: Password = password.into();
        self.customize(|call| call.temporary_password(password.expose_secret()))
    }

    /// Adds an attribute of the user: a text, or a boolean such as `email_verified`.
    pub fn attribute(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.attributes.set(name, value);
        self
    }

    /// Adds attributes to those that were set before.
    pub fn attributes(mut self, attributes: Attributes) -> Self {
        self.attributes.extend(attributes);
        self
    }

    /// Adds a pair that the pre sign-up trigger receives and the service does not store
    /// (ValidationData).
    pub fn validation_data(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.validation_data.set(name, value.into());
        self
    }

    /// Adds a pair that triggers receive (ClientMetadata).
    pub fn client_metadata(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.customize(|call| call.client_metadata(name, value))
    }

    /// Sends no invitation.
    pub fn suppress_invitation(self) -> Self {
        self.customize(|call| call.message_action(MessageActionType::Suppress))
    }

    /// Sends the invitation by e-mail, and by text message if that is requested too.
    pub fn invite_by_email(self) -> Self {
        self.customize(|call| call.desired_delivery_mediums(DeliveryMediumType::Email))
    }

    /// Sends the invitation by text message, and by e-mail if that is requested too.
    pub fn invite_by_sms(self) -> Self {
        self.customize(|call| call.desired_delivery_mediums(DeliveryMediumType::Sms))
    }

    /// Moves the alias, such as an e-mail address, from the user who has it to this user.
    pub fn force_alias_creation(self) -> Self {
        self.customize(|call| call.force_alias_creation(true))
    }

    /// Sets members of the request without a method of this type; the name and the pool stay the
    /// same.
    pub fn customize(
        self,
        change: impl FnOnce(AdminCreateUserFluentBuilder) -> AdminCreateUserFluentBuilder,
    ) -> Self {
        let username = self.call.get_username().clone();
        let call = change(self.call).set_username(username).user_pool_id(self.admin.id());
        Self { call, ..self }
    }

    /// Sets the time limit for the request with its retries.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.operation_timeout = timeout;
        self
    }
}

impl IntoFuture for CreateUser {
    type Output = Result<UserRecord, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { admin, limits, mut call, attributes, validation_data } = self;
        call = convert::attributes(&attributes)
            .into_iter()
            .flatten()
            .fold(call, AdminCreateUserFluentBuilder::user_attributes);
        call = convert::attributes(&validation_data)
            .into_iter()
            .flatten()
            .fold(call, AdminCreateUserFluentBuilder::validation_data);
        Box::pin(async move {
            let request = || call.clone().send();
            let output = sent(limits, Operation::AdminCreateUser, request).await?;
            Ok(UserRecord::listed(&admin, output.user.ok_or_else(unreadable)?))
        })
    }
}

impl fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let username = self.call.get_username();
        f.debug_struct("CreateUser").field("username", username).finish_non_exhaustive()
    }
}
