//! The operations that are implemented, by their names.

mod admin;
mod answers;
mod app_clients;
mod mfa;
mod pools;
mod profile;
mod questions;
mod registration;
mod renewal;
mod sign_in;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Service;
use super::error::ApiError;

type Output = Result<Value, ApiError>;

/// The names of all operations that are implemented.
pub(crate) const IMPLEMENTED: &[&str] = &[
    "AdminConfirmSignUp",
    "AdminCreateUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminGetUser",
    "AdminSetUserMFAPreference",
    "AdminSetUserPassword",
    "AssociateSoftwareToken",
    "ConfirmSignUp",
    "CreateUserPool",
    "CreateUserPoolClient",
    "DescribeUserPool",
    "DescribeUserPoolClient",
    "GetTokensFromRefreshToken",
    "GetUser",
    "GetUserPoolMfaConfig",
    "GlobalSignOut",
    "InitiateAuth",
    "ResendConfirmationCode",
    "RespondToAuthChallenge",
    "RevokeToken",
    "SetUserMFAPreference",
    "SetUserPoolMfaConfig",
    "SignUp",
    "VerifySoftwareToken",
];

pub(crate) fn run(service: &mut Service, operation: &str, input: Value) -> Output {
    match operation {
        "AdminConfirmSignUp" => with(service, input, admin::confirm_sign_up),
        "AdminCreateUser" => with(service, input, admin::create_user),
        "AdminDisableUser" => with(service, input, admin::disable_user),
        "AdminEnableUser" => with(service, input, admin::enable_user),
        "AdminGetUser" => with(service, input, admin::get_user),
        "AdminSetUserMFAPreference" => with(service, input, mfa::admin_set_user_mfa_preference),
        "AdminSetUserPassword" => with(service, input, admin::set_user_password),
        "AssociateSoftwareToken" => with(service, input, mfa::associate_software_token),
        "ConfirmSignUp" => with(service, input, registration::confirm_sign_up),
        "CreateUserPool" => with(service, input, pools::create_user_pool),
        "CreateUserPoolClient" => with(service, input, app_clients::create_user_pool_client),
        "DescribeUserPool" => with(service, input, pools::describe_user_pool),
        "DescribeUserPoolClient" => with(service, input, app_clients::describe_user_pool_client),
        "GetTokensFromRefreshToken" => with(service, input, renewal::get_tokens),
        "GetUser" => with(service, input, profile::get_user),
        "GetUserPoolMfaConfig" => with(service, input, pools::get_user_pool_mfa_config),
        "GlobalSignOut" => with(service, input, profile::global_sign_out),
        "InitiateAuth" => with(service, input, sign_in::initiate_auth),
        "ResendConfirmationCode" => with(service, input, registration::resend_confirmation_code),
        "RespondToAuthChallenge" => with(service, input, answers::respond_to_auth_challenge),
        "RevokeToken" => with(service, input, renewal::revoke_token),
        "SetUserMFAPreference" => with(service, input, mfa::set_user_mfa_preference),
        "SetUserPoolMfaConfig" => with(service, input, pools::set_user_pool_mfa_config),
        "SignUp" => with(service, input, registration::sign_up),
        "VerifySoftwareToken" => with(service, input, mfa::verify_software_token),
        other => Err(ApiError::unknown_operation(format!(
            "The embedded pool does not implement {other}. It implements {}.",
            IMPLEMENTED.join(", ")
        ))),
    }
}

fn with<I: DeserializeOwned>(
    service: &mut Service,
    input: Value,
    operation: fn(&mut Service, I) -> Output,
) -> Output {
    let input = serde_json::from_value(input)
        .map_err(|error| ApiError::serialization(error.to_string()))?;
    operation(service, input)
}

/// The members that name a user of a pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserInput {
    user_pool_id: Option<String>,
    username: Option<String>,
}
