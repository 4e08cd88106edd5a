//! A user of a pool.

use cognito_srp::PasswordVerifier;
use serde_json::{Value, json};

use super::attributes::{self, Attributes};
use super::totp::SoftwareToken;

/// UserStatusType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserStatus {
    Unconfirmed,
    Confirmed,
    ForceChangePassword,
}

impl UserStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
        }
    }
}

/// A user.
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) sub: String,
    pub(crate) status: UserStatus,
    pub(crate) enabled: bool,
    pub(crate) attributes: Attributes,
    pub(crate) password: PasswordVerifier,
    /// When a temporary password ends.
    pub(crate) password_ends: Option<u64>,
    /// The code that confirms the sign-up, and when it ends.
    pub(crate) confirmation: Option<SentCode>,
    pub(crate) software_token: Option<SoftwareToken>,
    /// A key that was handed out and not yet proven.
    pub(crate) associated_token: Option<SoftwareToken>,
    pub(crate) factors: Factors,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) modified: f64,
}

/// A code and when it ends.
#[derive(Clone)]
pub(crate) struct SentCode {
    pub(crate) code: String,
    pub(crate) ends: u64,
    /// The attribute that the code was sent to.
    pub(crate) attribute: &'static str,
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
    pub(crate) fn has_verified(&self, attribute: &str) -> bool {
        let flag = self.attributes.get(&format!("{attribute}_verified"));
        flag.is_some_and(|flag| flag == "true")
    }

    /// What GetUser and AdminGetUser have in common, under the name of their list of attributes.
    pub(crate) fn to_json(&self) -> Value {
        let mut user = json!({
            "Username": self.username,
            "UserAttributes": attributes::to_json(&self.sub, &self.attributes),
        });
        let names = self.factors.enabled.iter().map(|factor| factor.challenge_name());
        let list: Value = names.collect();
        if let (Some(object), false) = (user.as_object_mut(), self.factors.enabled.is_empty()) {
            object.insert("UserMFASettingList".to_owned(), list);
        }
        if let (Some(object), Some(preferred)) = (user.as_object_mut(), self.factors.preferred) {
            object.insert("PreferredMfaSetting".to_owned(), preferred.challenge_name().into());
        }
        user
    }
}
