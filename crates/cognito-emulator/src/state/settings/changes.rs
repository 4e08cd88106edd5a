//! Changes of settings by CreateUserPool and UpdateUserPool.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{self, ServiceError};
use crate::state::members::{Members, MembersExt, object};
use crate::state::schema::{self, NewAttribute};
use crate::state::settings::mfa::{MfaConfiguration, NOT_FOR_MFA};
use crate::state::settings::{Factors, PoolMembers, PoolSettings, checks};

/// The members that an update resets to their defaults if they are missing. The others are kept,
/// which the service's documentation does not say.
const RESET: [&str; 7] = [
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DeviceConfiguration",
    "LambdaConfig",
    "SmsAuthenticationMessage",
    "UserPoolAddOns",
    "VerificationMessageTemplate",
];

/// The older members with verification messages, and the members of the template that replace them.
const MESSAGES: [(&str, &str); 3] = [
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
    ("SmsVerificationMessage", "SmsMessage"),
];

/// The validity of a temporary password in days: the member, and the older one.
const DAYS: [&str; 3] = ["Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"];
const OLD_DAYS: [&str; 2] = ["AdminCreateUserConfig", "UnusedAccountValidityDays"];

impl PoolSettings {
    /// Creates the settings of a pool from members of UserPoolType, the attributes of its schema,
    /// and the MFA factors of a local pool.
    pub(crate) fn create(
        given: Members,
        schema: Vec<NewAttribute>,
        factors: Factors,
    ) -> Result<Self, ServiceError> {
        const ONE: &str = "Only one of the aliasAttributes or usernameAttributes can be set in a \
                           user pool.";
        let is_filled = |list| given.items(&[list]).next().is_some();
        if is_filled("AliasAttributes") && is_filled("UsernameAttributes") {
            return Err(ServiceError::invalid_parameter(ONE));
        }
        let schema = schema::create(schema)?;
        if given.get("MfaConfiguration").is_none_or(|mfa| mfa == "OFF") {
            factors.check_off()?;
        }
        let members = PoolMembers::default();
        let empty = Self { members, schema, factors, sms_mfa: true, days_in_policy: false };
        empty.changed(Members::new(), given)
    }

    /// Returns the settings after UpdateUserPool.
    pub(crate) fn update(&self, given: Members) -> Result<Self, ServiceError> {
        let mut kept = object(json!(self.members)).unwrap_or_default();
        kept.retain(|name, _| !RESET.contains(&name.as_str()));
        // Enabling MFA includes SMS MFA if the pool has an SmsConfiguration, unless
        // SetUserPoolMfaConfig leaves it out (documented by Crossplane's provider for AWS, for
        // CreateUserPool and UpdateUserPool; not measured).
        let was_off = self.members.mfa_configuration == MfaConfiguration::Off;
        let mut updated = self.clone().changed(kept, given)?;
        updated.sms_mfa |= was_off && updated.members.mfa_configuration != MfaConfiguration::Off;
        Ok(updated)
    }

    /// Returns the settings after AddCustomAttributes.
    pub(crate) fn add_attributes(&self, custom: Vec<NewAttribute>) -> Result<Self, ServiceError> {
        let mut added = self.clone();
        schema::add(&mut added.schema, custom)?;
        Ok(added)
    }

    /// Returns the settings with other tags.
    pub(crate) fn tagged(&self, tags: BTreeMap<String, String>) -> Result<Self, ServiceError> {
        let mut tagged = self.clone();
        tagged.members.user_pool_tags = tags;
        checks::check_tags(&tagged.members)?;
        Ok(tagged)
    }

    fn changed(mut self, kept: Members, mut given: Members) -> Result<Self, ServiceError> {
        move_messages(&mut given);
        let (days, old_days) = (days_in(&given, &DAYS), days_in(&given, &OLD_DAYS));
        self.members = model::typed(Value::Object(merged(kept, given)))?;
        self.members.lambda_config.agree()?;
        // An empty setting removes it (hashicorp/terraform-provider-aws#26223).
        if self.members.recovery_mechanisms().is_empty() {
            self.members.account_recovery_setting = None;
        }
        self.days_in_policy |= days.is_some();
        if self.days_in_policy && old_days.is_some() {
            return Err(ServiceError::invalid_parameter(
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                 UnusedAccountValidityDays",
            ));
        }
        let days = days.or(old_days).unwrap_or_else(|| self.temporary_password_days());
        self.members.set_temporary_password_days(days);
        if self.members.mfa_configuration == MfaConfiguration::Off {
            // A pool without MFA has no MFA factors: floci-io/floci PR 2831.
            let web_authn_configuration = self.factors.web_authn_configuration.take();
            self.factors = Factors { web_authn_configuration, ..Factors::default() };
        }
        checks::check(&self.members)?;
        self.check_first_factors(NOT_FOR_MFA)?;
        Ok(self)
    }
}

/// Moves the older messages to the template, whose own members take precedence.
fn move_messages(given: &mut Members) {
    let template = given.remove("VerificationMessageTemplate");
    let mut template = template.and_then(object).unwrap_or_default();
    for (old, new) in MESSAGES {
        if let Some(message) = given.remove(old) {
            template.entry(new).or_insert(message);
        }
    }
    if !template.is_empty() {
        given.insert("VerificationMessageTemplate".to_owned(), Value::Object(template));
    }
}

/// Returns the stored members, updated with those of a request.
fn merged(mut kept: Members, mut given: Members) -> Members {
    // A policy that is missing from the request is kept.
    if let Some(Value::Object(policies)) = kept.get_mut("Policies") {
        policies.extend(given.remove("Policies").and_then(object).unwrap_or_default());
    }
    kept.extend(given);
    kept
}

/// Returns a number of days; zero counts as missing.
fn days_in(members: &Members, path: &[&str]) -> Option<u64> {
    members.at(path).and_then(Value::as_u64).filter(|days| *days > 0)
}
