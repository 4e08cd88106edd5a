//! A user of a pool.

mod alias_index;
mod devices;
mod extras;
mod filter;
pub(crate) mod stored;
mod users;

use std::collections::BTreeSet;
use std::sync::Arc;

use cognito_srp::{Identity, PasswordVerifier};
use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::activity::ActiveMonths;
use crate::state::address::{ATTRIBUTES, Address};
use crate::state::attributes::Attributes;
use crate::state::identity;
pub(crate) use extras::Extras;
pub(crate) use filter::Filter;
pub(crate) use users::{Lists, Users};

/// UserStatusType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserStatus {
    Unconfirmed,
    Confirmed,
    ForceChangePassword,
    ResetRequired,
    /// Known from another identity provider.
    ExternalProvider,
}

impl UserStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
        }
    }
}

/// A user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    #[serde(with = "stored::text")]
    pub(crate) username: Arc<str>,
    #[serde(with = "stored::text")]
    pub(crate) sub: Arc<str>,
    pub(crate) status: UserStatus,
    pub(crate) enabled: bool,
    attributes: Attributes,
    /// None for a user who signs in without one.
    #[serde(with = "stored::verifier")]
    pub(crate) password: Option<Box<PasswordVerifier>>,
    /// When a temporary password ends, in seconds since 1970.
    pub(crate) password_ends: Option<u64>,
    extras: Option<Box<Extras>>,
    pub(crate) factors: Factors,
    /// The names of the groups that the user is in, each of which has the user as a member.
    pub(crate) groups: BTreeSet<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
    active: ActiveMonths,
}

/// The identity of a user from step to step: a later user of the same name has another `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserKey {
    pub(crate) username: Arc<str>,
    sub: Arc<str>,
}

/// A way to begin a sign-in with USER_AUTH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FirstFactor {
    Password,
    PasswordSrp,
    EmailOtp,
    SmsOtp,
    WebAuthn,
}

impl FirstFactor {
    pub(crate) const ALL: [Self; 5] =
        [Self::Password, Self::PasswordSrp, Self::EmailOtp, Self::SmsOtp, Self::WebAuthn];

    /// The challenge that asks for it, which is also its name in responses.
    pub(crate) fn challenge_name(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Password => "PASSWORD",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }

    /// AuthFactorType, its name in settings and lists.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD",
            other => other.challenge_name(),
        }
    }

    /// The attribute that a code is sent to.
    pub(crate) fn attribute(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::Password | Self::PasswordSrp | Self::WebAuthn => None,
        }
    }
}

/// A second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Factor {
    SoftwareToken,
    Sms,
    Email,
}

impl Factor {
    pub(crate) const ALL: [Self; 3] = [Self::SoftwareToken, Self::Sms, Self::Email];

    /// The challenge that asks for it, which is also its name in lists and settings.
    pub(crate) fn challenge_name(self) -> &'static str {
        match self {
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Sms => "SMS_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    /// The attribute that a code is sent to.
    pub(crate) fn attribute(self) -> Option<&'static str> {
        match self {
            Self::SoftwareToken => None,
            Self::Sms => Some("phone_number"),
            Self::Email => Some("email"),
        }
    }
}

/// Which second factors a user has switched on, and which is preferred.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Factors {
    enabled: Vec<Factor>,
    preferred: Option<Factor>,
}

impl Factors {
    pub(crate) fn set(&mut self, factor: Factor, enabled: bool, preferred: bool) {
        self.enabled.retain(|other| *other != factor);
        if self.preferred == Some(factor) {
            self.preferred = None;
        }
        if enabled {
            self.enabled.push(factor);
        }
        if enabled && preferred {
            self.preferred = Some(factor);
        }
    }

    pub(crate) fn enabled(&self) -> &[Factor] {
        &self.enabled
    }

    pub(crate) fn preferred(&self) -> Option<Factor> {
        self.preferred
    }
}

impl User {
    /// A user of that name and id, in that status; the date is in seconds since 1970.
    pub(crate) fn new(
        [username, sub]: [String; 2],
        status: UserStatus,
        attributes: Attributes,
        password: Option<PasswordVerifier>,
        date: f64,
    ) -> Self {
        let named_by_sub = username == sub;
        let username = Arc::<str>::from(username);
        Self {
            sub: if named_by_sub { Arc::clone(&username) } else { sub.into() },
            username,
            status,
            enabled: true,
            attributes,
            password: password.map(Box::new),
            password_ends: None,
            extras: None,
            factors: Factors::default(),
            groups: BTreeSet::new(),
            created: date,
            modified: date,
            active: ActiveMonths::default(),
        }
    }

    pub(crate) fn key(&self) -> UserKey {
        UserKey { username: Arc::clone(&self.username), sub: Arc::clone(&self.sub) }
    }

    /// To change them, use [`Pool::write_attributes`](crate::state::pool::Pool::write_attributes).
    pub(crate) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Returns the address that an attribute holds.
    pub(crate) fn address(&self, attribute: &str) -> Option<Address> {
        Address::new(attribute, self.attributes().get(attribute)?)
    }

    /// Returns the address that an attribute holds, if it was verified.
    pub(crate) fn verified_address(&self, attribute: &str) -> Option<Address> {
        Address::verified(attribute, self.attributes())
    }

    /// Returns the identities at other providers.
    pub(crate) fn identities(&self) -> Vec<identity::Identity> {
        identity::read(&self.attributes)
    }

    pub(crate) fn has_verified(&self, attribute: &str) -> bool {
        Address::verified(attribute, &self.attributes).is_some()
    }

    /// Rejects a user who is disabled or not confirmed, before the password is compared.
    pub(crate) fn check_may_sign_in(&self) -> Result<(), ServiceError> {
        self.check_enabled()?;
        if self.status == UserStatus::Unconfirmed {
            return Err(ServiceError::user_not_confirmed("User is not confirmed."));
        }
        Ok(())
    }

    pub(crate) fn check_enabled(&self) -> Result<(), ServiceError> {
        match self.enabled {
            true => Ok(()),
            false => Err(ServiceError::not_authorized("User is disabled.")),
        }
    }

    /// Refuses to confirm a user who need not be.
    pub(crate) fn check_unconfirmed(&self) -> Result<(), ServiceError> {
        match self.status {
            UserStatus::Unconfirmed => Ok(()),
            status => Err(ServiceError::not_authorized(format!(
                "User cannot be confirmed. Current status is {}",
                status.as_str()
            ))),
        }
    }

    /// Returns whether the password is not one that an administrator set for the first sign-in.
    pub(crate) fn has_lasting_password(&self) -> bool {
        self.status != UserStatus::ForceChangePassword
    }

    /// Returns whether that is the user's password.
    pub(crate) fn has_password(&self, pool_name: &str, password: &str) -> bool {
        let identity = Identity::user(pool_name, &self.username);
        self.password.as_ref().is_some_and(|verifier| verifier.matches(identity, password))
    }

    /// Replaces the attributes. Codes that verify an address end when it changes: they would bring
    /// the old one back.
    fn replace_attributes(&mut self, mut attributes: Attributes) {
        attributes.shrink();
        let old = std::mem::replace(&mut self.attributes, attributes);
        let changed =
            ATTRIBUTES.into_iter().filter(|name| old.get(name) != self.attributes.get(name));
        let changed: Vec<_> = changed.collect();
        if self.extras.is_some() {
            self.change_extras(|extras| {
                changed.into_iter().for_each(|name| extras.end_verification(name));
            });
        }
    }
}
