//! The constraints of request members, refused with the service's own validation messages.

use std::ops::RangeInclusive;

use super::error::ApiError;

/// What the service model says of a member.
pub(crate) struct Constraint {
    member: &'static str,
    min: usize,
    max: usize,
    pattern: &'static str,
    matches: fn(&str) -> bool,
    /// Whether the value stays out of messages.
    sensitive: bool,
}

pub(crate) const USER_POOL_ID: Constraint =
    Constraint::new("userPoolId", 1, 55, r"[\w-]+_[0-9a-zA-Z]+", |id| {
        id.rsplit_once('_').is_some_and(|(region, name)| {
            !region.is_empty() && every(region, is_word_or_dash) && every(name, is_alphanumeric)
        })
    });
pub(crate) const CLIENT_ID: Constraint =
    Constraint::new("clientId", 1, 128, r"[\w+]+", |id| every(id, |c| is_word(c) || c == '+'));
pub(crate) const CLIENT_SECRET: Constraint =
    Constraint::new("clientSecret", 24, 64, r"[\w+]+", |secret| {
        every(secret, |c| is_word(c) || c == '+')
    })
    .sensitive();
pub(crate) const CLIENT_SECRET_ID: Constraint =
    Constraint::new("clientSecretId", 1, 128, "", |_| true);
pub(crate) const CLIENT_NAME: Constraint =
    Constraint::new("clientName", 1, 128, r"[\w\s+=,.@-]+", |name| every(name, is_name));
pub(crate) const PROVIDER_NAME: Constraint =
    Constraint::new("providerName", 1, 32, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", |name| {
        every(name, |c| !c.is_control())
    });
pub(crate) const RESOURCE_SERVER_ID: Constraint =
    Constraint::new("identifier", 1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+", |id| {
        every(id, |c| c.is_ascii_graphic() && c != '"' && c != '\\')
    });
pub(crate) const RESOURCE_SERVER_NAME: Constraint =
    Constraint::new("name", 1, 256, r"[\w\s+=,.@-]+", |name| every(name, is_name));
pub(crate) const SCOPE_NAME: Constraint =
    Constraint::new("scopeName", 1, 256, r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+", |name| {
        every(name, |c| c.is_ascii_graphic() && c != '"' && c != '/' && c != '\\')
    });
pub(crate) const SCOPE_DESCRIPTION: Constraint =
    Constraint::new("scopeDescription", 1, 256, "", |_| true);
pub(crate) const POOL_NAME: Constraint =
    Constraint::new("poolName", 1, 128, r"[\w\s+=,.@-]+", |name| every(name, is_name));
pub(crate) const USERNAME: Constraint =
    Constraint::new("username", 1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", |name| {
        every(name, |c| !c.is_whitespace() && !c.is_control())
    })
    .sensitive();
pub(crate) const EVENT_ID: Constraint = Constraint::new("eventId", 1, 50, r"[\w+-]+", |id| {
    every(id, |c| is_word_or_dash(c) || c == '+')
});
pub(crate) const FEEDBACK: Constraint = Constraint::any("feedbackValue");
pub(crate) const GROUP_NAME: Constraint =
    Constraint::new("groupName", 1, 128, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", |name| {
        every(name, |c| !c.is_whitespace() && !c.is_control())
    });
pub(crate) const GROUP_DESCRIPTION: Constraint =
    Constraint::new("description", 0, 2048, "", |_| true);
pub(crate) const ROLE_ARN: Constraint = Constraint::new("roleArn", 20, 2048, ARN, is_arn);
pub(crate) const TOKEN: Constraint =
    Constraint::new("token", 0, 131_072, "[A-Za-z0-9-_=.]+", is_token).sensitive();

impl Constraint {
    pub(crate) const fn new(
        member: &'static str,
        min: usize,
        max: usize,
        pattern: &'static str,
        matches: fn(&str) -> bool,
    ) -> Self {
        Self { member, min, max, pattern, matches, sensitive: false }
    }

    const fn any(member: &'static str) -> Self {
        Self::new(member, 0, usize::MAX, "", |_| true)
    }

    const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The value, which must be there and within the constraint.
    pub(crate) fn required(&self, value: Option<String>) -> Result<String, ApiError> {
        let missing = || self.violation("Value null", "Member must not be null");
        self.optional(value)?.ok_or_else(missing)
    }

