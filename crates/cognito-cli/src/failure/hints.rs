//! Hints for the most frequent errors of Amazon Cognito.

use cognito::managed_login::{ManagedLoginError, RejectionKind};
use cognito::{Error, ErrorKind};

/// The hint for an address that would send secrets in the clear.
pub(crate) const ALLOW_PLAIN_HTTP_HINT: &str =
    "use https, or set COGNITO_ALLOW_PLAIN_HTTP to the host if its network is trusted";

pub(super) fn of_error(error: &Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::SecretHash => {
            "set COGNITO_CLIENT_SECRET to the secret of the app client; unset it for an app client \
             without a secret"
        }
        ErrorKind::Configuration if error.report().contains("allow_plain_http") => {
            ALLOW_PLAIN_HTTP_HINT
        }
        ErrorKind::MissingPermission => return error.operation().map(missing_permission),
        ErrorKind::FlowNotEnabled => {
            "add ALLOW_USER_SRP_AUTH to the ExplicitAuthFlows of the app client, or sign in with \
             `cognito login --browser`"
        }
        ErrorKind::UserNotConfirmed => "the user has to confirm the sign-up with the code first",
        ErrorKind::PasswordResetRequired => {
            "set a new password with the code that the service has sent"
        }
        ErrorKind::Unsupported if is_without_writes(error) => {
            "the user pool accepts no writes: it is a replica of another Region, or a recovery is active \
             (`cognito pool recover --list`)"
        }
        ErrorKind::Transport => "check the network, HTTPS_PROXY and --endpoint-url",
        ErrorKind::ClockSkew => "set the clock of this machine, such as by NTP",
        ErrorKind::SessionEnded
        | ErrorKind::TokenExpired
        | ErrorKind::TokenRevoked
        | ErrorKind::RefreshTokenReuse
        | ErrorKind::UnreadableSession => "run `cognito login`",
        ErrorKind::LoginNotAccepted => {
            "list the app client among the authentication providers of the identity pool"
        }
        ErrorKind::MissingScope => {
            "add the scope to the app client, and sign in again with `cognito login --browser \
             --scope`"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Returns whether the pool temporarily refuses an operation. The service documents the exception
/// for replicas. For recoveries it documents none, so it is not known whether they use this one.
pub(super) fn is_without_writes(error: &Error) -> bool {
    error.exception() == Some("OperationNotEnabledException")
}

fn missing_permission(operation: &str) -> String {
    format!("the credentials need the IAM action cognito-idp:{operation} on the user pool")
}

pub(super) fn of_managed_login(error: &ManagedLoginError) -> Option<&'static str> {
    match error {
        ManagedLoginError::TimedOut => Some(
            "if the browser showed redirect_mismatch, add the callback URL to the app client's \
             CallbackURLs; `cognito explain redirect_mismatch` says how",
        ),
        ManagedLoginError::PortInUse(_) => Some("choose another registered port with --port"),
        ManagedLoginError::Rejected(rejection) => match rejection.kind() {
            RejectionKind::InvalidScope => Some("request scopes that the app client allows"),
            RejectionKind::UnauthorizedClient => {
                Some("allow the OAuth flow `code` for the app client")
            }
            _ => None,
        },
        _ => None,
    }
}
