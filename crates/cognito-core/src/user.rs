//! A user's profile.

use std::fmt;
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
    /// Returns the user name of the service.
    pub fn username(&self) -> &str {
        &self.username
    }

    profile_methods! {
        "After a new address is saved, its flag, such as `email_verified`, is unknown."
    }

    /// Sends the changes: new values, then removals (UpdateUserAttributes, DeleteUserAttributes).
    ///
    /// Returns the destinations of the codes that verify changed addresses.
    ///
    /// # Errors
    ///
    /// The errors of [`Session::update_attributes`]; changes that were sent before the error count
    /// as saved. [`Configuration`](crate::ErrorKind::Configuration) when the session belongs to
    /// another user.
    pub async fn save(&mut self, session: &Session) -> Result<Vec<CodeDelivery>, Error> {
        let claims = session.access_claims().await?;
        // A user of another pool may have the same user name.
        let is_same = self.profile.read().sub().is_none_or(|sub| sub == claims.subject());
        if !is_same || claims.username() != Some(&self.username) {
            let text = "the profile belongs to another user; save it with the session of that user";
            return Err(Error::from(Cause::new(text)));
        }
        let changes = self.changes();
        let sent_to = session.update_attributes(changes.set()).await?;
        self.profile.saved_values();
        session.delete_attributes(changes.removed()).await?;
        self.profile.saved();
        Ok(sent_to)
    }

    /// Returns the names of the enabled second factors, such as `SOFTWARE_TOKEN_MFA`.
    pub fn mfa_factors(&self) -> &[String] {
        &self.mfa_factors
    }

    /// Returns the preferred second factor.
    pub fn preferred_mfa(&self) -> Option<&str> {
        self.preferred_mfa.as_deref()
    }

    /// Returns the destinations of codes in the older form of MFA settings (MFAOptions); empty for
    /// users who were set up since.
    pub fn mfa_options(&self) -> &[MfaOption] {
        &self.mfa_options
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Attributes are personal data.
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
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
    /// Returns the names of the factors that a sign-in can start with, such as `PASSWORD`.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// Returns the names of the enabled second factors, such as `SOFTWARE_TOKEN_MFA`.
    pub fn second(&self) -> &[String] {
        &self.second
    }

    /// Returns the preferred second factor.
    pub fn preferred_second(&self) -> Option<&str> {
        self.preferred_second.as_deref()
    }
}

/// A registered passkey.
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
    /// Returns the id (CredentialId).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name that the service generated for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the domain of the site that it is for.
    pub fn relying_party(&self) -> &str {
        &self.relying_party
    }

    /// Returns the attachment of the authenticator: `platform` if it is part of the user's device,
    /// `cross-platform` if it is separate.
    pub fn attachment(&self) -> Option<&str> {
        self.attachment.as_deref()
    }

    /// Returns the transports of the authenticator, such as `usb` or `internal`.
    pub fn transports(&self) -> &[String] {
        &self.transports
    }

    /// Returns when it was registered.
    pub fn created_at(&self) -> Option<SystemTime> {
        self.created
    }
}
