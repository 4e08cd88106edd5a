//! The settings of a pool, and the rules derived from them.

mod changes;
mod checks;
mod lambda_config;
mod messages;
mod mfa;
mod pool_members;

use serde::{Deserialize, Serialize};

pub(crate) use self::lambda_config::LambdaConfig;
pub(crate) use self::mfa::{Factors, MfaChange, MfaConfiguration, SmsMfa};
use self::pool_members::RecoveryMechanism;
pub(crate) use self::pool_members::{
    DeletionProtection, DeviceConfiguration, PoolMembers, UserPoolTier,
};
use crate::model::ServiceError;
use crate::state::password_policy::PasswordPolicy;
use crate::state::schema::SchemaAttribute;
use crate::state::user::{Factor, FirstFactor};
use crate::state::webauthn::RelyingParty;

/// The settings of a pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PoolSettings {
    /// The members that CreateUserPool and UpdateUserPool set.
    pub(crate) members: PoolMembers,
    pub(crate) schema: Vec<SchemaAttribute>,
    /// The members that only SetUserPoolMfaConfig sets.
    pub(crate) factors: Factors,
    /// SMS MFA is on if this is true and the pool has an SmsConfiguration. Messages that verify
    /// phone numbers need only the SmsConfiguration.
    sms_mfa: bool,
    /// True if a request set TemporaryPasswordValidityDays. From then on UnusedAccountValidityDays,
    /// the older member, is rejected.
    days_in_policy: bool,
}

impl PoolSettings {
    /// Returns whether user names are case-sensitive.
    pub(crate) fn is_case_sensitive(&self) -> bool {
        self.members.username_configuration.is_none_or(|names| names.case_sensitive)
    }

    pub(crate) fn password_policy(&self) -> &PasswordPolicy {
        &self.members.policies.password_policy
    }

    /// Returns the validity of a temporary password in days; 7 by default.
    pub(crate) fn temporary_password_days(&self) -> u64 {
        self.password_policy().temporary_password_days()
    }

    /// Returns whether threat protection is on, so that the pool has an event history.
    pub(crate) fn keeps_history(&self) -> bool {
        let add_ons = self.members.user_pool_add_ons.as_ref();
        add_ons.is_some_and(|add_ons| {
            matches!(add_ons.advanced_security_mode.as_str(), "AUDIT" | "ENFORCED")
        })
    }

    /// Returns whether only administrators can create users.
    pub(crate) fn only_admins_create_users(&self) -> bool {
        self.members.admin_create_user_config.allow_admin_create_user_only
    }

    pub(crate) fn verifies(&self, attribute: &str) -> bool {
        contains(&self.members.auto_verified_attributes, attribute)
    }

    /// Returns whether the attribute is one of UsernameAttributes.
    pub(crate) fn named_by(&self, attribute: &str) -> bool {
        contains(&self.members.username_attributes, attribute)
    }

    pub(crate) fn named_by_attributes(&self) -> bool {
        self.members.username_attributes.iter().flatten().next().is_some()
    }

    /// Returns whether the attribute is one of AliasAttributes, whose verified value is an alias.
    pub(crate) fn aliased_by(&self, attribute: &str) -> bool {
        contains(&self.members.alias_attributes, attribute)
    }

    /// Returns the settings of device tracking, or `None` if devices are not tracked.
    pub(crate) fn device_configuration(&self) -> Option<DeviceConfiguration> {
        self.members.device_configuration
    }

    pub(crate) fn mfa_configuration(&self) -> MfaConfiguration {
        self.members.mfa_configuration
    }

    /// Returns whether users may set up an MFA factor.
    ///
    /// A pool with optional or required MFA offers authenticator apps unless they were disabled, so
    /// that CreateUserPool is sufficient; the service also requires SetUserPoolMfaConfig.
    pub(crate) fn offers(&self, factor: Factor) -> bool {
        let offered = match factor {
            Factor::SoftwareToken => self.factors.offer_apps(),
            Factor::Sms => self.offers_sms(),
            Factor::Email => self.factors.email_mfa_configuration.is_some(),
        };
        offered && self.members.mfa_configuration != MfaConfiguration::Off
    }

    /// Returns whether SMS is an MFA factor.
    pub(crate) fn offers_sms(&self) -> bool {
        self.sms_mfa && self.members.sms_configuration.is_some()
    }

    /// Returns whether a factor is allowed as the first one.
    pub(crate) fn allows_first(&self, factor: FirstFactor) -> bool {
        self.first_factors().iter().any(|allowed| allowed == factor.setting())
    }

    /// Returns whether users need no password.
    pub(crate) fn allows_passwordless(&self) -> bool {
        self.first_factors().iter().any(|factor| factor != "PASSWORD")
    }

    /// Returns whether a passkey counts as two factors, because it verifies its user.
    pub(crate) fn passkeys_are_two_factors(&self) -> bool {
        self.factors.passkeys_are_two_factors()
    }

