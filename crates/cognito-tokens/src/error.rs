//! The errors of verification.

use std::time::{Duration, SystemTime};

use crate::fetch::FetchError;
use crate::policy::{Callers, Required};

/// The reason why a token was refused or could not be checked.
///
/// Variants have the expected value and, if it is not secret, the actual value. Apart from times,
/// no variant has any part of the token.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is longer than the rules allow.
    #[error("the token is {found} bytes long, and {limit} are allowed")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
        /// The length of the token in bytes.
        found: usize,
    },
    /// The token is not a compact JWS of canonical base64 and strict JSON.
    #[error("the token's {0} is malformed")]
    Malformed(&'static str),
    /// The header requires something other than a plain RS256 signature.
    #[error("the token's header member {0} is not supported")]
    UnsupportedHeader(&'static str),
    /// The key set has no usable key with the token's `kid`.
    #[error("the key set has no usable key for the token")]
    UnknownKey,
    /// The signature was not made with the key that the token names.
    #[error("the token's signature is wrong")]
    WrongSignature,
    /// A required claim is missing.
    #[error("the token has no claim {0}")]
    MissingClaim(&'static str),
    /// A claim is of the wrong type or out of range.
    #[error("the token's claim {0} is invalid")]
    InvalidClaim(&'static str),
    /// The issuer is not one of the accepted issuers.
    #[error("the token was issued by another user pool")]
    WrongIssuer,
    /// The token is an ID token where an access token is required, or the other way round.
    #[error("the token's use is {found}, not {expected}")]
    WrongTokenUse {
        /// `access` or `id`.
        expected: &'static str,
        /// `access`, `id` or `another`.
        found: &'static str,
    },
    /// The token was signed by another load balancer.
    #[error("the token was signed by another load balancer")]
    WrongSigner,
    /// The token was issued to another app client.
    #[error("the token was issued to another app client")]
    WrongClient,
    /// The token is not for the resource that the rules name (`aud`).
    #[error("the token is not for {expected}")]
    WrongAudience {
        /// The requirement of the rules.
        expected: Required,
    },
    /// The access token is bound to a resource (`aud`), and the rules name none: name it with
    /// [`audience`](crate::TokenRules::audience), or accept any with
    /// [`allow_any_audience`](crate::TokenRules::allow_any_audience).
    #[error("the token is bound to a resource (aud) that the verifier does not name")]
    UnexpectedAudience,
    /// The token has expired.
    #[error("the token has expired")]
    Expired {
        /// The time of the expiry (`exp`).
        expired_at: SystemTime,
        /// The time of the verification.
        now: SystemTime,
    },
    /// The token is not valid yet, or was issued in the future: a clock is wrong.
    #[error("the token is not valid yet")]
    NotYetValid {
        /// The time from which the token is valid (`nbf`, `iat`).
        valid_from: SystemTime,
        /// The time of the verification.
        now: SystemTime,
    },
    /// The user signed in too long ago. A new sign-in is required; a refresh is not sufficient.
    #[error("the user signed in more than {} seconds ago", max_age.as_secs())]
    SignInTooOld {
        /// The largest accepted age of a sign-in.
        max_age: Duration,
        /// The time of the sign-in (`auth_time`).
        signed_in_at: SystemTime,
    },
    /// The token belongs to another sign-in than the one that was started.
    #[error("the token belongs to another sign-in")]
    WrongNonce,
    /// The access token was not issued with the ID token.
    #[error("the access token was not issued with the ID token")]
    WrongAccessToken,
    /// The token is on the list of revoked tokens.
    #[error("the token is revoked")]
    Revoked,
    /// The token lacks a required scope.
    #[error("the token lacks a scope: {expected} must be granted")]
    MissingScope {
        /// The requirement of the rules.
        expected: Required,
    },
    /// The user is not in the required groups.
    #[error("the user must be a member of {expected}")]
    MissingGroup {
        /// The requirement of the rules.
        expected: Required,
    },
    /// An actor uses the token on behalf of the user, which the rules do not allow.
    #[error("delegated tokens are not accepted")]
    Delegated,
    /// The caller is a user where a program is required, or the other way round.
    #[error("the caller is not {expected}")]
    WrongCaller {
        /// The callers that the rules accept.
        expected: Callers,
    },
    /// A check that the program added refused the token.
    #[error("the check {0} refused the token")]
    CheckFailed(&'static str),
    /// The key set could not be fetched. The token may be valid.
    #[error("the pool's key set is unavailable")]
    KeysUnavailable(#[source] FetchError),
    /// The keys must be fetched first, which this method does not do.
    #[error("the pool's key set must be fetched first")]
    KeysNotFetched,
    /// The URL of the key set is neither HTTPS nor loopback, and its host is not named in
    /// `allow_plain_http`.
    #[error(
        "the address of the key set is neither https nor loopback; use https, or name its host in \
         allow_plain_http"
    )]
    InsecureKeySet,
    /// The event of API Gateway has no claims: attach an authorizer to the route.
    #[error("the event has no claims; attach a Cognito, JWT or Lambda authorizer to the route")]
    NoAuthorizerClaims,
    /// The verifier can accept no token because a setting is missing.
    #[error("the verifier has no {0}")]
    Misconfigured(&'static str),
}

/// The meaning of a refusal for the caller.
///
/// These groups are stable: every new variant of [`VerifyError`] belongs to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The token is invalid; another one is required. HTTP status 401.
    BadToken,
    /// The token is valid but does not allow the request. HTTP status 403.
    NotAllowed,
    /// The keys are unavailable, and the token may be valid; try again later. HTTP status 503.
    KeysUnavailable,
    /// The verifier's settings are wrong. HTTP status 500.
    Configuration,
}

impl Reason {
    /// Returns the HTTP status for the response of a service.
    pub fn http_status(self) -> u16 {
        match self {
            Self::BadToken => 401,
            Self::NotAllowed => 403,
            Self::KeysUnavailable => 503,
            Self::Configuration => 500,
        }
    }
}

impl VerifyError {
    /// Returns the meaning of the refusal for the caller.
    pub fn reason(&self) -> Reason {
        match self {
            Self::MissingScope { .. }
            | Self::MissingGroup { .. }
            | Self::Delegated
            | Self::WrongCaller { .. }
            | Self::CheckFailed(_) => Reason::NotAllowed,
            Self::KeysUnavailable(_) | Self::KeysNotFetched => Reason::KeysUnavailable,
            Self::InsecureKeySet | Self::NoAuthorizerClaims | Self::Misconfigured(_) => {
                Reason::Configuration
            }
            _ => Reason::BadToken,
        }
    }

    /// Logs the reason, without any part of the token.
    pub(crate) fn log(&self) {
        tracing::debug!(reason = ?self.reason(), error = %self, "a token was rejected");
    }

    /// Returns whether the same token may be accepted later because only the keys are unavailable.
    pub fn is_transient(&self) -> bool {
        self.reason() == Reason::KeysUnavailable
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn every_reason_has_its_status() {
        let error = |problem| VerifyError::KeysUnavailable(FetchError::new(problem));
        let cases = [
            (VerifyError::UnknownKey, 401),
            (VerifyError::WrongClient, 401),
            (VerifyError::Revoked, 401),
            (VerifyError::MissingScope { expected: Required::any_of(["a"]) }, 403),
            (VerifyError::Delegated, 403),
            (VerifyError::CheckFailed("tenant"), 403),
            (error("status 500"), 503),
            (VerifyError::KeysNotFetched, 503),
            (VerifyError::Misconfigured("client"), 500),
            (VerifyError::InsecureKeySet, 500),
            (VerifyError::NoAuthorizerClaims, 500),
            (VerifyError::UnexpectedAudience, 401),
        ];
        for (error, status) in cases {
            assert_eq!(error.reason().http_status(), status, "{error}");
            assert_eq!(error.is_transient(), status == 503, "{error}");
        }
    }

    #[test]
    fn messages_say_what_was_expected() {
        let now = SystemTime::UNIX_EPOCH;
        let cases = [
            (VerifyError::TooLong { limit: 10, found: 12 }, "is 12 bytes long, and 10 are allowed"),
            (VerifyError::Malformed("payload"), "payload is malformed"),
            (VerifyError::UnsupportedHeader("crit"), "member crit is not"),
            (VerifyError::MissingClaim("exp"), "no claim exp"),
            (VerifyError::InvalidClaim("exp"), "claim exp is invalid"),
            (VerifyError::WrongTokenUse { expected: "access", found: "id" }, "is id, not access"),
            (VerifyError::WrongAudience { expected: Required::all_of(["x"]) }, "for all of x"),
            (VerifyError::UnexpectedAudience, "that the verifier does not name"),
            (VerifyError::InsecureKeySet, "its host in allow_plain_http"),
            (VerifyError::Expired { expired_at: now, now }, "has expired"),
            (VerifyError::NotYetValid { valid_from: now, now }, "not valid yet"),
            (VerifyError::MissingGroup { expected: Required::any_of(["x"]) }, "of any of x"),
            (VerifyError::WrongCaller { expected: Callers::Users }, "not a user"),
            (VerifyError::Misconfigured("issuer"), "has no issuer"),
        ];
        for (error, part) in cases {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn the_causes_of_missing_keys_are_found_in_the_chain() {
        let refused = FetchError::new("connection failed").with_source("port closed");
        let error = VerifyError::KeysUnavailable(refused);
        let fetch = error.source().and_then(|source| source.downcast_ref::<FetchError>()).unwrap();
        assert_eq!(fetch.to_string(), "cannot fetch the key set: connection failed");
        assert_eq!(fetch.source().unwrap().to_string(), "port closed");
        assert_eq!(FetchError::from_status(403).with_source("x").status(), Some(403));
    }
}
