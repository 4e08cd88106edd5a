//! Administration of one user.

mod requests;

use cognito_types::Password;

pub use self::federation::ExternalIdentity;
pub use self::requests::{ConfirmUser, ResendInvitation, ResetPassword, UpdateAttributes};
use super::sdk_client::sent;
use super::{Admin, CreateUser, UserList, UserRecord};
use crate::attributes::Attributes;
use crate::error::Error;
use crate::request::Request;
use crate::transport::Operation;

/// Users.
impl Admin {
    /// Creates a user when the request is awaited (AdminCreateUser).
    ///
    /// Permission `cognito-idp:AdminCreateUser`; quota UserCreation.
    #[doc(alias = "admin_create_user")]
    pub fn create_user(&self, username: impl Into<String>) -> CreateUser {
        CreateUser::new(self, username.into())
    }

    /// Returns a handle to the user with this name, without sending a request.
    ///
    /// The name may be an alias, such as an e-mail address, if the pool allows it, or the user's id
    /// (`sub`).
    pub fn user(&self, username: impl Into<String>) -> UserHandle {
        let username = username.into();
        UserHandle { admin: self.about(&username), username }
    }

    /// Lists the users (ListUsers).
    ///
    /// Permission `cognito-idp:ListUsers`; quota UserList.
    ///
    /// ```
    /// # mod cognito { pub use cognito_core as admin; }
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let admin = admin()?;
    /// # for name in ["anna", "bella", "bob"] {
    /// #     let user = admin.create_user(name).attribute("email", format!("{name}@example.com"));
    /// #     user.suppress_invitation().await?;
    /// # }
    /// use cognito::admin::Filter;
    ///
    /// let mut users = admin.users().filter(Filter::email().starts_with("b")).stream();
    /// let mut names = Vec::new();
    /// while let Some(user) = users.next().await {
    ///     names.push(user?.username().to_owned());
    /// }
    /// assert_eq!(names.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "list_users")]
    pub fn users(&self) -> UserList {
        UserList::new(self)
    }
}

/// A handle to a user of the pool.
///
/// # Errors
///
/// All methods fail with [`UserNotFound`](crate::ErrorKind::UserNotFound) when the user does not
/// exist, [`MissingPermission`](crate::ErrorKind::MissingPermission),
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter), and the errors of every request. Each
/// method lists further errors.
#[derive(Clone, Debug)]
pub struct UserHandle {
    admin: Admin,
    username: String,
}

super::handle_of_admin!(UserHandle);

