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
    /// A user of an identity provider.
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
    /// `None` for a user without a password.
    #[serde(with = "stored::verifier")]
    pub(crate) password: Option<Box<PasswordVerifier>>,
    /// The expiration of a temporary password, in seconds since 1970.
    pub(crate) password_ends: Option<u64>,
    extras: Option<Box<Extras>>,
    pub(crate) factors: Factors,
    /// The names of the user's groups, each of which lists the user as a member.
    pub(crate) groups: BTreeSet<String>,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
    active: ActiveMonths,
}

/// The identity of a user across steps: a later user with the same name has another `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserKey {
    pub(crate) username: Arc<str>,
    sub: Arc<str>,
}

/// A first factor of USER_AUTH.
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

    /// Returns the challenge of the factor, which is also its name in responses.
    pub(crate) fn challenge_name(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Password => "PASSWORD",
            Self::EmailOtp => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
        }
    }

    /// Returns AuthFactorType, the name in settings and lists.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD",
            other => other.challenge_name(),
        }
    }

    /// Returns the attribute with the destination of a code.
    pub(crate) fn attribute(self) -> Option<&'static str> {
        match self {
            Self::EmailOtp => Some("email"),
            Self::SmsOtp => Some("phone_number"),
            Self::Password | Self::PasswordSrp | Self::WebAuthn => None,
        }
    }
}

/// An MFA factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Factor {
    SoftwareToken,
    Sms,
    Email,
}

impl Factor {
    pub(crate) const ALL: [Self; 3] = [Self::SoftwareToken, Self::Sms, Self::Email];

    /// Returns the challenge of the factor, which is also its name in lists and settings.
    pub(crate) fn challenge_name(self) -> &'static str {
        match self {
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Sms => "SMS_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    /// Returns the attribute with the destination of a code.
    pub(crate) fn attribute(self) -> Option<&'static str> {
        match self {
            Self::SoftwareToken => None,
            Self::Sms => Some("phone_number"),
            Self::Email => Some("email"),
        }
    }
}

/// The enabled MFA factors of a user, and the preferred one.
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
    /// Creates a user with a name, an id and a status. The date is in seconds since 1970.
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

    /// Returns the attributes. To change them, use
    /// [`Pool::write_attributes`](crate::state::pool::Pool::write_attributes).
    pub(crate) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Returns the address in an attribute.
    pub(crate) fn address(&self, attribute: &str) -> Option<Address> {
        Address::new(attribute, self.attributes().get(attribute)?)
    }

    /// Returns the verified address in an attribute.
    pub(crate) fn verified_address(&self, attribute: &str) -> Option<Address> {
        Address::verified(attribute, self.attributes())
    }

    /// Returns the identities at identity providers.
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

    /// Returns an error if the user need not be confirmed.
    pub(crate) fn check_unconfirmed(&self) -> Result<(), ServiceError> {
        match self.status {
            UserStatus::Unconfirmed => Ok(()),
            status => Err(ServiceError::not_authorized(format!(
                "User cannot be confirmed. Current status is {}",
                status.as_str()
            ))),
        }
    }

    /// Returns whether the password is permanent, and not a temporary one of an administrator.
    pub(crate) fn has_lasting_password(&self) -> bool {
        self.status != UserStatus::ForceChangePassword
    }

    /// Returns whether a password is the user's.
    pub(crate) fn has_password(&self, pool_name: &str, password: &str) -> bool {
        let identity = Identity::user(pool_name, &self.username);
        self.password.as_ref().is_some_and(|verifier| verifier.matches(identity, password))
    }

    /// Replaces the attributes. A code for an address is removed when the address changes, because
    /// it would restore the old one.
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
