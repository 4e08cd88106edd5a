//! The password policy of a pool.

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;

/// PasswordPolicyType, with the service's defaults.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PasswordPolicy {
    pub(crate) minimum_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_history_size: Option<usize>,
    require_lowercase: bool,
    require_numbers: bool,
    require_symbols: bool,
    require_uppercase: bool,
    temporary_password_validity_days: u64,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            password_history_size: None,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            require_uppercase: true,
            temporary_password_validity_days: 7,
        }
    }
}

/// The characters that count as symbols, in addition to spaces.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

impl PasswordPolicy {
    /// Returns the number of a user's last passwords that may not be set again.
    pub(crate) fn password_history_size(&self) -> usize {
        self.password_history_size.unwrap_or_default()
    }

    pub(crate) fn temporary_password_days(&self) -> u64 {
        self.temporary_password_validity_days
    }

    pub(crate) fn set_temporary_password_days(&mut self, days: u64) {
        self.temporary_password_validity_days = days;
    }

    /// Returns the rules as texts for users.
    pub(crate) fn rules(&self) -> Vec<String> {
        let flags = [
            (self.require_uppercase, "an uppercase letter"),
            (self.require_lowercase, "a lowercase letter"),
            (self.require_numbers, "a digit"),
            (self.require_symbols, "a symbol or a space"),
        ];
        let flags = flags.into_iter().filter(|(is_required, _)| *is_required);
        let length = format!("at least {} characters", self.minimum_length);
        std::iter::once(length).chain(flags.map(|(_, rule)| rule.to_owned())).collect()
    }

    pub(crate) fn check(&self, password: &str) -> Result<(), ServiceError> {
        let lacks = |present: fn(char) -> bool| !password.chars().any(present);
        let broken = if password.chars().count() < self.minimum_length {
            "Password not long enough"
        } else if self.require_uppercase && lacks(|c| c.is_ascii_uppercase()) {
            "Password must have uppercase characters"
        } else if self.require_lowercase && lacks(|c| c.is_ascii_lowercase()) {
            "Password must have lowercase characters"
        } else if self.require_numbers && lacks(|c| c.is_ascii_digit()) {
            "Password must have numeric characters"
        } else if self.require_symbols && lacks(|c| SYMBOLS.contains(c) || c == ' ') {
            "Password must have symbol characters"
        } else {
            return Ok(());
        };
        Err(ServiceError::invalid_password(format!(
            "Password did not conform with policy: {broken}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_broken_rule_is_named() {
        let cases = [
            ("Aa1!", "Password not long enough"),
            ("aaaaaa1!", "Password must have uppercase characters"),
            ("AAAAAA1!", "Password must have lowercase characters"),
            ("AAAAaaa!", "Password must have numeric characters"),
            ("AAAAaaa1", "Password must have symbol characters"),
        ];
        for (password, broken) in cases {
            let error = PasswordPolicy::default().check(password).unwrap_err();
            assert_eq!(error.message, format!("Password did not conform with policy: {broken}"));
        }
        assert_eq!(PasswordPolicy::default().check("Correct-horse1"), Ok(()));
    }
}
