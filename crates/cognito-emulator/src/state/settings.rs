//! The settings of a pool, as far as they decide something.

use serde::Deserialize;
use serde_json::Value;

use crate::model::ServiceError;
use crate::state::attributes::SchemaAttribute;
use crate::state::members::Members;
use crate::state::outbox::Medium;
use crate::state::password_policy::PasswordPolicy;
use crate::state::user::{Factor, FirstFactor};
use crate::state::webauthn::RelyingParty;

/// The members of a pool that decide something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PoolSettings {
    policies: Policies,
    #[serde(rename = "SchemaAttributes")]
    pub(crate) schema: Vec<SchemaAttribute>,
    auto_verified_attributes: Vec<String>,
    alias_attributes: Vec<String>,
    username_attributes: Vec<String>,
    username_configuration: UsernameConfiguration,
    pub(crate) mfa_configuration: MfaConfiguration,
    sms_configuration: Option<Value>,
    /// The SmsConfiguration serves MFA too, if this is true.
    #[serde(skip)]
    sms_mfa: bool,
    email_mfa_configuration: Option<Value>,
    software_token_mfa_configuration: Option<Switch>,
    /// Devices are tracked if it is there.
    pub(crate) device_configuration: Option<DeviceConfiguration>,
    account_recovery_setting: AccountRecovery,
    admin_create_user_config: AdminCreateUser,
    issuer_configuration: Issuer,
    user_attribute_update_settings: AttributeUpdates,
    web_authn_configuration: WebAuthn,
    user_pool_add_ons: AddOns,
}

/// DeviceConfigurationType.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeviceConfiguration {
    /// Whether a remembered device stands for the second factor.
    pub(crate) challenge_required_on_new_device: bool,
    /// Whether a confirmed device is remembered only if the user wants it.
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AccountRecovery {
    recovery_mechanisms: Vec<RecoveryMechanism>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveryMechanism {
    name: String,
    priority: u8,
}

/// AdminCreateUserConfigType.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AdminCreateUser {
    allow_admin_create_user_only: bool,
    unused_account_validity_days: Option<u64>,
    invite_message_template: InviteMessage,
}

/// UserPoolAddOnsType.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AddOns {
    advanced_security_mode: String,
}

/// MessageTemplateType.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InviteMessage {
    email_message: Option<String>,
    #[serde(rename = "SMSMessage")]
    sms_message: Option<String>,
}

