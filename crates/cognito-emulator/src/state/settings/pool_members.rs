//! The members of UserPoolType that requests set, with the defaults of the service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::state::members::Members;
use crate::state::password_policy::PasswordPolicy;
use crate::state::settings::lambda_config::LambdaConfig;
use crate::state::settings::mfa::MfaConfiguration;

/// The members with an effect or a default, and all others unchanged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PoolMembers {
    pub(crate) name: String,
    pub(super) policies: Policies,
    pub(crate) deletion_protection: DeletionProtection,
    pub(crate) lambda_config: LambdaConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_verified_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alias_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username_configuration: Option<UsernameConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_attribute_update_settings: Option<AttributeUpdates>,
    pub(crate) verification_message_template: VerificationMessage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_authentication_message: Option<String>,
    pub(crate) mfa_configuration: MfaConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_configuration: Option<DeviceConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_configuration: Option<Members>,
    pub(super) admin_create_user_config: AdminCreateUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_pool_add_ons: Option<AddOns>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account_recovery_setting: Option<AccountRecovery>,
    pub(super) issuer_configuration: Issuer,
    email_configuration: EmailConfiguration,
    key_configuration: KeyConfiguration,
    pub(super) user_pool_tier: UserPoolTier,
    pub(crate) user_pool_tags: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(super) other: Members,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Policies {
    pub(super) password_policy: PasswordPolicy,
    pub(super) sign_in_policy: SignInPolicy,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SignInPolicy {
    pub(super) allowed_first_auth_factors: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum DeletionProtection {
    Active,
    #[default]
    Inactive,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum UserPoolTier {
    Lite,
    #[default]
    Essentials,
    Plus,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UsernameConfiguration {
    pub(super) case_sensitive: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttributeUpdates {
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes_require_verification_before_update: Option<Vec<String>>,
}

/// The texts of verification messages. The older members with the same texts, such as
/// EmailVerificationMessage, are parsed into this template and returned from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VerificationMessage {
    pub(super) default_email_option: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_message_by_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_subject_by_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_message: Option<String>,
    #[serde(flatten)]
    other: Members,
}

/// DeviceConfigurationType.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeviceConfiguration {
    /// True if a remembered device replaces the second factor.
    pub(crate) challenge_required_on_new_device: bool,
    /// True if a confirmed device is remembered only when the user chooses it.
    pub(crate) device_only_remembered_on_user_prompt: bool,
}

/// AdminCreateUserConfigType.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AdminCreateUser {
    pub(super) allow_admin_create_user_only: bool,
    /// The older name of TemporaryPasswordValidityDays, with the same value.
    pub(super) unused_account_validity_days: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite_message_template: Option<InviteMessage>,
}

/// MessageTemplateType.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InviteMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_subject: Option<String>,
    #[serde(rename = "SMSMessage", skip_serializing_if = "Option::is_none")]
    pub(super) sms_message: Option<String>,
}

/// UserPoolAddOnsType.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddOns {
    pub(super) advanced_security_mode: String,
    #[serde(flatten)]
    other: Members,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AccountRecovery {
    pub(super) recovery_mechanisms: Vec<RecoveryMechanism>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RecoveryMechanism {
    pub(super) name: String,
    pub(super) priority: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Issuer {
    #[serde(rename = "Type")]
    pub(super) kind: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EmailConfiguration {
    email_sending_account: String,
    #[serde(flatten)]
    other: Members,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct KeyConfiguration {
    key_type: String,
    #[serde(flatten)]
    other: Members,
}

impl PoolMembers {
    /// Returns the attributes whose new values must be verified before they replace the old ones.
    pub(super) fn verified_updates(&self) -> impl Iterator<Item = &String> {
        let settings = self.user_attribute_update_settings.iter();
        let lists = settings
            .filter_map(|settings| settings.attributes_require_verification_before_update.as_ref());
        lists.flatten()
    }

    /// Returns the mechanisms of AccountRecoverySetting; none in a pool without the setting.
    pub(super) fn recovery_mechanisms(&self) -> &[RecoveryMechanism] {
        self.account_recovery_setting.as_ref().map_or(&[], |setting| &setting.recovery_mechanisms)
    }

    /// Sets the validity of temporary passwords, which has two members.
    pub(super) fn set_temporary_password_days(&mut self, days: u64) {
        self.policies.password_policy.set_temporary_password_days(days);
        self.admin_create_user_config.unused_account_validity_days = days;
    }
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self { allowed_first_auth_factors: vec!["PASSWORD".to_owned()] }
    }
}

impl Default for VerificationMessage {
    fn default() -> Self {
        Self {
            default_email_option: "CONFIRM_WITH_CODE".to_owned(),
            email_message: None,
            email_subject: None,
            email_message_by_link: None,
            email_subject_by_link: None,
            sms_message: None,
            other: Members::new(),
        }
    }
}

impl Default for Issuer {
    fn default() -> Self {
        Self { kind: "ORIGINAL".to_owned() }
    }
}

impl Default for EmailConfiguration {
    fn default() -> Self {
        Self { email_sending_account: "COGNITO_DEFAULT".to_owned(), other: Members::new() }
    }
}

impl Default for KeyConfiguration {
    fn default() -> Self {
        Self { key_type: "AWS_OWNED_KEY".to_owned(), other: Members::new() }
    }
}
