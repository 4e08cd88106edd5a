//! Failures of AWS credentials that are missing, have expired, or are not accepted by the service.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use cognito::Error;
use cognito::sdk::error::ErrorMetadata;

use super::{Exit, Failure};
use crate::output::printable;

/// The reason why AWS credentials cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No source provides credentials.
    Missing,
    /// A source has failed, such as a profile that does not exist.
    Unloadable,
    /// The sign-in to IAM Identity Center has expired, so that no credentials are issued.
    SignInExpired,
    /// The profile has a session of `aws login`. The program does not enable the AWS SDK's feature
    /// for it, because the feature needs another version of the elliptic curve crates than the rest
    /// of the program.
    LoginSession,
    Expired,
    UnknownKey,
    WrongSignature,
    /// The clock of the machine is wrong: the service compares the time of signatures with its own.
    WrongClock,
}

impl Problem {
    /// Returns the problem with the credentials of a request, if it is the reason for the failure.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let message = error.service_message().unwrap_or_default();
        match error.exception() {
            Some(name) => Self::of_exception(name, message),
            None => Self::of_causes(error),
        }
    }

    fn of_exception(name: &str, message: &str) -> Option<Self> {
        Some(match name {
            "ExpiredToken" | "ExpiredTokenException" => Self::Expired,
            "InvalidClientTokenId" | "UnrecognizedClientException" => Self::UnknownKey,
            "IncompleteSignature"
            | "IncompleteSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException" => Self::WrongSignature,
            "RequestExpired" => Self::WrongClock,
            "InvalidSignatureException" | "SignatureDoesNotMatch" => {
                // The message is "Signature expired: 20261129T100000Z is now earlier than …", or
                // similar for the future.
                let of_clock = ["Signature expired", "Signature not yet current"];
                match of_clock.iter().any(|text| message.starts_with(text)) {
                    true => Self::WrongClock,
                    false => Self::WrongSignature,
                }
            }
            _ => return None,
        })
    }

    fn of_causes(error: &Error) -> Option<Self> {
        let texts: Vec<String> = causes(error).map(|cause| cause.to_string()).collect();
        match causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())? {
            CredentialsError::CredentialsNotLoaded(_) => Some(Self::Missing),
            // The types of these causes are private to the AWS SDK.
            _ if texts.iter().any(|text| is_of_sign_in(text)) => Some(Self::SignInExpired),
            _ if texts.iter().any(|text| is_of_login(text)) => Some(Self::LoginSession),
            _ => Some(Self::of_issuer(error).unwrap_or(Self::Unloadable)),
        }
    }

    /// Returns the problem with the credentials that were used to request those of a role.
    fn of_issuer(error: &Error) -> Option<Self> {
        let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>())?;
        Self::of_exception(refusal.code()?, refusal.message().unwrap_or_default())
    }

    fn code(self) -> &'static str {
        match self {
            Self::Missing | Self::Unloadable | Self::LoginSession => "no_credentials",
            Self::SignInExpired | Self::Expired => "expired_credentials",
            Self::UnknownKey | Self::WrongSignature => "wrong_credentials",
            Self::WrongClock => "clock_skew",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Missing => "there are no AWS credentials that can be used",
            Self::Unloadable => "the AWS credentials cannot be loaded",
            Self::SignInExpired => "the sign-in to IAM Identity Center is missing or has expired",
            Self::LoginSession => {
                "the profile has a session of `aws login`, which this program cannot read"
            }
            Self::Expired => "the AWS credentials have expired",
            Self::UnknownKey => "the AWS access key or its session token is unknown to the service",
            Self::WrongSignature => {
                "the service does not accept the signature of the AWS credentials"
            }
            Self::WrongClock => "the clock of this machine differs from that of the service",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Missing => {
                "pass --profile, or set AWS_PROFILE, with a profile of ~/.aws/config or \
                 ~/.aws/credentials, and run `aws sso login` for a profile of IAM Identity Center; or \
                 set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            }
            Self::Unloadable => {
                "`aws sts get-caller-identity` with the same profile shows the problem; \
                 `cognito config show` shows the profile and its origin"
            }
            Self::SignInExpired => {
                "run `aws sso login` with the same profile, and this command again"
            }
            Self::LoginSession => {
                "let the AWS CLI read it: add a profile with `credential_process = aws configure \
                 export-credentials --profile NAME --format process`, in which NAME is this profile, \
                 and pass the new profile"
            }
            Self::Expired => {
                "run `aws sso login` for a profile of IAM Identity Center; otherwise replace all of \
                 AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            }
            Self::UnknownKey => {
                "the key was deleted or deactivated, or AWS_SESSION_TOKEN is missing or of another \
                 key; compare with `aws sts get-caller-identity`"
            }
            Self::WrongSignature => {
                "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID, or a proxy changes \
                 requests; compare with `aws sts get-caller-identity`"
            }
            Self::WrongClock => "set the clock of this machine, such as by NTP",
        }
    }
}

/// Creates the failure of a request whose credentials have a problem.
pub(super) fn failure(problem: Problem, error: &Error) -> Failure {
    let reason = match problem {
        Problem::Unloadable => causes(error).last().map(ToString::to_string),
        _ => None,
    };
    let reason = reason.map(|reason| format!(" ({})", printable(&reason)));
    let message = format!("{}{}", problem.message(), reason.unwrap_or_default());
    Failure::new(Exit::NotSignedIn, problem.code(), message)
        .hint(problem.hint())
        .report(error.report())
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

fn is_of_sign_in(text: &str) -> bool {
    // The messages for an expired token, for a missing token (with and without a section of the
    // session), and for a token that IAM Identity Center has revoked.
    [
        "SSO token has expired",
        "cached SSO token",
        ".aws/sso/cache",
        "Session token not found or invalid",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// Returns whether a message of the AWS SDK names the feature that reads the sessions of `aws
/// login`.
fn is_of_login(text: &str) -> bool {
    text.contains("credentials-login")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_of_credentials_are_told_apart() {
        let of = |name, message| Problem::of_exception(name, message);
        assert_eq!(of("ExpiredTokenException", ""), Some(Problem::Expired));
        assert_eq!(of("UnrecognizedClientException", ""), Some(Problem::UnknownKey));
        assert_eq!(of("SignatureDoesNotMatch", ""), Some(Problem::WrongSignature));
        assert_eq!(of("IncompleteSignature", ""), Some(Problem::WrongSignature));
        assert_eq!(of("RequestExpired", ""), Some(Problem::WrongClock));
        let skewed = "Signature expired: 20261129T100000Z is now earlier than 20261129T101000Z";
        assert_eq!(of("InvalidSignatureException", skewed), Some(Problem::WrongClock));
        assert_eq!(of("AccessDeniedException", ""), None);
    }

    #[test]
    fn messages_of_a_sign_in_are_recognized() {
        assert!(is_of_sign_in("failed to load the cached SSO token"));
        assert!(is_of_sign_in("the SSO token has expired and cannot be refreshed"));
        assert!(!is_of_sign_in("profile `absent` was not defined"));
    }
}