    /// Returns the relying party of the pool's passkeys.
    pub(crate) fn relying_party(&self) -> Result<RelyingParty<'_>, ServiceError> {
        const MISSING: &str = "The pool has no relying party id.";
        let passkeys = self.factors.web_authn_configuration.as_ref();
        let id = passkeys.and_then(|passkeys| passkeys.relying_party_id.as_deref());
        let id = id.ok_or_else(|| ServiceError::webauthn_configuration_missing(MISSING))?;
        let verification = passkeys.and_then(|passkeys| passkeys.user_verification.as_deref());
        let verifies_user = verification == Some("required") || self.passkeys_are_two_factors();
        Ok(RelyingParty { id, verifies_user })
    }

    /// Returns whether tokens have the newer of the service's two issuers.
    pub(crate) fn has_updated_issuer(&self) -> bool {
        self.members.issuer_configuration.kind == "UPDATED"
    }

    /// Returns whether a new value of the attribute must be verified before it replaces the old
    /// one.
    pub(crate) fn verifies_before_update(&self, attribute: &str) -> bool {
        self.members.verified_updates().any(|name| name == attribute)
    }

    /// Returns the attributes for codes of forgotten passwords, in order of preference.
    ///
    /// A pool without AccountRecoverySetting has the legacy behavior, which prefers SMS (API
    /// reference, and moto#10143).
    pub(crate) fn recovery_attributes(&self) -> Vec<&'static str> {
        if self.has_legacy_recovery() {
            return vec!["phone_number", "email"];
        }
        let mut mechanisms = self.members.recovery_mechanisms().to_vec();
        mechanisms.sort_by_key(|mechanism| mechanism.priority);
        let attribute = |mechanism: &RecoveryMechanism| match mechanism.name.as_str() {
            "verified_email" => Some("email"),
            "verified_phone_number" => Some("phone_number"),
            _ => None,
        };
        mechanisms.iter().filter_map(attribute).collect()
    }

    /// Returns whether the pool has no AccountRecoverySetting. Addresses that receive codes of MFA
    /// then also recover passwords (hashicorp/terraform-provider-aws#26223).
    pub(crate) fn has_legacy_recovery(&self) -> bool {
        self.members.account_recovery_setting.is_none()
    }

    /// Returns whether the pool has the tier LITE, which lacks most features.
    pub(crate) fn is_lite(&self) -> bool {
        self.members.user_pool_tier == UserPoolTier::Lite
    }

    fn first_factors(&self) -> &[String] {
        &self.members.policies.sign_in_policy.allowed_first_auth_factors
    }
}

fn contains(names: &Option<Vec<String>>, name: &str) -> bool {
    names.iter().flatten().any(|other| other == name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;
    use crate::state::members::object;
    use crate::state::outbox::{Medium, MessageKind};

    #[test]
    fn serialized_settings_are_deserialized_without_loss() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let given = json!({
            "Name": "a",
            "AcrConfiguration": { "Level1": { "AcrValue": "low" } },
            "AutoVerifiedAttributes": [],
            "EmailConfiguration": { "From": "a@example.com" },
            "EmailVerificationMessage": "Code {####}",
            "LambdaConfig": {
                "PreSignUp": arn, "PreTokenGeneration": arn, "KMSKeyID": "arn:aws:kms:key",
                "CustomEmailSender": { "LambdaVersion": "V1_0", "LambdaArn": arn },
            },
            "MfaConfiguration": "OPTIONAL",
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 3 } },
            "UserPoolAddOns": {
                "AdvancedSecurityMode": "AUDIT", "AdvancedSecurityAdditionalFlows": {},
            },
        });
        let schema = json!([{ "Name": "seats", "AttributeDataType": "Number" }]);
        let factors = json!({ "EmailMfaConfiguration": { "Subject": "Code" } });
        let settings = PoolSettings::create(
            object(given).unwrap(),
            from_value(schema).unwrap(),
            from_value(factors).unwrap(),
        );
        let stored = to_value(settings.unwrap()).unwrap();
        let read: PoolSettings = from_value(stored.clone()).unwrap();
        assert_eq!(to_value(&read).unwrap(), stored);
        let pointer = |path: &str| stored.pointer(path).cloned().unwrap_or_default();
        assert_eq!(pointer("/members/AcrConfiguration/Level1/AcrValue"), "low");
        assert_eq!(pointer("/members/AutoVerifiedAttributes"), json!([]));
        assert_eq!(pointer("/members/LambdaConfig/PreTokenGenerationConfig/LambdaArn"), arn);
        assert_eq!(pointer("/members/AdminCreateUserConfig/UnusedAccountValidityDays"), 3);
        assert_eq!(pointer("/members/EmailVerificationMessage"), Value::Null);
        assert_eq!(read.text(MessageKind::SignUp, Medium::Email), Some("Code {####}"));
    }
}
