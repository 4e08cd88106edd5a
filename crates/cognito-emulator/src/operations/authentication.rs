//! The response of sign-ins and refreshes: tokens, or a challenge.

use serde::Serialize;

use crate::flows::sign_in::progress::{Progress, SentChallenge, SignedIn};
use crate::flows::tokens::{IssuedTokens, NewDevice};
use crate::flows::triggers::Strings;

/// The response of InitiateAuth and RespondToAuthChallenge.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthenticationResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_result: Option<AuthenticationResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_challenges: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_name: Option<&'static str>,
    challenge_parameters: Strings,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

/// AuthenticationResultType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthenticationResult {
    access_token: String,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_device_metadata: Option<NewDeviceMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    token_type: &'static str,
}

/// NewDeviceMetadataType.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewDeviceMetadata {
    device_group_key: String,
    device_key: String,
}

impl From<Progress> for AuthenticationResponse {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::SignedIn(SignedIn { tokens, .. }) => {
                Self { authentication_result: tokens.map(Into::into), ..Self::default() }
            }
            Progress::Challenged(SentChallenge { name, parameters, session, available }) => Self {
                available_challenges: available,
                challenge_name: Some(name),
                challenge_parameters: parameters,
                session,
                ..Self::default()
            },
        }
    }
}

impl From<IssuedTokens> for AuthenticationResponse {
    fn from(tokens: IssuedTokens) -> Self {
        Self { authentication_result: Some(tokens.into()), ..Self::default() }
    }
}

impl From<IssuedTokens> for AuthenticationResult {
    fn from(tokens: IssuedTokens) -> Self {
        Self {
            access_token: tokens.access,
            expires_in: tokens.lifetime,
            id_token: tokens.id,
            new_device_metadata: tokens.new_device.map(NewDeviceMetadata::from),
            refresh_token: tokens.refresh,
            token_type: "Bearer",
        }
    }
}

impl From<NewDevice> for NewDeviceMetadata {
    fn from(NewDevice { key, group_key }: NewDevice) -> Self {
        Self { device_group_key: group_key, device_key: key }
    }
}
