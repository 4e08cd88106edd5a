//! The configuration of a pool: the members of requests, and the defaults of the service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::state::members::{Members, MembersExt, object};
use crate::state::mfa_configuration::{self, FACTOR_BLOCKS, is_on};
use crate::state::schema;
use crate::state::settings::PoolSettings;

/// The members of UserPoolType that its owner decides, and those of the MFA configuration.
#[derive(Clone)]
pub(crate) struct Configuration {
    members: Members,
    /// True if a request set the validity of temporary passwords in the policy of passwords. From
    /// then on UnusedAccountValidityDays, the older member, is rejected.
    days_in_policy: bool,
    /// SMS MFA is on if the pool has an SmsConfiguration and this is true. Messages that verify
    /// telephone numbers need the SmsConfiguration alone.
    sms_mfa: bool,
}

/// The members of UpdateUserPool that are at their default again unless they are sent. The others
/// stay as they are, which the service's documentation does not say.
const RESET: [&str; 10] = [
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DeviceConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "LambdaConfig",
    "SmsAuthenticationMessage",
    "SmsVerificationMessage",
    "UserPoolAddOns",
    "VerificationMessageTemplate",
];

/// The members that only the operations on the MFA configuration read and write.
pub(crate) const MFA_ONLY: [&str; 3] =
    ["EmailMfaConfiguration", "SoftwareTokenMfaConfiguration", "WebAuthnConfiguration"];

/// The members that are read back under another name.
const RENAMED: [(&str, &str); 2] = [("PoolName", "Name"), ("Schema", "SchemaAttributes")];

/// The old messages that verify addresses, and where the template has them.
const MESSAGES: [(&str, &str); 3] = [
    ("EmailVerificationMessage", "EmailMessage"),
    ("EmailVerificationSubject", "EmailSubject"),
    ("SmsVerificationMessage", "SmsMessage"),
];

/// The validity of a temporary password in days: its member, and the older one.
const DAYS: [&str; 3] = ["Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"];
const OLD_DAYS: [&str; 2] = ["AdminCreateUserConfig", "UnusedAccountValidityDays"];

impl Configuration {
    /// Creates the configuration of a pool from the members of CreateUserPool, and from those of
    /// SetUserPoolMfaConfig that a local pool may be set up with.
    pub(crate) fn create(mut given: Members, mfa: Members) -> Result<Self, ServiceError> {
        const ONE: &str = "Only one of the aliasAttributes or usernameAttributes can be set in a \
                           user pool.";
        let is_filled = |list| given.items(&[list]).next().is_some();
        if is_filled("AliasAttributes") && is_filled("UsernameAttributes") {
            return Err(ServiceError::invalid_parameter(ONE));
        }
        let schema = schema::create(given.remove("Schema"))?;
        given.insert("Schema".to_owned(), schema);
        if !is_on(&given) {
            mfa_configuration::check_off(&mfa)?;
        }
        Self { members: mfa, days_in_policy: false, sms_mfa: true }.changed(given)
    }

    /// Returns the configuration that UpdateUserPool leaves.
    pub(crate) fn update(&self, given: Members) -> Result<Self, ServiceError> {
        let mut reset = self.clone();
        reset.members.retain(|name, _| !RESET.contains(&name.as_str()));
        // An MFA configuration that is not off includes SMS MFA wherever the pool has an
        // SmsConfiguration, unless SetUserPoolMfaConfig leaves it out (Crossplane's provider for
        // AWS says so of CreateUserPool and UpdateUserPool; not measured).
        reset.sms_mfa |= is_on(&given) && !is_on(&self.members);
        reset.changed(given)
    }

    /// Returns the configuration that SetUserPoolMfaConfig leaves: every factor and every setting
    /// of passkeys that is not sent is reset. SmsConfiguration stays, because messages that verify
    /// telephone numbers need it too.
    pub(crate) fn set_mfa(&self, mut given: Members) -> Result<Self, ServiceError> {
        mfa_configuration::check_request(&given)?;
        let mut set = self.clone();
        let sms = given.remove("SmsMfaConfiguration");
        set.sms_mfa = sms.is_some();
        set.members.retain(|name, _| !MFA_ONLY.contains(&name.as_str()));
        set.members.extend(sms.and_then(object).unwrap_or_default());
        if is_on(&given) {
            let app = given.entry("SoftwareTokenMfaConfiguration");
            app.or_insert_with(|| json!({ "Enabled": false }));
        }
        given.entry("MfaConfiguration").or_insert_with(|| json!("OFF"));
        set.members.extend(given);
        mfa_configuration::check_first_factors(&set.members, mfa_configuration::SINGLE_FACTOR)?;
        Ok(set)
    }