    /// The value, which must be within the constraint if it is there.
    pub(crate) fn optional(&self, value: Option<String>) -> Result<Option<String>, ApiError> {
        value.as_deref().map_or(Ok(()), |text| self.check(text))?;
        Ok(value)
    }

    pub(crate) fn check(&self, text: &str) -> Result<(), ApiError> {
        match self.broken_by(text) {
            None => Ok(()),
            Some(broken) => Err(self.violation(&self.shown(text), &broken)),
        }
    }

    /// What a value breaks, if it does.
    pub(crate) fn broken_by(&self, text: &str) -> Option<String> {
        let length = text.chars().count();
        let broken = if length < self.min {
            format!("Member must have length greater than or equal to {}", self.min)
        } else if length > self.max {
            format!("Member must have length less than or equal to {}", self.max)
        } else if !(self.matches)(text) {
            format!("Member must satisfy regular expression pattern: {}", self.pattern)
        } else {
            return None;
        };
        Some(broken)
    }

    /// The value as messages have it.
    pub(crate) fn shown(&self, text: &str) -> String {
        if self.sensitive { "Value".to_owned() } else { format!("Value '{text}'") }
    }

    /// The refusal of a value that is none of those listed.
    pub(crate) fn outside(&self, value: &str, set: &str) -> ApiError {
        let broken = format!("Member must satisfy enum value set: {set}");
        self.violation(&format!("Value '{value}'"), &broken)
    }

    fn violation(&self, shown: &str, broken: &str) -> ApiError {
        let member = self.member;
        ApiError::invalid_parameter(format!(
            "1 validation error detected: {shown} at '{member}' failed to satisfy constraint: {broken}"
        ))
    }
}

/// Refuses a number outside the range of a member.
pub(crate) fn check_range(
    member: &'static str,
    number: Option<i64>,
    range: RangeInclusive<i64>,
) -> Result<(), ApiError> {
    let Some(number) = number.filter(|number| !range.contains(number)) else {
        return Ok(());
    };
    let broken = match number < *range.start() {
        true => format!("Member must have value greater than or equal to {}", range.start()),
        false => format!("Member must have value less than or equal to {}", range.end()),
    };
    Err(Constraint::any(member).violation(&format!("Value '{number}'"), &broken))
}

/// ArnType.
const ARN: &str = r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?";

fn is_arn(text: &str) -> bool {
    let word = |part: &str| part.chars().all(|c| is_word(c) || "+=/,.@-".contains(c));
    match text.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, service, region, account, ref resource @ ..] => {
            let named = |part: &str| !part.is_empty() && word(part);
            named(partition)
                && named(service)
                && word(region)
                && every(account, |c| c.is_ascii_digit())
                && (1..=3).contains(&resource.len())
                && resource.iter().all(|part| named(part))
        }
        _ => false,
    }
}

pub(crate) fn every(text: &str, allowed: fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(allowed)
}

pub(crate) fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

pub(crate) fn is_word_or_dash(c: char) -> bool {
    is_word(c) || c == '-'
}

pub(crate) fn is_name(c: char) -> bool {
    is_word(c) || c.is_whitespace() || "+=,.@-".contains(c)
}

pub(crate) fn is_visible(c: char) -> bool {
    !c.is_whitespace()
}

fn is_token(text: &str) -> bool {
    every(text, |c| is_word_or_dash(c) || "=.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(constraint: &Constraint, value: Option<&str>) -> String {
        constraint.required(value.map(str::to_owned)).unwrap_err().message.into_owned()
    }

    #[test]
    fn violations_read_as_those_of_the_service() {
        assert_eq!(
            message(&USER_POOL_ID, Some("nonsense")),
            "1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"
        );
        assert_eq!(
            message(&USERNAME, None),
            "1 validation error detected: Value null at 'username' failed to satisfy constraint: \
             Member must not be null"
        );
    }

    #[test]
    fn roles_are_named_by_arns() {
        let good = ["arn:aws:iam::123456789012:role/team/beta", "arn:aws-cn:iam::1:role:one:two"];
        for arn in good {
            assert_eq!(ROLE_ARN.check(arn), Ok(()), "{arn}");
        }
        for arn in ["role/beta-of-the-whole-team", "arn:aws:iam::x:role/beta", "arn:aws:iam::1:"] {
            assert!(ROLE_ARN.check(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn sensitive_values_are_not_repeated() {
        assert!(!message(&USERNAME, Some("s3 cret")).contains("cret"));
    }
}
