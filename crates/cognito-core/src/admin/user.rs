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
    /// Begins a new user, who is created when the request is awaited (AdminCreateUser).
    ///
    /// Permission `cognito-idp:AdminCreateUser`; quota UserCreation.
    #[doc(alias = "admin_create_user")]
    pub fn create_user(&self, username: impl Into<String>) -> CreateUser {
        CreateUser::new(self, username.into())
    }

    /// A user, to be read and changed. Nothing is sent yet.
    ///
    /// The name may be an alias, such as an e-mail address, where the pool allows it, or the
    /// user's id (`sub`).
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

/// A user of a pool, by name.
#[derive(Clone, Debug)]
pub struct UserHandle {
    admin: Admin,
    username: String,
}

super::handle_of_admin!(UserHandle);

/// Every method acts on this user and no other, and fails with
/// [`UserNotFound`](crate::ErrorKind::UserNotFound) where there is none.
impl UserHandle {
    /// The name that requests carry.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Reads the user (AdminGetUser).
    ///
    /// AWS bills a user who is read so as an active one of the month; a list does not.
    ///
    /// Permission `cognito-idp:AdminGetUser`; quota UserRead.
    ///
    /// # Errors
    ///
    /// Those of every method here.
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

    /// Sets attributes and leaves the others alone (AdminUpdateUserAttributes).
    ///
    /// The request is sent when it is awaited. An address counts as verified only if its flag is set beside
    /// it, such as `email_verified`. It fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an attribute that does not
    /// exist or cannot be changed, [`AliasExists`](crate::ErrorKind::AliasExists) for an address
    /// that is another user's.
    ///
    /// Permission `cognito-idp:AdminUpdateUserAttributes`; quota UserUpdate.
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
    /// exist or is required.
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

    /// Sets a password that stays (AdminSetUserPassword).
    ///
    /// The user is confirmed afterwards, regardless of the previous status.
    ///
    /// Permission `cognito-idp:AdminSetUserPassword`; quota UserAccountRecovery.
    ///
    /// # Errors
    ///
    /// [`InvalidPassword`](crate::ErrorKind::InvalidPassword) for one against the policy.
    #[doc(alias = "admin_set_user_password")]
    pub fn set_password(&self, password: impl Into<Password>) -> Request<'static, ()> {
        let password: Password = password.into();
        Request::of(self, move |user| async move { user.send_password(&password, true).await })
    }

    /// Sets a password for the next sign-in, which asks for another one (AdminSetUserPassword).
    ///
    /// Permission `cognito-idp:AdminSetUserPassword`; quota UserAccountRecovery.
    ///
    /// # Errors
    ///
    /// As [`set_password`](Self::set_password).
    pub fn set_temporary_password(&self, password: impl Into<Password>) -> Request<'static, ()> {
        let password: Password = password.into();
        Request::of(self, move |user| async move { user.send_password(&password, false).await })
    }

    async fn send_password(&self, password: &Password, permanent: bool) -> Result<(), Error> {
        let call = self.admin.sdk().admin_set_user_password();
        let call = call.user_pool_id(self.admin.id()).username(&self.username);
        let call = call.password(password.expose_secret()).permanent(permanent);
        // A history of passwords would refuse the same one again.
        sent(self.admin.limits(), Operation::AdminSetUserPassword, || call.clone().send())
            .await
            .map(drop)
    }

    /// Makes the password invalid and sends the user a code for another one
    /// (AdminResetUserPassword).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a user without a verified
    /// address, [`UnsupportedUserState`](crate::ErrorKind::UnsupportedUserState) for one who has a
    /// temporary password.
    ///
    /// Permission `cognito-idp:AdminResetUserPassword`; quota UserAccountRecovery.
    #[doc(alias = "admin_reset_user_password")]
    pub fn reset_password(&self) -> ResetPassword {
        ResetPassword::new(self)
    }

    /// Sends the invitation again, with a new temporary password unless the service makes one
    /// (AdminCreateUser).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`UnsupportedUserState`](crate::ErrorKind::UnsupportedUserState) for a user who has signed in
    /// already.
    ///
    /// Permission `cognito-idp:AdminCreateUser`; quota UserCreation.
    pub fn resend_invitation(&self) -> ResendInvitation {
        ResendInvitation::new(self)
    }

    /// Confirms the user's sign-up without a code (AdminConfirmSignUp).
    ///
    /// The request is sent when it is awaited, and fails with
    /// [`AlreadyConfirmed`](crate::ErrorKind::AlreadyConfirmed).
    ///
    /// Permission `cognito-idp:AdminConfirmSignUp`; quota UserCreation.
    pub fn confirm_sign_up(&self) -> ConfirmUser {
        ConfirmUser::new(self)
    }

    /// Deletes the user (AdminDeleteUser).
    ///
    /// Permission `cognito-idp:AdminDeleteUser`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// Those of every method here.
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