    /// Returns the configuration with more attributes, as AddCustomAttributes leaves it.
    pub(crate) fn add_attributes(&self, custom: Value) -> Result<Self, ServiceError> {
        let mut added = self.clone();
        let schema = added.members.remove("SchemaAttributes").unwrap_or_default();
        added.members.insert("SchemaAttributes".to_owned(), schema::add(schema, custom)?);
        Ok(added)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Returns the configuration with other tags.
    pub(crate) fn tagged(&self, tags: Members) -> Result<Self, ServiceError> {
        let mut tagged = self.clone();
        tagged.members.insert("UserPoolTags".to_owned(), Value::Object(tags));
        check_tags(&tagged.members)?;
        Ok(tagged)
    }

    /// Returns the settings that decide something.
    pub(crate) fn settings(&self) -> Result<PoolSettings, ServiceError> {
        PoolSettings::read(&self.members, self.sms_mfa)
    }

    /// The members of UserPoolType.
    pub(crate) fn to_json(&self) -> Members {
        let mut pool = self.members.clone();
        pool.retain(|name, _| !MFA_ONLY.contains(&name.as_str()));
        pool
    }

    /// The answer to GetUserPoolMfaConfig.
    pub(crate) fn mfa_to_json(&self) -> Value {
        let mut config = self.members.clone();
        let sms = ["SmsAuthenticationMessage", "SmsConfiguration"];
        let sms: Members = sms.into_iter().filter_map(|name| config.remove_entry(name)).collect();
        config.retain(|name, _| name == "MfaConfiguration" || MFA_ONLY.contains(&name.as_str()));
        if self.sms_mfa && sms.contains_key("SmsConfiguration") {
            config.insert("SmsMfaConfiguration".to_owned(), Value::Object(sms));
        }
        Value::Object(config)
    }

    fn changed(mut self, mut given: Members) -> Result<Self, ServiceError> {
        agree_on_messages(&mut given);
        agree_on_lambdas(&mut given)?;
        let (days, old_days) = (days_in(&given, &DAYS), days_in(&given, &OLD_DAYS));
        self.take_over(given);
        self.days_in_policy |= days.is_some();
        if self.days_in_policy && old_days.is_some() {
            return Err(ServiceError::invalid_parameter(
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                 UnusedAccountValidityDays",
            ));
        }
        self.members.fill_in(defaults());
        let days = days.or(old_days).or_else(|| days_in(&self.members, &DAYS)).unwrap_or(7);
        for path in [DAYS.as_slice(), &OLD_DAYS] {
            if let Some(member) = self.members.at_mut(path) {
                *member = days.into();
            }
        }
        if !is_on(&self.members) {
            // A pool without MFA has no MFA factors: floci-io/floci PR 2831.
            self.members.retain(|name, _| !FACTOR_BLOCKS.contains(&name.as_str()));
        }
        self.check()?;
        mfa_configuration::check_first_factors(&self.members, mfa_configuration::NOT_FOR_MFA)?;
        Ok(self)
    }

    /// Takes over the members of a request, under the names by which they are read back.
    fn take_over(&mut self, given: Members) {
        for (name, value) in given {
            let renamed = RENAMED.iter().find(|(request, _)| *request == name);
            let name = renamed.map_or(name, |(_, kept)| (*kept).to_owned());
            match (value, self.members.get_mut(&name)) {
                // Each policy on its own stays as it is unless it is sent.
                (Value::Object(policies), Some(Value::Object(kept))) if name == "Policies" => {
                    kept.extend(policies);
                }
                (value, _) => {
                    self.members.insert(name, value);
                }
            }
        }
    }

    /// Refuses members that do not go together.
    fn check(&self) -> Result<(), ServiceError> {
        const UNVERIFIED: &str = "All attributes in AttributesRequireVerificationBeforeUpdate \
                                  must exist in AutoVerifiedAttributes";
        const ADMIN_ONLY: &str = "Invalid account recovery setting parameter. Account Recovery \
                                  Setting cannot use admin_only setting with any other recovery \
                                  mechanisms.";
        const NO_SMS: &str =
            "SMS configuration is required when phone_number is selected for auto verification";
        const NO_PASSWORD: &str =
            "Password should be configured as one of the allowed first auth factors.";
        let names = |path: &[&str]| self.members.items(path).collect::<Vec<_>>();
        let verified = names(&["AutoVerifiedAttributes"]);
        let sms = self.members.contains_key("SmsConfiguration");
        if !sms && verified.contains(&&json!("phone_number")) {
            return Err(ServiceError::invalid_parameter(NO_SMS));
        }
        check_levels(self.members.get("AcrConfiguration"))?;
        check_tags(&self.members)?;
        let factors = names(&["Policies", "SignInPolicy", "AllowedFirstAuthFactors"]);
        if !factors.contains(&&json!("PASSWORD")) {
            return Err(ServiceError::invalid_parameter(NO_PASSWORD));
        }
        let updates = ["UserAttributeUpdateSettings", "AttributesRequireVerificationBeforeUpdate"];
        if !names(&updates).iter().all(|attribute| verified.contains(attribute)) {
            return Err(ServiceError::invalid_parameter(UNVERIFIED));
        }
        let mechanisms = names(&["AccountRecoverySetting", "RecoveryMechanisms"]);
        let by_admin = |mechanism: &&Value| mechanism.get("Name") == Some(&json!("admin_only"));
        if mechanisms.len() > 1 && mechanisms.iter().any(by_admin) {
            return Err(ServiceError::invalid_parameter(ADMIN_ONLY));
        }
        Ok(())
    }
}

/// Refuses names of levels of assurance that are another level's, or its default.
fn check_levels(levels: Option<&Value>) -> Result<(), ServiceError> {
    let mut names = BTreeSet::new();
    for number in 1..=4 {
        let own = levels.and_then(|levels| levels.pointer(&format!("/Level{number}/AcrValue")));
        let default = json!(format!("urn:cognito:loa:{number}"));
        if !names.insert(own.unwrap_or(&default).to_string()) {
            return Err(ServiceError::invalid_parameter("The names of ACR levels are not unique."));
        }
    }
    Ok(())
}

/// Rejects more tags than a pool can have (AWS guide, quotas), which the model does not limit.
fn check_tags(members: &Members) -> Result<(), ServiceError> {
    const MOST: usize = 50;
    let tags = members.get("UserPoolTags").and_then(Value::as_object);
    match tags.is_some_and(|tags| tags.len() > MOST) {
        true => {
            Err(ServiceError::invalid_parameter(format!("A user pool has at most {MOST} tags.")))
        }
        false => Ok(()),
    }
}

/// Returns the defaults of the service.
fn defaults() -> Value {
    json!({
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [
                { "Priority": 1, "Name": "verified_email" },
                { "Priority": 2, "Name": "verified_phone_number" },
            ]
        },
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7,
        },
        "DeletionProtection": "INACTIVE",
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "IssuerConfiguration": { "Type": "ORIGINAL" },
        "KeyConfiguration": { "KeyType": "AWS_OWNED_KEY" },
        "LambdaConfig": {},
        "MfaConfiguration": "OFF",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireLowercase": true,
                "RequireNumbers": true,
                "RequireSymbols": true,
                "RequireUppercase": true,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
        },
        "UserPoolTags": {},
        "UserPoolTier": "ESSENTIALS",
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
    })
}

