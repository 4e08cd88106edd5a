//! The AWS credentials and OpenID tokens of identities.

use serde::{Deserialize, Serialize};

use crate::flows::identity_pools::Logins;
use crate::flows::identity_pools::credentials::{self, AwsCredentials};
use crate::flows::identity_pools::open_id_token::{self, OpenIdToken};
use crate::flows::service::Service;
use crate::model::ServiceError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CredentialsRequest {
    identity_id: String,
    #[serde(default)]
    logins: Logins,
    custom_role_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CredentialsResponse {
    identity_id: String,
    credentials: Credentials,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_key: String,
    session_token: String,
    expiration: u64,
}

impl From<AwsCredentials> for CredentialsResponse {
    fn from(issued: AwsCredentials) -> Self {
        let AwsCredentials { identity_id, access_key_id, secret_key, session_token, expiration } =
            issued;
        let credentials = Credentials { access_key_id, secret_key, session_token, expiration };
        Self { identity_id, credentials }
    }
}

pub(super) fn get_credentials(
    service: &Service,
    request: CredentialsRequest,
) -> Result<CredentialsResponse, ServiceError> {
    let CredentialsRequest { identity_id, logins, custom_role_arn } = request;
    let issued = credentials::issue(service, &identity_id, &logins, custom_role_arn)?;
    Ok(issued.into())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRequest {
    identity_id: String,
    #[serde(default)]
    logins: Logins,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenResponse {
    identity_id: String,
    token: String,
}

impl From<OpenIdToken> for TokenResponse {
    fn from(OpenIdToken { identity_id, token }: OpenIdToken) -> Self {
        Self { identity_id, token }
    }
}

pub(super) fn get_open_id_token(
    service: &Service,
    request: TokenRequest,
) -> Result<TokenResponse, ServiceError> {
    open_id_token::issue(service, &request.identity_id, &request.logins).map(Into::into)
}
