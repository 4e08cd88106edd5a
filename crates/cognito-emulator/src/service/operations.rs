//! The operations that are implemented, by their names.

mod admin;
mod answers;
mod app_clients;
mod client_secrets;
mod client_token;
mod custom_auth;
mod devices;
mod domains;
mod first_factors;
mod identity_providers;
mod import_jobs;
mod mfa;
mod pages;
mod passkeys;
mod pools;
mod profile;
mod protection;
mod provisioned_limits;
mod questions;
mod recovery;
mod registration;
mod renewal;
mod replicas;
mod resource_servers;
mod sign_in;
mod tags;
mod user_attributes;

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
    "AdminConfirmSignUp" => admin::confirm_sign_up,
    "AdminCreateUser" => admin::create_user,
    "AdminDeleteUser" => profile::admin_delete_user,
    "AdminDeleteUserAttributes" => user_attributes::admin_delete_user_attributes,
    "AdminDisableUser" => admin::disable_user,
    "AdminEnableUser" => admin::enable_user,
    "AdminForgetDevice" => devices::admin_forget_device,
    "AdminGetDevice" => devices::admin_get_device,
    "AdminGetUser" => admin::get_user,
    "AdminGetUserAuthFactors" => profile::admin_get_user_auth_factors,
    "AdminInitiateAuth" => sign_in::admin_initiate_auth,
    "AdminListDevices" => devices::admin_list_devices,
    "AdminResetUserPassword" => recovery::admin_reset_user_password,
    "AdminRespondToAuthChallenge" => answers::admin_respond_to_auth_challenge,
    "AdminSetUserMFAPreference" => mfa::admin_set_user_mfa_preference,
    "AdminSetUserPassword" => admin::set_user_password,
    "AdminUpdateDeviceStatus" => devices::admin_update_device_status,
    "AdminUpdateUserAttributes" => user_attributes::admin_update_user_attributes,
    "AdminUserGlobalSignOut" => profile::admin_user_global_sign_out,
    "AssociateSoftwareToken" => mfa::associate_software_token,
    "ChangePassword" => recovery::change_password,
    "CompleteWebAuthnRegistration" => passkeys::complete_registration,
    "ConfirmDevice" => devices::confirm_device,
    "ConfirmForgotPassword" => recovery::confirm_forgot_password,
    "ConfirmSignUp" => registration::confirm_sign_up,
    "CreateIdentityProvider" => identity_providers::create,
    "CreateManagedLoginBranding" => pages::create_branding,
    "CreateResourceServer" => resource_servers::create,
    "CreateTerms" => pages::create_terms,
    "CreateUserImportJob" => import_jobs::create,
    "CreateUserPool" => pools::create,
    "CreateUserPoolClient" => app_clients::create,
    "CreateUserPoolDomain" => domains::create,
    "CreateUserPoolReplica" => replicas::create,
    "DeleteIdentityProvider" => identity_providers::delete,
    "DeleteManagedLoginBranding" => pages::delete_branding,
    "DeleteResourceServer" => resource_servers::delete,
    "DeleteTerms" => pages::delete_terms,
    "DeleteUser" => profile::delete_user,
    "DeleteUserAttributes" => user_attributes::delete_user_attributes,
    "DeleteUserPool" => pools::delete,
    "DeleteUserPoolClient" => app_clients::delete,
    "DeleteUserPoolClientSecret" => client_secrets::delete,
    "DeleteUserPoolDomain" => domains::delete,
    "DeleteUserPoolReplica" => replicas::delete,
    "DeleteWebAuthnCredential" => passkeys::delete,
    "DescribeIdentityProvider" => identity_providers::describe,
    "DescribeManagedLoginBranding" => pages::describe_branding,
    "DescribeManagedLoginBrandingByClient" => pages::describe_branding_by_client,
    "DescribeResourceServer" => resource_servers::describe,
    "DescribeRiskConfiguration" => protection::describe_risk,
    "DescribeTerms" => pages::describe_terms,
    "DescribeTermsByClient" => pages::describe_terms_by_client,
    "DescribeUserImportJob" => import_jobs::describe,
    "DescribeUserPool" => pools::describe,
    "DescribeUserPoolClient" => app_clients::describe,
    "DescribeUserPoolDomain" => domains::describe,
    "ForgetDevice" => devices::forget_device,
    "ForgotPassword" => recovery::forgot_password,
    "GetCSVHeader" => import_jobs::csv_header,
    "GetClientToken" => client_token::get_client_token,
    "GetDevice" => devices::get_device,
    "GetIdentityProviderByIdentifier" => identity_providers::by_identifier,
    "GetLogDeliveryConfiguration" => protection::get_log_delivery,
    "GetProvisionedLimit" => provisioned_limits::get,
    "GetTokensFromRefreshToken" => renewal::get_tokens,
    "GetUICustomization" => pages::get_ui_customization,
    "GetUser" => profile::get_user,
    "GetUserAttributeVerificationCode" => user_attributes::get_verification_code,
    "GetUserAuthFactors" => profile::get_user_auth_factors,
    "GetUserPoolMfaConfig" => pools::get_mfa_config,
    "GlobalSignOut" => profile::global_sign_out,
    "InitiateAuth" => sign_in::initiate_auth,
    "ListDevices" => devices::list_devices,
    "ListIdentityProviders" => identity_providers::list,
    "ListResourceServers" => resource_servers::list,
    "ListTagsForResource" => tags::list,
    "ListTerms" => pages::list_terms,
    "ListUserImportJobs" => import_jobs::list,
    "ListUserPoolClientSecrets" => client_secrets::list,
    "ListUserPoolClients" => app_clients::list,
    "ListUserPoolReplicas" => replicas::list,
    "ListUserPools" => pools::list,
    "ListWebAuthnCredentials" => passkeys::list,
    "ResendConfirmationCode" => registration::resend_confirmation_code,
    "RespondToAuthChallenge" => answers::respond_to_auth_challenge,
    "RevokeToken" => renewal::revoke_token,
    "SetLogDeliveryConfiguration" => protection::set_log_delivery,
    "SetRiskConfiguration" => protection::set_risk,
    "SetUICustomization" => pages::set_ui_customization,
    "SetUserMFAPreference" => mfa::set_user_mfa_preference,
    "SetUserPoolMfaConfig" => pools::set_mfa_config,
    "SignUp" => registration::sign_up,
    "StartUserImportJob" => import_jobs::start,
    "StartWebAuthnRegistration" => passkeys::start_registration,
    "StopUserImportJob" => import_jobs::stop,
    "TagResource" => tags::tag,
    "UntagResource" => tags::untag,
    "UpdateDeviceStatus" => devices::update_device_status,
    "UpdateIdentityProvider" => identity_providers::update,
    "UpdateManagedLoginBranding" => pages::update_branding,
    "UpdateProvisionedLimit" => provisioned_limits::update,
    "UpdateResourceServer" => resource_servers::update,
    "UpdateTerms" => pages::update_terms,
    "UpdateUserAttributes" => user_attributes::update_user_attributes,
    "UpdateUserPool" => pools::update,
    "UpdateUserPoolClient" => app_clients::update,
    "UpdateUserPoolDomain" => domains::update,
    "UpdateUserPoolReplica" => replicas::update,
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
