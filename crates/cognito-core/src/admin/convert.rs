//! Conversions between types of the AWS SDK and of this crate.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cognitoidentityprovider::primitives::DateTime;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFactorType, DeviceRememberedStatusType, DeviceType, EmailMfaSettingsType,
    MfaOptionType, SmsMfaSettingsType, SoftwareTokenMfaSettingsType, WebAuthnMfaSettingsType,
};

use crate::attributes::Attributes;
use crate::device::Device;
use crate::mfa::{MfaOption, MfaPreference};
use crate::user::AuthFactors;

/// Converts attributes to the form of requests; `None` if there are none.
pub(super) fn attributes(given: &Attributes) -> Option<Vec<AttributeType>> {
    // A builder with a name never fails.
    let built = given
        .iter()
        .filter_map(|(name, value)| AttributeType::builder().name(name).value(value).build().ok());
    (!given.is_empty()).then(|| built.collect())
}

pub(super) fn read_attributes(listed: Vec<AttributeType>) -> Attributes {
    let pair = |attribute: AttributeType| {
        let AttributeType { name, value, .. } = attribute;
        (name, value.unwrap_or_default())
    };
    listed.into_iter().map(pair).collect()
}

pub(super) fn mfa_options(listed: Option<Vec<MfaOptionType>>) -> Vec<MfaOption> {
    let option = |option: MfaOptionType| MfaOption {
        medium: option.delivery_medium.map(|medium| medium.as_str().to_owned()),
        attribute: option.attribute_name,
    };
    listed.unwrap_or_default().into_iter().map(option).collect()
}

pub(super) fn auth_factors(
    first: Option<Vec<AuthFactorType>>,
    second: Option<Vec<String>>,
    preferred_second: Option<String>,
) -> AuthFactors {
    let first = first.unwrap_or_default();
    AuthFactors {
        first: first.iter().map(|factor| factor.as_str().to_owned()).collect(),
        second: second.unwrap_or_default(),
        preferred_second,
    }
}

pub(super) fn remembered_status(remembered: bool) -> DeviceRememberedStatusType {
    if remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    }
}

pub(super) fn time(date: DateTime) -> Option<SystemTime> {
    let millis = u64::try_from(date.to_millis().ok()?).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

impl From<DeviceType> for Device {
    fn from(device: DeviceType) -> Self {
        Self {
            key: device.device_key.unwrap_or_default(),
            attributes: read_attributes(device.device_attributes.unwrap_or_default()),
            created: device.device_create_date.and_then(time),
            modified: device.device_last_modified_date.and_then(time),
            authenticated: device.device_last_authenticated_date.and_then(time),
        }
    }
}

/// The settings of the named factors.
impl MfaPreference {
    pub(super) fn software_token_settings(self) -> Option<SoftwareTokenMfaSettingsType> {
        let settings = SoftwareTokenMfaSettingsType::builder();
        let factor = self.software_token?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
    }

    pub(super) fn sms_settings(self) -> Option<SmsMfaSettingsType> {
        let settings = SmsMfaSettingsType::builder();
        let factor = self.sms?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
    }

    pub(super) fn passkey_settings(self) -> Option<WebAuthnMfaSettingsType> {
        Some(WebAuthnMfaSettingsType::builder().enabled(self.passkey?).build())
    }

    pub(super) fn email_settings(self) -> Option<EmailMfaSettingsType> {
        let settings = EmailMfaSettingsType::builder();
        let factor = self.email?;
        Some(settings.enabled(factor.is_on()).preferred_mfa(factor.is_preferred()).build())
    }
}