impl UserHandle {
    /// Returns the user name of the requests.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Gets the user (AdminGetUser).
    ///
    /// AWS bills the user as active in the month, unlike a user in a list.
    ///
    /// Permission `cognito-idp:AdminGetUser`; quota UserRead.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    #[doc(alias = "admin_get_user")]
    pub fn get(&self) -> Request<'static, UserRecord> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_get_user();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let output =
                sent(user.admin.limits(), Operation::AdminGetUser, || call.clone().send()).await?;
            Ok(UserRecord::read(&user.admin, output))
        })
    }

    /// Sets attributes and leaves the others unchanged (AdminUpdateUserAttributes).
    ///
    /// The request is sent when it is awaited. A new address counts as verified only if its flag,
    /// such as `email_verified`, is set with it.
    ///
    /// Permission `cognito-idp:AdminUpdateUserAttributes`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not
    /// exist or cannot be changed, [`AliasExists`](crate::ErrorKind::AliasExists) for an address of
    /// another user, and as [all methods](Self#errors).
    #[doc(alias = "admin_update_user_attributes")]
    pub fn update_attributes(&self, attributes: &Attributes) -> UpdateAttributes {
        UpdateAttributes::new(self, attributes)
    }

    /// Deletes attributes (AdminDeleteUserAttributes).
    ///
    /// Permission `cognito-idp:AdminDeleteUserAttributes`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not
    /// exist or is required, and as [all methods](Self#errors).
    pub fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Request<'static, ()> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Request::of(self, move |user| async move {
            if names.is_empty() {
                return Ok(());
            }
            let call = user.admin.sdk().admin_delete_user_attributes();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            let call = call.set_user_attribute_names(Some(names));
            sent(user.admin.limits(), Operation::AdminDeleteUserAttributes, || call.clone().send())
                .await
                .map(drop)
        })
    }

    /// Sets a permanent password (AdminSetUserPassword).
    ///
    /// The user is confirmed afterwards, regardless of the previous status.
    ///
    /// Permission `cognito-idp:AdminSetUserPassword`; quota UserAccountRecovery.
    ///
    /// # Errors
    ///
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for a password that violates the
    /// policy, and as [all methods](Self#errors).
    #[doc(alias = "admin_set_user_password")]
    pub fn set_password(&self, password: impl Into<Password>) -> Request<'static, ()> {
        let password: Password = password.into();
        Request::of(self, move |user| async move { user.send_password(&password, true).await })
    }

    /// Sets a temporary password, which the user must change at the next sign-in
    /// (AdminSetUserPassword).
    ///
    /// Permission `cognito-idp:AdminSetUserPassword`; quota UserAccountRecovery.
    ///
    /// # Errors
    ///
    /// The errors of [`set_password`](Self::set_password).
    pub fn set_temporary_password(&self, password: impl Into<Password>) -> Request<'static, ()> {
        let password: Password = password.into();
        Request::of(self, move |user| async move { user.send_password(&password, false).await })
    }

    async fn send_password(&self, password: &Password, permanent: bool) -> Result<(), Error> {
        let call = self.admin.sdk().admin_set_user_password();
        let call = call.user_pool_id(self.admin.id()).username(&self.username);
        let call = call.password(password.expose_secret()).permanent(permanent);
        // A password history would refuse the same password on a retry.
        sent(self.admin.limits(), Operation::AdminSetUserPassword, || call.clone().send())
            .await
            .map(drop)
    }

    /// Invalidates the password and sends the user a code to set another one
    /// (AdminResetUserPassword).
    ///
    /// The request is sent when it is awaited.
    ///
    /// Permission `cognito-idp:AdminResetUserPassword`; quota UserAccountRecovery.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user without a verified
    /// address, [`UnsupportedUserState`](crate::ErrorKind::UnsupportedUserState) for a user with a
    /// temporary password, and as [all methods](Self#errors).
    #[doc(alias = "admin_reset_user_password")]
    pub fn reset_password(&self) -> ResetPassword {
        ResetPassword::new(self)
    }

    /// Sends the invitation again, with a new temporary password (AdminCreateUser).
    ///
    /// The request is sent when it is awaited.
    ///
    /// Permission `cognito-idp:AdminCreateUser`; quota UserCreation.
    ///
    /// # Errors
    ///
    /// [`UnsupportedUserState`](crate::ErrorKind::UnsupportedUserState) for a user who has already
    /// signed in, and as [all methods](Self#errors).
    pub fn resend_invitation(&self) -> ResendInvitation {
        ResendInvitation::new(self)
    }

    /// Confirms the user's sign-up without a code (AdminConfirmSignUp).
    ///
    /// The request is sent when it is awaited.
    ///
    /// Permission `cognito-idp:AdminConfirmSignUp`; quota UserCreation.
    ///
    /// # Errors
    ///
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed) for a user who is confirmed, and as
    /// [all methods](Self#errors).
    pub fn confirm_sign_up(&self) -> ConfirmUser {
        ConfirmUser::new(self)
    }

    /// Deletes the user (AdminDeleteUser).
    ///
    /// Permission `cognito-idp:AdminDeleteUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [all methods](Self#errors).
    pub fn delete(&self) -> Request<'static, ()> {
        Request::of(self, move |user| async move {
            let call = user.admin.sdk().admin_delete_user();
            let call = call.user_pool_id(user.admin.id()).username(&user.username);
            sent(user.admin.limits(), Operation::AdminDeleteUser, || call.clone().send())
                .await
                .map(drop)
        })
    }
}

// Declared below the main methods, so that the documentation lists those first.
mod access;
mod devices;
mod federation;
mod groups;
