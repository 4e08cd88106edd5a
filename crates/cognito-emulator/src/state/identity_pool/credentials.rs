//! Fake AWS credentials that were issued to identities.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The name of role sessions, unless the caller assumes the role.
pub(crate) const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// The validity of credentials in seconds.
pub(crate) const LIFETIME: u64 = 3600;

/// The maximum number of credentials; the newest are kept.
pub(crate) const KEPT: usize = 10_000;

/// The identity and the role that AWS credentials were issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialsRecord {
    /// The id of the access key, which begins with `ASIA`.
    pub access_key_id: String,
    /// The identity pool.
    pub identity_pool_id: String,
    /// The identity of the user or guest.
    pub identity_id: String,
    /// The providers of the verified logins; empty for a guest.
    pub logins: Vec<String>,
    /// The role that the identity pool selected, or that was assumed.
    pub role_arn: String,
    /// The name of the role's session, which is `CognitoIdentityCredentials` unless the caller has
    /// assumed the role (AssumeRoleWithWebIdentity).
    pub role_session_name: String,
    /// The expiration by the test clock.
    pub expiration: SystemTime,
}

/// The stored identity and role of an access key id.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IssuedCredentials {
    pub(crate) identity_pool_id: String,
    pub(crate) identity_id: String,
    pub(crate) role_arn: String,
    pub(crate) role_session_name: String,
    /// The providers of the verified logins; empty for a guest.
    pub(crate) logins: Vec<String>,
}

impl IssuedCredentials {
    /// Returns the record of an access key id, with its expiration in seconds since 1970.
    pub(crate) fn record(&self, access_key_id: &str, expiration: u64) -> CredentialsRecord {
        let expiration = UNIX_EPOCH.checked_add(Duration::from_secs(expiration));
        CredentialsRecord {
            access_key_id: access_key_id.to_owned(),
            identity_pool_id: self.identity_pool_id.clone(),
            identity_id: self.identity_id.clone(),
            logins: self.logins.clone(),
            role_arn: self.role_arn.clone(),
            role_session_name: self.role_session_name.clone(),
            expiration: expiration.unwrap_or(UNIX_EPOCH),
        }
    }

    /// Returns a session token that names the identity and the role.
    pub(crate) fn session_token(&self, random: &str) -> String {
        let token = json!({
            "IdentityId": self.identity_id,
            "RoleArn": self.role_arn,
            "RoleSessionName": self.role_session_name,
            "Random": random,
        });
        STANDARD.encode(token.to_string())
    }
}
