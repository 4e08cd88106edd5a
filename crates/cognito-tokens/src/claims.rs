//! The claims of verified tokens.
//!
//! These types can only be created by verification, in this program or in API Gateway.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::digest::{self, SHA256};
use cognito_types::{AccessToken, ClientId};
use serde::de::DeserializeOwned;

use crate::base64url;
use crate::error::VerifyError;

pub(crate) mod custom;
mod parsed;
pub(crate) mod payload;

use parsed::{Access, Id};
pub(crate) use parsed::{Common, ParsedClaims, TokenClaims, Verified};

/// The claims of a verified access token; cheap to clone.
///
/// See [the access token](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html).
#[derive(Clone)]
pub struct AccessClaims(Arc<Verified<Access>>);

/// The claims of a verified ID token; cheap to clone.
///
/// See [the ID token](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html).
#[derive(Clone)]
pub struct IdClaims(Arc<Verified<Id>>);

impl AccessClaims {
    /// Returns the app client that the token was issued to (`client_id`).
    pub fn client_id(&self) -> &ClientId {
        &self.0.client
    }

    /// Returns the user's name (`username`); `None` in tokens of machines.
    pub fn username(&self) -> Option<&str> {
        self.0.text(&self.0.parsed.username)
    }

    /// Returns whether the token was issued to a program by the client-credentials grant.
    ///
    /// Such a token has no user name, and its subject is its client.
    pub fn is_machine(&self) -> bool {
        self.0.parsed.username.is_none() && self.subject() == self.client_id().as_str()
    }

    /// Returns the scopes that were granted (`scope`).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.0.text(&self.0.parsed.scope).unwrap_or_default();
        scope.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Returns whether this exact scope was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Returns the key of the device that signed in (`device_key`), in pools that track devices.
    pub fn device_key(&self) -> Option<&str> {
        self.0.text(&self.0.parsed.device_key)
    }

    /// Returns the resources that the token is bound to (`aud`, RFC 8707); normally none.
    pub fn audience(&self) -> &[String] {
        &self.0.parsed.audience
    }
}

impl IdClaims {
    /// Returns the app client that the token was issued to (`aud`).
    pub fn audience(&self) -> &ClientId {
        &self.0.client
    }

    /// Returns the user's name (`cognito:username`).
    pub fn username(&self) -> Option<&str> {
        self.0.text(&self.0.parsed.username)
    }

    /// Returns the user's e-mail address (`email`), verified or not.
    pub fn email(&self) -> Option<&str> {
        self.0.text(&self.0.parsed.email)
    }

    /// Returns the `nonce` of the sign-in, in tokens of managed login.
    pub fn nonce(&self) -> Option<&str> {
        self.0.text(&self.0.parsed.nonce)
    }

    /// Requires that the token belongs to the sign-in with this `nonce`.
    ///
    /// See [OpenID Connect, 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation).
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingClaim`] or [`VerifyError::WrongNonce`].
    pub fn require_nonce(&self, nonce: &str) -> Result<(), VerifyError> {
        let found = self.nonce().ok_or(VerifyError::MissingClaim("nonce"))?;
        (found == nonce).then_some(()).ok_or(VerifyError::WrongNonce)
    }

    /// Requires that the access token was issued together with this ID token (`at_hash`).
    ///
    /// Tokens of managed login have the claim; those of the API do not. See [OpenID Connect,
    /// 3.1.3.6](https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken).
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingClaim`] or [`VerifyError::WrongAccessToken`].
    pub fn require_access_token(&self, token: &AccessToken) -> Result<(), VerifyError> {
        let hash = self.0.text(&self.0.parsed.at_hash);
        let hash = hash.ok_or(VerifyError::MissingClaim("at_hash"))?;
        let digest = digest::digest(&SHA256, token.expose_secret().as_bytes());
        let half = digest.as_ref().get(..16).unwrap_or_default();
        let same = base64url::decode(hash).is_some_and(|hash| hash == half);
        same.then_some(()).ok_or(VerifyError::WrongAccessToken)
    }
}

macro_rules! common_accessors {
    ($($claims:ident)+) => {$(
        impl $claims {
            /// Returns the id of the user (`sub`); in tokens of machines, the id of the client.
            pub fn subject(&self) -> &str {
                self.0.text(&self.0.common().subject).unwrap_or_default()
            }

            /// Returns the issuer of the token (`iss`), which identifies the pool.
            pub fn issuer(&self) -> &str {
                &self.0.issuer
            }

            /// Returns the user's groups (`cognito:groups`).
            pub fn groups(&self) -> &[String] {
                &self.0.common().groups
            }

            /// Returns whether the user is in this group.
            pub fn in_group(&self, group: &str) -> bool {
                self.groups().iter().any(|member| member == group)
            }

            /// Returns the time at which the token expires (`exp`).
            pub fn expires_at(&self) -> SystemTime {
                self.0.common().expires_at
            }

            /// Returns the time at which the token was issued (`iat`).
            pub fn issued_at(&self) -> Option<SystemTime> {
                self.0.common().issued_at
            }

            /// Returns the time of the sign-in (`auth_time`), which a refresh does not change.
            pub fn auth_time(&self) -> Option<SystemTime> {
                self.0.common().auth_time
            }

            /// Returns the id of the token (`jti`).
            pub fn jti(&self) -> Option<&str> {
                self.0.text(&self.0.common().jti)
            }

            /// Returns the id of the sign-in (`origin_jti`), by which tokens are revoked.
            pub fn origin_jti(&self) -> Option<&str> {
                self.0.text(&self.0.common().origin_jti)
            }

            /// Returns the id of the sign-in in the pool's logs (`event_id`).
            pub fn event_id(&self) -> Option<&str> {
                self.0.text(&self.0.common().event_id)
            }

            /// Returns the actors that use the token for the user (`act`, RFC 8693, 4.1): the
            /// current one first, then the actors that delegated to it. Tokens that were not
            /// exchanged have none.
            pub fn actors(&self) -> &[String] {
                &self.0.common().actors
            }

            /// Deserializes all claims of the token into a type of the program.
            ///
            /// Custom attributes are texts, so a field of type `bool` also accepts the texts
            /// `true` and `false`. Numbers keep their value (`serde_json::Number`).
            ///
            /// # Errors
            ///
            /// [`CustomClaimsError`] when the claims are not of that shape.
            pub fn extra<T: DeserializeOwned>(&self) -> Result<T, CustomClaimsError> {
                custom::read(&self.0.payload)
            }
        }

        impl fmt::Debug for $claims {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // No other claims, which may be personal data.
                f.debug_struct(stringify!($claims))
                    .field("subject", &self.subject())
                    .field("issuer", &self.issuer())
                    .field("client", &self.0.client)
                    .field("expires_at", &self.expires_at())
                    .finish_non_exhaustive()
            }
        }
    )+};
}

common_accessors!(AccessClaims IdClaims);

/// The error for claims that do not match the requested type.
#[derive(Debug, thiserror::Error)]
#[error("the token's claims are not of the expected shape")]
pub struct CustomClaimsError(#[source] pub(crate) serde_json::Error);
