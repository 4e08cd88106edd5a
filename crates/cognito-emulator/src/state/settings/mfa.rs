//! The MFA configuration of a pool, and the allowed first factors.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::members::Members;
use crate::state::settings::PoolSettings;

/// UserPoolMfaType.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MfaConfiguration {
    #[default]
    Off,
    On,
    Optional,
}

/// The members of GetUserPoolMfaConfig and SetUserPoolMfaConfig only.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Factors {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_mfa_configuration: Option<EmailMfa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) software_token_mfa_configuration: Option<SoftwareTokenMfa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) web_authn_configuration: Option<WebAuthn>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EmailMfa {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SoftwareTokenMfa {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WebAuthn {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relying_party_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_verification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor_configuration: Option<String>,
}

/// SmsMfaConfigType.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SmsMfa {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_authentication_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_configuration: Option<Members>,
}

/// A change of the MFA configuration, which resets missing factors.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MfaChange {
    #[serde(default)]
    mfa_configuration: MfaConfiguration,
    sms_mfa_configuration: Option<SmsMfa>,
    #[serde(flatten)]
    factors: Factors,
}

/// The rejection of passkeys with required MFA by SetUserPoolMfaConfig (go-to-k/cdkd#2064).
const SINGLE_FACTOR: &str = "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is \
                             required and WebAuthn is an allowed first auth factor";

/// The same rejection by UpdateUserPool (go-to-k/cdkd#2064), and by CreateUserPool (not measured).
pub(super) const NOT_FOR_MFA: &str =
    "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA";

impl Factors {
    pub(super) fn offer_apps(&self) -> bool {
        let apps = self.software_token_mfa_configuration;
        apps.is_none_or(|apps| apps.enabled == Some(true))
    }

    /// Returns whether a passkey counts as two factors, which does not depend on `UserVerification`
    /// (go-to-k/cdkd#2064).
    pub(super) fn passkeys_are_two_factors(&self) -> bool {
        let passkeys = self.web_authn_configuration.as_ref();
        let configuration = passkeys.and_then(|passkeys| passkeys.factor_configuration.as_deref());
        configuration == Some("MULTI_FACTOR_WITH_USER_VERIFICATION")
    }

    /// Rejects MFA factors if MFA is off, even empty ones (go-to-k/cdkd#1968, floci-io/floci PR
    /// 2831). Passkeys are independent of MFA (go-to-k/cdkd#1923).
    pub(super) fn check_off(&self) -> Result<(), ServiceError> {
        match (&self.email_mfa_configuration, &self.software_token_mfa_configuration) {
            (None, None) => Ok(()),
            _ => Err(together()),
        }
    }
}

impl MfaChange {
    /// Rejects factors that contradict the MfaConfiguration.
    fn check(&self) -> Result<(), ServiceError> {
        const NONE_GIVEN: &str = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software \
                                  Token MFA must be enabled.";
        const ALL_DISABLED: &str = "Invalid MFA configuration given, can't disable all MFAs with a \
                                    required or optional configuration.";
        let sms = self.sms_mfa_configuration.is_some();
        if self.mfa_configuration == MfaConfiguration::Off {
            return if sms { Err(together()) } else { self.factors.check_off() };
        }
        // Only the block of authenticator apps has `Enabled`; the others enable a factor by their
        // presence.
        match self.factors.software_token_mfa_configuration {
            _ if sms || self.factors.email_mfa_configuration.is_some() => Ok(()),
            None => Err(ServiceError::invalid_parameter(NONE_GIVEN)),
            Some(SoftwareTokenMfa { enabled: Some(false) }) => {
                Err(ServiceError::invalid_parameter(ALL_DISABLED))
            }
            Some(_) => Ok(()),
        }
    }
}

impl PoolSettings {
    /// Returns the settings after SetUserPoolMfaConfig: missing factors and missing settings of
    /// passkeys are reset. SmsConfiguration is kept, because messages that verify phone numbers
    /// need it too.
    pub(crate) fn set_mfa(&self, change: MfaChange) -> Result<Self, ServiceError> {
        change.check()?;
        let MfaChange { mfa_configuration, sms_mfa_configuration, factors } = change;
        let mut set = Self { factors, sms_mfa: sms_mfa_configuration.is_some(), ..self.clone() };
        set.members.mfa_configuration = mfa_configuration;
        if let Some(SmsMfa { sms_authentication_message, sms_configuration }) =
            sms_mfa_configuration
        {
            let members = &mut set.members;
            members.sms_authentication_message =
                sms_authentication_message.or_else(|| members.sms_authentication_message.take());
            members.sms_configuration =
                sms_configuration.or_else(|| members.sms_configuration.take());
        }
        if mfa_configuration != MfaConfiguration::Off {
            let apps = &mut set.factors.software_token_mfa_configuration;
            apps.get_or_insert(SoftwareTokenMfa { enabled: Some(false) });
        }
        set.check_first_factors(SINGLE_FACTOR)?;
        Ok(set)
    }

    /// Returns the members of SmsMfaConfiguration, or `None` if SMS is not an MFA factor.
    pub(crate) fn sms_mfa(&self) -> Option<SmsMfa> {
        self.offers_sms().then(|| SmsMfa {
            sms_authentication_message: self.members.sms_authentication_message.clone(),
            sms_configuration: self.members.sms_configuration.clone(),
        })
    }

    /// Rejects first factors that the pool's other settings exclude; the message is for passkeys.
    ///
    /// Only required MFA excludes factors; the service accepts every combination with optional MFA
    /// (go-to-k/cdkd#1975).
    pub(super) fn check_first_factors(
        &self,
        passkeys_refused: &'static str,
    ) -> Result<(), ServiceError> {
        const NO_SMS: &str = "SMS_OTP can not be configured as AuthFactor as user pool is missing \
                              valid SMS configuration";
        const ONE_TIME_CODES: &str = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled \
                                      as an auth factor if MFA is enabled";
        let allows = |factor: &str| self.first_factors().iter().any(|allowed| allowed == factor);
        let required = self.members.mfa_configuration == MfaConfiguration::On;
        let refused = if allows("SMS_OTP") && self.members.sms_configuration.is_none() {
            NO_SMS
        } else if required && (allows("EMAIL_OTP") || allows("SMS_OTP")) {
            ONE_TIME_CODES
        } else if required && allows("WEB_AUTHN") && !self.passkeys_are_two_factors() {
            passkeys_refused
        } else {
            return Ok(());
        };
        Err(ServiceError::invalid_parameter(refused))
    }
}

fn together() -> ServiceError {
    ServiceError::invalid_parameter(
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    )
}