/// Lets the template of messages and the old messages say the same; the template wins.
fn agree_on_messages(given: &mut Members) {
    let template = given.remove("VerificationMessageTemplate");
    let sent = template.is_some();
    let mut template = template.and_then(object).unwrap_or_default();
    for (old, new) in MESSAGES {
        if let Some(message) = template.get(new).or_else(|| given.get(old)).cloned() {
            template.insert(new.to_owned(), message.clone());
            given.insert(old.to_owned(), message);
        }
    }
    if sent || !template.is_empty() {
        given.insert("VerificationMessageTemplate".to_owned(), Value::Object(template));
    }
}

/// Lets both members that name the trigger of tokens name the same.
fn agree_on_lambdas(given: &mut Members) -> Result<(), ServiceError> {
    const OLD: &str = "PreTokenGeneration";
    const NEW: &str = "PreTokenGenerationConfig";
    let Some(Value::Object(lambdas)) = given.get_mut("LambdaConfig") else {
        return Ok(());
    };
    let new = lambdas.get(NEW).and_then(|trigger| trigger.get("LambdaArn"));
    match (lambdas.get(OLD).cloned(), new.cloned()) {
        (Some(old), Some(new)) if old != new => Err(ServiceError::invalid_parameter(
            "PreTokenGeneration and the LambdaArn of PreTokenGenerationConfig are not the same.",
        )),
        (Some(old), None) => {
            let trigger = json!({ "LambdaVersion": "V1_0", "LambdaArn": old });
            lambdas.insert(NEW.to_owned(), trigger);
            Ok(())
        }
        (None, Some(new)) => {
            lambdas.insert(OLD.to_owned(), new);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A number of days; zero counts as not given.
fn days_in(members: &Members, path: &[&str]) -> Option<u64> {
    members.at(path).and_then(Value::as_u64).filter(|days| *days > 0)
}
