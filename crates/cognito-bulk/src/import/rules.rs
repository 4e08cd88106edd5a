//! The rules of a pool for new users.

use std::collections::{BTreeMap, BTreeSet};

use cognito_core::sdk::types::{
    AliasAttributeType, AttributeDataType, PasswordPolicyType, SchemaAttributeType,
    UserPoolMfaType, UserPoolType, UsernameAttributeType, VerifiedAttributeType,
};

use super::rejection::{self, RejectionReason};

/// The rules of a pool for new users.
pub(super) struct PoolRules {
    schema: BTreeMap<String, SchemaAttributeType>,
    /// The attributes whose values serve as user names, in order of preference.
    naming: Vec<&'static str>,
    aliases: Vec<&'static str>,
    is_case_sensitive: bool,
    policy: Option<PasswordPolicyType>,
    auto_verified: Vec<&'static str>,
    mfa: Option<UserPoolMfaType>,
    pub(super) groups: BTreeSet<String>,
}

/// The maximum length of an attribute's value, for every schema.
const LONGEST_VALUE: usize = 2048;

/// The maximum length of a password.
const LONGEST_PASSWORD: usize = 256;

/// The characters that count as symbols, besides spaces.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

impl PoolRules {
    pub(super) fn new(pool: &UserPoolType, groups: BTreeSet<String>) -> Self {
        let schema = pool.schema_attributes().iter().cloned();
        let schema = schema.filter_map(|attribute| Some((attribute.name.clone()?, attribute)));
        let (named, aliased) = (pool.username_attributes(), pool.alias_attributes());
        let naming = [
            ("email", UsernameAttributeType::Email),
            ("phone_number", UsernameAttributeType::PhoneNumber),
        ];
        let aliases = [
            ("email", AliasAttributeType::Email),
            ("phone_number", AliasAttributeType::PhoneNumber),
            ("preferred_username", AliasAttributeType::PreferredUsername),
        ];
        let verified = pool.auto_verified_attributes();
        let is_verified = |(name, kind)| verified.contains(&kind).then_some(name);
        let verifiable = [
            ("email", VerifiedAttributeType::Email),
            ("phone_number", VerifiedAttributeType::PhoneNumber),
        ];
        let is_naming = |(name, kind)| named.contains(&kind).then_some(name);
        let is_alias = |(name, kind)| aliased.contains(&kind).then_some(name);
        Self {
            schema: schema.collect(),
            naming: naming.into_iter().filter_map(is_naming).collect(),
            aliases: aliases.into_iter().filter_map(is_alias).collect(),
            is_case_sensitive: pool.username_configuration().is_none_or(|c| c.case_sensitive()),
            policy: pool.policies().and_then(|policies| policies.password_policy().cloned()),
            auto_verified: verifiable.into_iter().filter_map(is_verified).collect(),
            mfa: pool.mfa_configuration().cloned(),
            groups,
        }
    }

    /// Returns the addresses that the service verifies.
    pub(super) fn auto_verified(&self) -> &[&'static str] {
        &self.auto_verified
    }

    /// Returns whether the pool requires a second factor of every user.
    pub(super) fn requires_mfa(&self) -> bool {
        self.mfa == Some(UserPoolMfaType::On)
    }

    /// Returns the attributes whose values serve as user names.
    pub(super) fn naming(&self) -> &[&'static str] {
        &self.naming
    }

    /// Returns the attributes whose verified values must be unique, because they are aliases.
    pub(super) fn aliases(&self) -> &[&'static str] {
        &self.aliases
    }

    /// Returns a user name or an alias in the form in which the pool compares it.
    pub(super) fn folded(&self, name: &str) -> String {
        if self.is_case_sensitive { name.to_owned() } else { name.to_lowercase() }
    }

    /// Returns whether an attribute of a user can be changed.
    pub(super) fn is_mutable(&self, name: &str) -> bool {
        self.schema.get(name).is_none_or(|attribute| attribute.mutable != Some(false))
    }

    /// Checks attributes against the schema, and checks that no required attribute is missing.
    pub(super) fn check_attributes(
        &self,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), RejectionReason> {
        for (name, value) in attributes {
            let unknown = || RejectionReason::UnknownAttribute(rejection::name(name));
            check_value(name, self.schema.get(name).ok_or_else(unknown)?, value)?;
        }
        let required = self.schema.iter().filter(|(_, rule)| rule.required == Some(true));
        let mut missing = required.map(|(name, _)| name).filter(|name| *name != "sub");
        match missing.find(|name| !attributes.contains_key(*name)) {
            Some(name) => Err(RejectionReason::RequiredAttribute(name.clone())),
            None => Ok(()),
        }
    }

