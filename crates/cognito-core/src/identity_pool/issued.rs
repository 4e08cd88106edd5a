//! AWS credentials and OpenID tokens of identities.

use std::fmt;
use std::io;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cognito_tokens::unverified_expiry;
use cognito_types::IdentityId;
use serde::Serialize;
use zeroize::Zeroizing;

/// AWS credentials of an identity, with their expiration.
///
/// `Debug` prints the secret key and the session token as redacted. They are wiped when the last
/// clone is dropped.
#[derive(Clone, Debug)]
pub struct IdentityCredentials {
    pub(super) identity_id: IdentityId,
    pub(super) credentials: Credentials,
    pub(super) expires_at: SystemTime,
}

impl IdentityCredentials {
    /// Returns the identity of the credentials, which IAM policies refer to as
    /// `${cognito-identity.amazonaws.com:sub}`.
    pub fn identity_id(&self) -> &IdentityId {
        &self.identity_id
    }

    /// Returns the credentials as a type of the AWS SDK.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Returns the expiration from the response.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Writes the credentials as JSON of version 1, the output of a program that
    /// `credential_process` in `~/.aws/config` names.
    ///
    /// See [sourcing credentials with an external
    /// process](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html).
    ///
    /// # Errors
    ///
    /// The error of the writer, or `InvalidData` for an expiration after the year 9999.
    ///
    /// # Security
    ///
    /// The output contains the secret key. AWS requires that the program writes it to the standard
    /// output only.
    pub fn write_process_output(&self, mut writer: impl io::Write) -> io::Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output<'a> {
            version: u32,
            access_key_id: &'a str,
            secret_access_key: &'a str,
            session_token: Option<&'a str>,
            expiration: &'a str,
        }
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let expiration = DateTime::from(self.expires_at).fmt(Format::DateTime).map_err(invalid)?;
        let output = Output {
            version: 1,
            access_key_id: self.credentials.access_key_id(),
            secret_access_key: self.credentials.secret_access_key(),
            session_token: self.credentials.session_token(),
            expiration: &expiration,
        };
        serde_json::to_writer(&mut writer, &output)?;
        writer.flush()
    }
}

/// An OpenID token of an identity, which AWS STS exchanges for credentials
/// (AssumeRoleWithWebIdentity). It is valid for ten minutes.
///
/// `Debug` prints `[redacted]`. The token is wiped from memory when the last clone is dropped.
#[derive(Clone)]
pub struct OpenIdToken {
    pub(super) identity_id: IdentityId,
    pub(super) token: Zeroizing<String>,
}

impl OpenIdToken {
    /// Returns the identity of the token, its claim `sub`.
    pub fn identity_id(&self) -> &IdentityId {
        &self.identity_id
    }

    /// Returns the token, a JWT, for a web identity token file or a request to STS.
    pub fn expose_secret(&self) -> &str {
        &self.token
    }

    /// Returns when the token expires, by its claim `exp`.
    pub fn expires_at(&self) -> Option<SystemTime> {
        unverified_expiry(&self.token)
    }
}

impl fmt::Debug for OpenIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdToken")
            .field("identity_id", &self.identity_id)
            .field("token", &format_args!("[redacted]"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;

    fn issued(expires_at: SystemTime) -> IdentityCredentials {
        let (id, secret) = ("ASIAEXAMPLE".to_owned(), "planted/\"+".to_owned());
        let token = Some("planted token".to_owned());
        let identity_id = "eu-west-1:0-1".parse().unwrap();
        let credentials = Credentials::new(id, secret, token, Some(expires_at), "test");
        IdentityCredentials { identity_id, credentials, expires_at }
    }

    #[test]
    fn process_output_has_version_1_and_the_expiration() {
        let mut output = Vec::new();
        let at = UNIX_EPOCH + Duration::from_millis(1_795_000_000_500);
        issued(at).write_process_output(&mut output).unwrap();
        let output: Value = serde_json::from_slice(&output).unwrap();
        let expected = json!({
            "Version": 1,
            "AccessKeyId": "ASIAEXAMPLE",
            "SecretAccessKey": "planted/\"+",
            "SessionToken": "planted token",
            "Expiration": "2026-11-18T11:06:40.5Z",
        });
        assert_eq!(output, expected);
    }

    #[test]
    fn a_writer_that_fails_is_an_error() {
        let full: &mut [u8] = &mut [0; 8];
        assert!(issued(UNIX_EPOCH).write_process_output(full).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = issued(UNIX_EPOCH);
        let token = OpenIdToken {
            identity_id: credentials.identity_id.clone(),
            token: "planted".to_owned().into(),
        };
        let printed = format!("{credentials:?} {credentials:#?} {token:?} {token:#?}");
        assert!(!printed.contains("planted"), "{printed}");
        assert!(printed.contains("ASIAEXAMPLE") && printed.contains("[redacted]"), "{printed}");
    }
}
