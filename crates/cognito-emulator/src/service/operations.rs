//! The operations that are implemented, by their names.

mod admin;
mod admin_mfa;
mod answers;
mod app_clients;
mod auth_events;
mod client_secrets;
mod client_token;
mod custom_auth;
mod devices;
mod first_factors;
mod groups;
mod identities;
mod mfa;
mod passkeys;
mod pools;
mod profile;
mod questions;
mod recovery;
mod registration;
mod renewal;
mod resource_servers;
mod sessions;
mod sign_in;
mod user_attributes;
mod user_creation;
mod user_lists;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Service;
use super::error::ApiError;

type Output = Result<Value, ApiError>;

/// Makes the table of operations, each of which takes a request of its own type.
macro_rules! operations {
    ($($name:literal => $operation:path,)+) => {
        const OPERATIONS: &[(&str, fn(&mut Service, Value) -> Output)] =
            &[$(($name, |service, input| $operation(service, read(input)?))),+];
    };
}

operations! {
    "AddCustomAttributes" => pools::add_custom_attributes,
    "AddUserPoolClientSecret" => client_secrets::add,
    "AdminAddUserToGroup" => groups::add_user,
    "AdminConfirmSignUp" => admin::confirm_sign_up,
    "AdminCreateUser" => user_creation::create_user,
    "AdminDeleteSoftwareToken" => admin_mfa::delete_software_token,
    "AdminDeleteUser" => profile::admin_delete_user,
    "AdminDeleteUserAttributes" => user_attributes::admin_delete_user_attributes,
    "AdminDisableProviderForUser" => identities::disable,
    "AdminDisableUser" => admin::disable_user,
    "AdminEnableUser" => admin::enable_user,
    "AdminForgetDevice" => devices::admin_forget_device,
    "AdminGetDevice" => devices::admin_get_device,
    "AdminGetUser" => admin::get_user,
    "AdminGetUserAuthFactors" => profile::admin_get_user_auth_factors,
    "AdminInitiateAuth" => sign_in::admin_initiate_auth,
    "AdminLinkProviderForUser" => identities::link,
    "AdminListDevices" => devices::admin_list_devices,
    "AdminListGroupsForUser" => groups::list_for_user,
    "AdminListUserAuthEvents" => auth_events::list,
    "AdminListUserSessions" => sessions::admin_list,
    "AdminRemoveUserFromGroup" => groups::remove_user,
    "AdminResetUserPassword" => recovery::admin_reset_user_password,
    "AdminRespondToAuthChallenge" => answers::admin_respond_to_auth_challenge,
    "AdminRevokeUserSession" => sessions::admin_revoke,
    "AdminSetUserMFAPreference" => mfa::admin_set_user_mfa_preference,
    "AdminSetUserPassword" => admin::set_user_password,
    "AdminSetUserSettings" => admin_mfa::admin_set_user_settings,
    "AdminUpdateAuthEventFeedback" => auth_events::admin_update_feedback,
    "AdminUpdateDeviceStatus" => devices::admin_update_device_status,
    "AdminUpdateUserAttributes" => user_attributes::admin_update_user_attributes,
    "AdminUserGlobalSignOut" => profile::admin_user_global_sign_out,
    "AssociateSoftwareToken" => mfa::associate_software_token,
    "ChangePassword" => recovery::change_password,
    "CompleteWebAuthnRegistration" => passkeys::complete_registration,
    "ConfirmDevice" => devices::confirm_device,
    "ConfirmForgotPassword" => recovery::confirm_forgot_password,
    "ConfirmSignUp" => registration::confirm_sign_up,
    "CreateGroup" => groups::create,
    "CreateResourceServer" => resource_servers::create,
    "CreateUserPool" => pools::create,
    "CreateUserPoolClient" => app_clients::create,
    "DeleteGroup" => groups::delete,
    "DeleteResourceServer" => resource_servers::delete,
    "DeleteUser" => profile::delete_user,
    "DeleteUserAttributes" => user_attributes::delete_user_attributes,
    "DeleteUserPool" => pools::delete,
    "DeleteUserPoolClient" => app_clients::delete,
    "DeleteUserPoolClientSecret" => client_secrets::delete,
    "DeleteWebAuthnCredential" => passkeys::delete,
    "DescribeResourceServer" => resource_servers::describe,
    "DescribeUserPool" => pools::describe,
    "DescribeUserPoolClient" => app_clients::describe,
    "ForgetDevice" => devices::forget_device,
    "ForgotPassword" => recovery::forgot_password,
    "GetClientToken" => client_token::get_client_token,
    "GetDevice" => devices::get_device,
    "GetGroup" => groups::get,
    "GetTokensFromRefreshToken" => renewal::get_tokens,
    "GetUser" => profile::get_user,
    "GetUserAttributeVerificationCode" => user_attributes::get_verification_code,
    "GetUserAuthFactors" => profile::get_user_auth_factors,
    "GetUserPoolMfaConfig" => pools::get_mfa_config,
    "GlobalSignOut" => profile::global_sign_out,
    "InitiateAuth" => sign_in::initiate_auth,
    "ListDevices" => devices::list_devices,
    "ListGroups" => groups::list,
    "ListResourceServers" => resource_servers::list,
    "ListUserPoolClientSecrets" => client_secrets::list,
    "ListUserPoolClients" => app_clients::list,
    "ListUserPools" => pools::list,
    "ListUserSessions" => sessions::list,
    "ListUsers" => user_lists::list,
    "ListUsersInGroup" => user_lists::list_in_group,
    "ListWebAuthnCredentials" => passkeys::list,
    "ResendConfirmationCode" => registration::resend_confirmation_code,
    "RespondToAuthChallenge" => answers::respond_to_auth_challenge,
    "RevokeToken" => renewal::revoke_token,
    "RevokeUserSession" => sessions::revoke,
    "SetUserMFAPreference" => mfa::set_user_mfa_preference,
    "SetUserPoolMfaConfig" => pools::set_mfa_config,
    "SetUserSettings" => admin_mfa::set_user_settings,
    "SignUp" => registration::sign_up,
    "StartWebAuthnRegistration" => passkeys::start_registration,
    "UpdateAuthEventFeedback" => auth_events::update_feedback,
    "UpdateDeviceStatus" => devices::update_device_status,
    "UpdateGroup" => groups::update,
    "UpdateResourceServer" => resource_servers::update,
    "UpdateUserAttributes" => user_attributes::update_user_attributes,
    "UpdateUserPool" => pools::update,
    "UpdateUserPoolClient" => app_clients::update,
    "VerifySoftwareToken" => mfa::verify_software_token,
    "VerifyUserAttribute" => user_attributes::verify_user_attribute,
}

pub(crate) fn run(service: &mut Service, operation: &str, input: Value) -> Output {
    match OPERATIONS.iter().find(|(name, _)| *name == operation) {
        Some((_, run)) => run(service, input),
        None => Err(ApiError::unknown_operation(format!(
            "The embedded pool does not implement {operation}. It implements {}.",
            OPERATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        ))),
    }
}

fn read<I: DeserializeOwned>(input: Value) -> Result<I, ApiError> {
    serde_json::from_value(input).map_err(|error| ApiError::serialization(error.to_string()))
}

/// The members that name a user of a pool.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserInput {
    user_pool_id: Option<String>,
    username: Option<String>,
}