/// WebAuthnConfigurationType.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct WebAuthn {
    relying_party_id: Option<String>,
    user_verification: String,
    factor_configuration: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Issuer {
    #[serde(rename = "Type")]
    kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttributeUpdates {
    attributes_require_verification_before_update: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policies {
    password_policy: PasswordPolicy,
    sign_in_policy: SignInPolicy,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SignInPolicy {
    allowed_first_auth_factors: Vec<String>,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self { allowed_first_auth_factors: vec!["PASSWORD".to_owned()] }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UsernameConfiguration {
    case_sensitive: bool,
}

impl Default for UsernameConfiguration {
    fn default() -> Self {
        Self { case_sensitive: true }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Switch {
    enabled: bool,
}

/// UserPoolMfaType.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum MfaConfiguration {
    #[default]
    Off,
    On,
    Optional,
}

impl PoolSettings {
    /// Whether user names that differ in case are different.
    pub(crate) fn is_case_sensitive(&self) -> bool {
        self.username_configuration.case_sensitive
    }

    pub(crate) fn password_policy(&self) -> &PasswordPolicy {
        &self.policies.password_policy
    }

    /// Days for which a temporary password is good; 7 unless the pool says otherwise.
    pub(crate) fn temporary_password_days(&self) -> u64 {
        let older = self.admin_create_user_config.unused_account_validity_days;
        self.password_policy().temporary_password_validity_days.or(older).unwrap_or(7)
    }

    /// Whether threat protection is on, which keeps a history of users.
    pub(crate) fn keeps_history(&self) -> bool {
        matches!(self.user_pool_add_ons.advanced_security_mode.as_str(), "AUDIT" | "ENFORCED")
    }

    /// Whether users may not sign up by themselves.
    pub(crate) fn only_admins_create_users(&self) -> bool {
        self.admin_create_user_config.allow_admin_create_user_only
    }

    /// The text of an invitation, if the pool has one of its own.
    pub(crate) fn invitation(&self, medium: Medium) -> Option<&str> {
        let template = &self.admin_create_user_config.invite_message_template;
        match medium {
            Medium::Email => template.email_message.as_deref(),
            Medium::Sms => template.sms_message.as_deref(),
        }
    }

    pub(crate) fn verifies(&self, attribute: &str) -> bool {
        contains(&self.auto_verified_attributes, attribute)
    }

    /// Whether users sign up with that attribute's value as their name.
    pub(crate) fn named_by(&self, attribute: &str) -> bool {
        contains(&self.username_attributes, attribute)
    }

    pub(crate) fn named_by_attributes(&self) -> bool {
        !self.username_attributes.is_empty()
    }

    /// Whether users may sign in with that attribute's value once it is verified.
    pub(crate) fn aliased_by(&self, attribute: &str) -> bool {
        contains(&self.alias_attributes, attribute)
    }

    /// The second factors that the pool offers.
    ///
    /// A pool whose MFA is not off offers authenticator apps unless they are switched off, so that
    /// CreateUserPool is enough to have them; the service wants SetUserPoolMfaConfig besides.
    pub(crate) fn offers(&self, factor: Factor) -> bool {
        let offered = match factor {
            Factor::SoftwareToken => {
                self.software_token_mfa_configuration.as_ref().is_none_or(|switch| switch.enabled)
            }
            Factor::Sms => self.sms_mfa && self.sms_configuration.is_some(),
            Factor::Email => self.email_mfa_configuration.is_some(),
        };
        offered && self.mfa_configuration != MfaConfiguration::Off
    }

    /// Whether a sign-in may begin with that.
    pub(crate) fn allows_first(&self, factor: FirstFactor) -> bool {
        contains(&self.policies.sign_in_policy.allowed_first_auth_factors, factor.setting())
    }

    /// Whether a passkey is two factors at once, because its user was verified.
    pub(crate) fn passkeys_are_two_factors(&self) -> bool {
        self.web_authn_configuration.factor_configuration == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    }

    /// Who asks for passkeys.
    pub(crate) fn relying_party(&self) -> Result<RelyingParty<'_>, ServiceError> {
        const MISSING: &str = "The pool has no relying party id.";
        let WebAuthn { relying_party_id, user_verification, .. } = &self.web_authn_configuration;
        let id = relying_party_id.as_deref();
        let id = id.ok_or_else(|| ServiceError::webauthn_configuration_missing(MISSING))?;
        let verifies_user = user_verification == "required" || self.passkeys_are_two_factors();
        Ok(RelyingParty { id, verifies_user })
    }

    /// Whether users may do without a password.
    pub(crate) fn allows_passwordless(&self) -> bool {
        let factors = &self.policies.sign_in_policy.allowed_first_auth_factors;
        factors.iter().any(|factor| factor != "PASSWORD")
    }

    /// Whether tokens name the newer of the two issuers that the service has.
    pub(crate) fn has_updated_issuer(&self) -> bool {
        self.issuer_configuration.kind == "UPDATED"
    }

    /// Whether a new value of that attribute counts only once it is verified.
    pub(crate) fn verifies_before_update(&self, attribute: &str) -> bool {
        let settings = &self.user_attribute_update_settings;
        contains(&settings.attributes_require_verification_before_update, attribute)
    }

    /// The attributes that a code for a forgotten password may go to, the best first.
    pub(crate) fn recovery_attributes(&self) -> Vec<&'static str> {
        let mut mechanisms = self.account_recovery_setting.recovery_mechanisms.clone();
        mechanisms.sort_by_key(|mechanism| mechanism.priority);
        let attribute = |mechanism: &RecoveryMechanism| match mechanism.name.as_str() {
            "verified_email" => Some("email"),
            "verified_phone_number" => Some("phone_number"),
            _ => None,
        };
        mechanisms.iter().filter_map(attribute).collect()
    }

    pub(crate) fn read(members: &Members, sms_mfa: bool) -> Result<Self, ServiceError> {
        let settings: Self = serde_json::from_value(Value::Object(members.clone()))
            .map_err(|error| ServiceError::serialization(error.to_string()))?;
        Ok(Self { sms_mfa, ..settings })
    }
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}
