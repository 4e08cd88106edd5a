//! A user's record for administrators.

use std::fmt;
use std::time::SystemTime;

use aws_sdk_cognitoidentityprovider::operation::admin_get_user::AdminGetUserOutput;
use aws_sdk_cognitoidentityprovider::types::{UserStatusType, UserType};
use cognito_types::UserPoolId;

use super::Admin;
use super::convert::{mfa_options, read_attributes, time};
use crate::error::{Cause, Error};
use crate::mfa::MfaOption;
use crate::profile::{Profile, profile_methods};

/// A user's record for administrators: the attributes that were read, and the changes since.
///
/// [`save`](Self::save) sends the changes, always to this user:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/admin/example.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let admin = admin()?;
/// # admin.create_user("bob").attribute("family_name", "Doe").await?;
/// let mut bob = admin.user("bob").get().await?;
/// bob.set("given_name", "Bob");
/// bob.save(&admin).await?; // one attribute is sent
/// assert_eq!(admin.user("bob").get().await?.attributes().given_name(), Some("Bob"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UserRecord {
    pool_id: UserPoolId,
    username: String,
    profile: Profile,
    enabled: bool,
    status: UserStatus,
    created: Option<SystemTime>,
    modified: Option<SystemTime>,
    mfa_options: Vec<MfaOption>,
    mfa_factors: Vec<String>,
    preferred_mfa: Option<String>,
}

impl UserRecord {
    /// Returns the user name of the service.
    pub fn username(&self) -> &str {
        &self.username
    }

    profile_methods! {
        "A new address counts as verified only if its flag, such as `email_verified`, is set here \
         too, even if it was set before. After a save without it, the flag is not known any more."
    }

    /// Returns whether the user may sign in.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Returns the status of the user's account.
    pub fn status(&self) -> &UserStatus {
        &self.status
    }

    /// Returns when the user was created.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }

    /// Returns when the user was last changed.
    pub fn modified_at(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Returns the names of the enabled second factors, such as `SOFTWARE_TOKEN_MFA`.
    ///
    /// Lists do not contain them, only the result of [`get`](super::UserHandle::get).
    pub fn mfa_factors(&self) -> &[String] {
        &self.mfa_factors
    }

    /// Returns the preferred second factor; see [`mfa_factors`](Self::mfa_factors).
    pub fn preferred_mfa(&self) -> Option<&str> {
        self.preferred_mfa.as_deref()
    }

    /// Returns the destinations of codes in the older form of MFA settings (MFAOptions); empty for
    /// users who were set up since.
    pub fn mfa_options(&self) -> &[MfaOption] {
        &self.mfa_options
    }

    /// Sends the changes: new values, then removals (AdminUpdateUserAttributes,
    /// AdminDeleteUserAttributes).
    ///
    /// Permissions `cognito-idp:AdminUpdateUserAttributes` and
    /// `cognito-idp:AdminDeleteUserAttributes`; quota UserUpdate.
    ///
    /// # Errors
    ///
    /// The errors of [`update_attributes`](super::UserHandle::update_attributes); changes that were
    /// sent before the error count as saved. [`Configuration`](crate::ErrorKind::Configuration)
    /// when the user belongs to another pool.
    pub async fn save(&mut self, admin: &Admin) -> Result<(), Error> {
        if *admin.pool_id() != self.pool_id {
            let cause =
                Cause::new(format!("the user belongs to pool {}; save it there", self.pool_id));
            return Err(Error::from(cause));
        }
        let (changes, user) = (self.changes(), admin.user(&self.username));
        if !changes.set().is_empty() {
            user.update_attributes(changes.set()).await?;
            self.profile.saved_values();
        }
        if !changes.removed().is_empty() {
            user.delete_attributes(changes.removed()).await?;
        }
        self.profile.saved();
        Ok(())
    }

    pub(super) fn read(admin: &Admin, user: AdminGetUserOutput) -> Self {
        Self {
            pool_id: admin.pool_id().clone(),
            username: user.username,
            profile: Profile::new(read_attributes(user.user_attributes.unwrap_or_default())),
            enabled: user.enabled,
            status: UserStatus::new(user.user_status),
            created: user.user_create_date.and_then(time),
            modified: user.user_last_modified_date.and_then(time),
            mfa_options: mfa_options(user.mfa_options),
            mfa_factors: user.user_mfa_setting_list.unwrap_or_default(),
            preferred_mfa: user.preferred_mfa_setting,
        }
    }

    pub(super) fn listed(admin: &Admin, user: UserType) -> Self {
        Self {
            pool_id: admin.pool_id().clone(),
            username: user.username.unwrap_or_default(),
            profile: Profile::new(read_attributes(user.attributes.unwrap_or_default())),
            enabled: user.enabled,
            status: UserStatus::new(user.user_status),
            created: user.user_create_date.and_then(time),
            modified: user.user_last_modified_date.and_then(time),
            mfa_options: mfa_options(user.mfa_options),
            mfa_factors: Vec::new(),
            preferred_mfa: None,
        }
    }
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord")
            .field("username", &self.username)
            .field("enabled", &self.enabled)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The status of a user's account (UserStatusType).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserStatus {
    /// The user signed up and has not confirmed the sign-up.
    Unconfirmed,
    /// The user can sign in.
    Confirmed,
    /// The user can sign in with the temporary password and must then choose another one.
    ForceChangePassword,
    /// The user must set a new password with a code.
    ResetRequired,
    /// The user signs in with another identity provider.
    ExternalProvider,
    /// The user is no longer active.
    Archived,
    /// The service suspects that the password is compromised.
    Compromised,
    /// The service reports the status as unknown.
    Unknown,
    /// A status that this version does not know, by the service's name.
    Other(String),
}

impl UserStatus {
    /// Returns the service's name for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
            Self::Archived => "ARCHIVED",
            Self::Compromised => "COMPROMISED",
            Self::Unknown => "UNKNOWN",
            Self::Other(name) => name,
        }
    }

    fn new(status: Option<UserStatusType>) -> Self {
        let Some(status) = status else {
            return Self::Unknown;
        };
        let known = [
            Self::Unconfirmed,
            Self::Confirmed,
            Self::ForceChangePassword,
            Self::ResetRequired,
            Self::ExternalProvider,
            Self::Archived,
            Self::Compromised,
            Self::Unknown,
        ];
        let found = known.into_iter().find(|known| known.as_str() == status.as_str());
        found.unwrap_or_else(|| Self::Other(status.as_str().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_kept() {
        let status = |name: &str| UserStatus::new(Some(UserStatusType::from(name)));
        assert_eq!(status("CONFIRMED"), UserStatus::Confirmed);
        assert_eq!(status("DORMANT").as_str(), "DORMANT");
        assert_eq!(UserStatus::new(None), UserStatus::Unknown);
    }
}
