//! The request of AssumeRoleWithWebIdentity, from the service model of AWS STS in botocore 1.44.8.
//!
//! Written by hand, because no other operation of STS is supported. The members for OAuth 2.0
//! providers and for session policies are left out, because they have no effect in the emulator.

use super::pattern::Pattern;
use super::shape::Kind::{Integer, Structure, Text};
use super::shape::{Shape, between, optional, required, sensitive, shape};

pub(crate) static ASSUME_ROLE_WITH_WEB_IDENTITY_REQUEST: Shape = shape(Structure(&[
    required("RoleArn", &ARN_TYPE),
    required("RoleSessionName", &ROLE_SESSION_NAME_TYPE),
    required("WebIdentityToken", &CLIENT_TOKEN_TYPE),
    optional("DurationSeconds", &ROLE_DURATION_SECONDS_TYPE),
]));

static ARN_TYPE: Shape = shape(Text(between(20, 2048), Some(&ARN_TYPE_PATTERN)));

/// The service's pattern is for Java, where `\u10000` is a letter and a digit.
static ARN_TYPE_PATTERN: Pattern = Pattern::matched_by(
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
    r"[\t\n\r\x20-\x7E\x{85}\x{A0}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]+",
);

static ROLE_SESSION_NAME_TYPE: Shape =
    shape(Text(between(2, 64), Some(&ROLE_SESSION_NAME_TYPE_PATTERN)));

static ROLE_SESSION_NAME_TYPE_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]*");

static CLIENT_TOKEN_TYPE: Shape = sensitive(Text(between(4, 20_000), None));

static ROLE_DURATION_SECONDS_TYPE: Shape = shape(Integer(between(900, 43_200)));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_only_characters_of_xml() {
        assert!(ROLE_SESSION_NAME_TYPE_PATTERN.compiles() && ARN_TYPE_PATTERN.compiles());
        assert!(ARN_TYPE_PATTERN.matches("arn:aws:iam::1:role/é\u{10000}"));
        assert!(!ARN_TYPE_PATTERN.matches("arn:aws:iam::1:role/\0"));
    }
}
