//! The secret of an app client that the service publishes in AWS Secrets Manager.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::client_id::ClientId;
use crate::pool_id::UserPoolId;
use crate::secret::{ClientSecret, secret_text};

/// The secret of an app client that the service publishes in AWS Secrets Manager
/// (`PublishSecretsInAWSSecretsManager`), where it is rotated every seven days by default.
///
/// Deserialize it from the SecretString of the secret with the ARN `ClientSecretArn`. When the
/// service refuses the secret, read it again in the function of `client_secret_from`.
///
/// ```
/// # mod cognito { pub use cognito_types as types; }
/// use cognito::types::PublishedSecret;
///
/// let secret_string = r#"{
///     "userPoolId": "eu-west-1_Ab12Cd34E",
///     "userPoolClientId": "1example23456789",
///     "clientSecretValue": "9example87654321"
/// }"#;
/// let published: PublishedSecret = serde_json::from_str(secret_string)?;
/// assert_eq!(published.client_id().as_str(), "1example23456789");
/// assert_eq!(published.client_secret().expose_secret(), "9example87654321");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PublishedSecret {
    user_pool_id: UserPoolId,
    client_id: ClientId,
    client_secret: ClientSecret,
}

impl PublishedSecret {
    /// Returns the user pool of the app client.
    pub fn user_pool_id(&self) -> &UserPoolId {
        &self.user_pool_id
    }

    /// Returns the id of the app client.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Returns the secret of the app client.
    pub fn client_secret(&self) -> &ClientSecret {
        &self.client_secret
    }
}

impl<'de> Deserialize<'de> for PublishedSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Members {
            user_pool_id: String,
            user_pool_client_id: String,
            #[serde(deserialize_with = "secret_text")]
            client_secret_value: String,
        }
        let members = Members::deserialize(deserializer)?;
        let client_secret = ClientSecret::from(members.client_secret_value);
        Ok(Self {
            user_pool_id: members.user_pool_id.parse().map_err(D::Error::custom)?,
            client_id: members.user_pool_client_id.into(),
            client_secret,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"userPoolId":"eu-west-1_Ab12Cd34E","userPoolClientId":"id",
        "clientSecretValue":"planted","another":1}"#;

    #[test]
    fn unknown_members_are_ignored_and_the_secret_is_not_printed() {
        let published: PublishedSecret = serde_json::from_str(TEXT).unwrap();
        assert_eq!(published.user_pool_id().as_str(), "eu-west-1_Ab12Cd34E");
        assert!(!format!("{published:?}").contains("planted"));
    }

    #[test]
    fn error_does_not_quote_a_secret_of_another_type() {
        let text = TEXT.replace("\"planted\"", "123456");
        let error = serde_json::from_str::<PublishedSecret>(&text).unwrap_err();
        assert!(!error.to_string().contains("123456"), "{error}");
    }

    #[test]
    fn missing_or_malformed_members_are_rejected() {
        for (member, replacement) in [
            ("\"userPoolId\":\"eu-west-1_Ab12Cd34E\",", ""),
            ("eu-west-1_Ab12Cd34E", "a pool"),
            ("\"clientSecretValue\":\"planted\",", ""),
            ("\"planted\"", "7"),
        ] {
            let text = TEXT.replace(member, replacement);
            assert!(serde_json::from_str::<PublishedSecret>(&text).is_err(), "{text}");
        }
    }
}