    /// Checks a password against the policy. `kind` names the password in the reason.
    pub(super) fn check_password(
        &self,
        kind: &'static str,
        password: &str,
    ) -> Result<(), RejectionReason> {
        let policy = self.policy.as_ref();
        let length = policy.and_then(PasswordPolicyType::minimum_length).unwrap_or_default();
        let length = usize::try_from(length).unwrap_or_default().max(1);
        let has = |class: fn(char) -> bool| password.chars().any(class);
        let lacks_class = policy.is_some_and(|policy| {
            (policy.require_uppercase() && !has(|c| c.is_ascii_uppercase()))
                || (policy.require_lowercase() && !has(|c| c.is_ascii_lowercase()))
                || (policy.require_numbers() && !has(|c| c.is_ascii_digit()))
                || (policy.require_symbols() && !has(|c| SYMBOLS.contains(c) || c == ' '))
        });
        // According to the API reference, a password has no white space at either end.
        let is_trimmed = password.trim() == password;
        match (length..=LONGEST_PASSWORD).contains(&password.chars().count())
            && is_trimmed
            && !lacks_class
        {
            true => Ok(()),
            false => Err(RejectionReason::PasswordPolicy(kind)),
        }
    }
}

/// Returns whether a text is a valid name of a user or a group, without white space and control
/// characters.
pub(super) fn is_name(name: &str) -> bool {
    let is_invalid = |c: char| c.is_whitespace() || c.is_control();
    (1..=128).contains(&name.chars().count()) && !name.contains(is_invalid)
}

pub(super) fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace)
    })
}

/// Returns whether a text is a phone number in E.164 format, such as `+4915112345678`.
pub(super) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Returns whether a text has the format of an attribute that can serve as a user name.
pub(super) fn has_form_of(attribute: &str, text: &str) -> bool {
    match attribute {
        "email" => is_email(text),
        "phone_number" => is_phone_number(text),
        _ => false,
    }
}

fn check_value(name: &str, rule: &SchemaAttributeType, value: &str) -> Result<(), RejectionReason> {
    let wrong =
        |expected| Err(RejectionReason::AttributeType { name: rejection::name(name), expected });
    match name {
        "email" if !is_email(value) => return wrong("an e-mail address"),
        "phone_number" if !is_phone_number(value) => {
            return wrong("a phone number such as +12065550100");
        }
        _ => {}
    }
    let broken = match rule.attribute_data_type() {
        Some(AttributeDataType::Number) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => broken_value(rule, number),
            _ => return wrong("a number"),
        },
        Some(AttributeDataType::Boolean) => {
            match ["true", "false"].iter().any(|flag| value.eq_ignore_ascii_case(flag)) {
                true => None,
                false => return wrong("true or false"),
            }
        }
        _ => broken_length(rule, value.chars().count()),
    };
    match broken {
        None => Ok(()),
        Some((bound, limit)) => {
            Err(RejectionReason::AttributeBound { name: rejection::name(name), bound, limit })
        }
    }
}

/// A violated bound and its limit, if any.
type Broken = Option<(&'static str, String)>;

fn broken_value(rule: &SchemaAttributeType, number: f64) -> Broken {
    let bounds = rule.number_attribute_constraints();
    let limit = |limit: Option<&str>| limit?.parse::<f64>().ok();
    let min = limit(bounds.and_then(|bounds| bounds.min_value()));
    if let Some(min) = min.filter(|min| number < *min) {
        return Some(("at least", min.to_string()));
    }
    let max = limit(bounds.and_then(|bounds| bounds.max_value()))?;
    (number > max).then(|| ("at most", max.to_string()))
}

fn characters(number: usize) -> String {
    format!("{number} character{}", if number == 1 { "" } else { "s" })
}

fn broken_length(rule: &SchemaAttributeType, length: usize) -> Broken {
    let bounds = rule.string_attribute_constraints();
    let limit = |limit: Option<&str>| limit?.parse::<usize>().ok();
    let min = limit(bounds.and_then(|bounds| bounds.min_length()));
    if let Some(min) = min.filter(|min| length < *min) {
        return Some(("no shorter than", characters(min)));
    }
    let max = limit(bounds.and_then(|bounds| bounds.max_length()));
    let max = max.unwrap_or(LONGEST_VALUE).min(LONGEST_VALUE);
    (length > max).then(|| ("no longer than", characters(max)))
}
