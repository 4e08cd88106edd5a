//! A user of a pool.

mod users;

use std::collections::{BTreeMap, BTreeSet};

use cognito_srp::{Identity, PasswordVerifier};

use crate::model::ServiceError;
use crate::state::address::Address;
use crate::state::attributes::Attributes;
use crate::state::auth_event::AuthEvents;
use crate::state::code::SentCode;
use crate::state::device::Device;
use crate::state::passkey::Passkey;
use crate::state::totp::SoftwareToken;
pub(crate) use users::Users;

/// UserStatusType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) sub: String,
    pub(crate) status: UserStatus,
    pub(crate) enabled: bool,
    attributes: Attributes,
    /// None for a user who signs in without one.
    pub(crate) password: Option<PasswordVerifier>,
    /// Those before it that were not temporary, the newest first, where the pool wants to know.
    pub(crate) past_passwords: Vec<PasswordVerifier>,
    /// When a temporary password ends.
    pub(crate) password_ends: Option<u64>,
    /// The code that confirms the sign-up.
    pub(crate) confirmation: Option<SentCode>,
    /// The code that replaces a forgotten password.
    pub(crate) recovery: Option<SentCode>,
    /// Codes that verify attributes, at most one for each.
    verifications: Vec<SentCode>,
    pub(crate) software_token: Option<SoftwareToken>,
    /// A key that was handed out and not yet proven.
    pub(crate) associated_token: Option<SoftwareToken>,
    pub(crate) factors: Factors,
    /// Whether text messages were switched on by SetUserSettings, which MFAOptions then says.
    pub(crate) has_mfa_options: bool,
    /// Devices by their keys.
    pub(crate) devices: BTreeMap<String, Device>,
    /// In the order in which they were made.
    pub(crate) passkeys: Vec<Passkey>,
    /// The names of the groups that the user is in, each of which has the user as a member.
    pub(crate) groups: BTreeSet<String>,
    /// What the user did, where the pool keeps a history.
    pub(crate) events: AuthEvents,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

/// The identity of a user from step to step: a later user of the same name has another `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserKey {
    pub(crate) username: String,
    sub: String,
}

/// A way to begin a sign-in with USER_AUTH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// The challenge that asks for it, which is also its name in answers.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default)]
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
        Self {
            username,
            sub,
            status,
            enabled: true,
            attributes,
            password,
            past_passwords: Vec::new(),
            password_ends: None,
            confirmation: None,
            recovery: None,
            verifications: Vec::new(),
            software_token: None,
            associated_token: None,
            factors: Factors::default(),
            has_mfa_options: false,
            devices: BTreeMap::new(),
            passkeys: Vec::new(),
            groups: BTreeSet::new(),
            events: AuthEvents::default(),
            created: date,
            modified: date,
        }
    }

    pub(crate) fn key(&self) -> UserKey {
        UserKey { username: self.username.clone(), sub: self.sub.clone() }
    }

    /// To change them, use [`Pool::write_attributes`](crate::state::pool::Pool::write_attributes).
    pub(crate) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    pub(crate) fn has_verified(&self, attribute: &str) -> bool {
        Address::verified(attribute, &self.attributes).is_some()
    }

    /// Refuses a user who is disabled or not confirmed, whatever the password.
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

    /// Returns the code that verifies an attribute.
    pub(crate) fn verification(&self, attribute: &str) -> Option<&SentCode> {
        self.verifications.iter().find(|sent| sent.address.attribute() == attribute)
    }

    /// Keeps a code that verifies the attribute of its address, in place of the last one.
    pub(crate) fn begin_verification(&mut self, sent: SentCode) {
        self.end_verification(sent.address.attribute());
        self.verifications.push(sent);
    }

    /// Drops the code that verifies an attribute.
    pub(crate) fn end_verification(&mut self, attribute: &str) {
        self.verifications.retain(|sent| sent.address.attribute() != attribute);
    }
}
