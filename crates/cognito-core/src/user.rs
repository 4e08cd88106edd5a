//! A user's profile.

use std::time::SystemTime;

use crate::delivery::CodeDelivery;
use crate::error::{Cause, Error};
use crate::mfa::MfaOption;
use crate::profile::{Profile, profile_methods};
use crate::session::Session;

/// A user's profile (GetUser): the attributes that were read, and the changes since.
///
/// [`save`](Self::save) sends the changes, as the user:
///
/// ```
/// # use cognito_core::{Error, Session};
/// async fn rename(session: &Session) -> Result<(), Error> {
///     let mut user = session.user().await?;
///     user.set("given_name", "Jane");
///     user.save(session).await?; // one attribute is sent
///     Ok(())
/// }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct User {
    pub(crate) username: String,
    pub(crate) profile: Profile,
    pub(crate) mfa_options: Vec<MfaOption>,
    pub(crate) mfa_factors: Vec<String>,
    pub(crate) preferred_mfa: Option<String>,
}

impl User {
    /// The name that the service knows the user by.
    pub fn username(&self) -> &str {
        &self.username
    }

    profile_methods! {
        "After a new address was saved, its flag, such as `email_verified`, is not known any more."
    }

    /// Sends the changes, and nothing else: values that are new, then names that are gone
    /// (UpdateUserAttributes, DeleteUserAttributes).
    ///
    /// What is returned says where codes were sent that verify changed addresses.
    ///
    /// # Errors
    ///
    /// As [`Session::update_attributes`]; what was sent before the error counts as saved.
    /// [`Configuration`](crate::ErrorKind::Configuration) when the session is another user's.
    pub async fn save(&mut self, session: &Session) -> Result<Vec<CodeDelivery>, Error> {
        let claims = session.access_claims().await?;
        // A user of another pool may have the same name.
        let is_same = self.profile.read().sub().is_none_or(|sub| sub == claims.subject());
        if !is_same || claims.username() != Some(&self.username) {
            let cause = Cause::new("the session is not of the user whose profile it is");
            return Err(Error::from(cause));
        }
        let changes = self.changes();
        let sent_to = session.update_attributes(changes.set()).await?;
        self.profile.saved_values();
        session.delete_attributes(changes.removed()).await?;
        self.profile.saved();
        Ok(sent_to)
    }

    /// The second factors that are switched on, by names such as `SOFTWARE_TOKEN_MFA`.
    pub fn mfa_factors(&self) -> &[String] {
        &self.mfa_factors
    }

    /// Returns the preferred second factor.
    pub fn preferred_mfa(&self) -> Option<&str> {
        self.preferred_mfa.as_deref()
    }

    /// Returns the destinations of codes from before there were preferences (MFAOptions); for
    /// users of today none.
    pub fn mfa_options(&self) -> &[MfaOption] {
        &self.mfa_options
    }
}

/// The sign-in factors of a user (GetUserAuthFactors).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthFactors {
    pub(crate) first: Vec<String>,
    pub(crate) second: Vec<String>,
    pub(crate) preferred_second: Option<String>,
}

impl AuthFactors {
    /// The factors that a sign-in can start with, by names such as `PASSWORD` and `WEB_AUTHN`.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// The second factors that are switched on, by names such as `SOFTWARE_TOKEN_MFA`.
    pub fn second(&self) -> &[String] {
        &self.second
    }

    /// Returns the preferred second factor.
    pub fn preferred_second(&self) -> Option<&str> {
        self.preferred_second.as_deref()
    }
}

/// A passkey as the service knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) relying_party: String,
    pub(crate) attachment: Option<String>,
    pub(crate) transports: Vec<String>,
    pub(crate) created: Option<SystemTime>,
}

impl Passkey {
    /// Its id (CredentialId).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name that the service made up for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The site that it is for.
    pub fn relying_party(&self) -> &str {
        &self.relying_party
    }

    /// `platform` for an authenticator inside the user's device, `cross-platform` for one that is
    /// carried along.
    pub fn attachment(&self) -> Option<&str> {
        self.attachment.as_deref()
    }

    /// Returns the transports of the authenticator, such as `usb` or `internal`.
    pub fn transports(&self) -> &[String] {
        &self.transports
    }

    /// When it was registered.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Attributes are personal data.
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}
