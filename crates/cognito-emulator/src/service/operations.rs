//! The operations by their names, and how much of each there is.

mod admin;
mod admin_mfa;
mod answers;
mod app_clients;
mod auth_events;
mod client_secrets;
mod client_token;
mod custom_auth;
mod devices;
mod domains;
mod first_factors;
mod groups;
mod identities;
mod identity_providers;
mod import_jobs;
mod mfa;
mod migration;
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
mod session_settings;
mod sessions;
mod sign_in;
mod subject;
mod tags;
mod user_attributes;
mod user_creation;
mod user_lists;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Service;
use super::error::ApiError;
use crate::model;

type Output = Result<Value, ApiError>;

/// How much of an operation there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Support {
    /// It does what the service does, and refuses what the service refuses.
    Strict,
    /// What it is given is checked, kept and read back, and decides nothing else.
    Recorded,
    /// It is refused with UnknownOperationException.
    Missing,
}

/// The operations of the service in alphabetical order, and how much of each the embedded pool
/// has.
///
/// ```
/// use cognito_emulator::Support;
///
/// let all: Vec<_> = cognito_emulator::operations().collect();
/// assert!(all.contains(&("InitiateAuth", Support::Strict)));
/// assert!(all.contains(&("CreateTerms", Support::Recorded)));
/// ```
pub fn operations() -> impl Iterator<Item = (&'static str, Support)> {
    let support = |name| find(name).map_or(Support::Missing, |operation| operation.support);
    model::OPERATIONS.iter().map(move |operation| (operation.name, support(operation.name)))
}

struct Operation {
    name: &'static str,
    support: Support,
    /// Whether the handler checks its request, which the model does for the others.
    old: bool,
    run: fn(&mut Service, Value) -> Output,
}

/// Makes the table of operations. Each handler takes a request of a type of its own, which has been
/// checked against its shape. An operation without a mark is strict.
macro_rules! operations {
    ($($name:literal => $(@$old:ident)? $operation:path $([$support:ident])?,)+) => {
        const OPERATIONS: &[Operation] = &[$(Operation {
            name: $name,
            support: support!($($support)?),
            old: <[&str]>::len(&[$(stringify!($old))?]) > 0,
            run: |service, request| $operation(service, typed!($($old)?)(request)?),
        }),+];
    };
}

macro_rules! typed {
    () => {
        model::typed
    };
    (old) => {
        read
    };
}

macro_rules! support {
    () => {
        Support::Strict
    };
    ($support:ident) => {
        Support::$support
    };
}

operations! {
    "AddCustomAttributes" => @old pools::add_custom_attributes,
    "AddUserPoolClientSecret" => @old client_secrets::add,
    "AdminAddUserToGroup" => @old groups::add_user,
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
    "AdminListGroupsForUser" => @old groups::list_for_user,
    "AdminListUserAuthEvents" => @old auth_events::list,
    "AdminListUserSessions" => sessions::admin_list,
    "AdminRemoveUserFromGroup" => @old groups::remove_user,
    "AdminResetUserPassword" => recovery::admin_reset_user_password,
    "AdminRespondToAuthChallenge" => answers::admin_respond_to_auth_challenge,
    "AdminRevokeUserSession" => sessions::admin_revoke,
    "AdminSetUserMFAPreference" => mfa::admin_set_user_mfa_preference,
    "AdminSetUserPassword" => admin::set_user_password,
    "AdminSetUserSettings" => admin_mfa::admin_set_user_settings,
    "AdminUpdateAuthEventFeedback" => @old auth_events::admin_update_feedback,
    "AdminUpdateDeviceStatus" => devices::admin_update_device_status,
    "AdminUpdateUserAttributes" => user_attributes::admin_update_user_attributes,
    "AdminUserGlobalSignOut" => profile::admin_user_global_sign_out,
    "AssociateSoftwareToken" => mfa::associate_software_token,
    "ChangePassword" => recovery::change_password,
    "CompleteWebAuthnRegistration" => passkeys::complete_registration,
    "ConfirmDevice" => devices::confirm_device,
    "ConfirmForgotPassword" => recovery::confirm_forgot_password,
    "ConfirmSignUp" => registration::confirm_sign_up,
    "CreateGroup" => @old groups::create,
    "CreateIdentityProvider" => @old identity_providers::create [Recorded],
    "CreateManagedLoginBranding" => @old pages::create_branding [Recorded],
    "CreateResourceServer" => @old resource_servers::create,
    "CreateTerms" => @old pages::create_terms [Recorded],
    "CreateUserImportJob" => @old import_jobs::create [Recorded],
    "CreateUserPool" => @old pools::create,
    "CreateUserPoolClient" => @old app_clients::create,
    "CreateUserPoolDomain" => @old domains::create [Recorded],
    "CreateUserPoolReplica" => @old replicas::create [Recorded],
    "DeleteGroup" => @old groups::delete,
    "DeleteIdentityProvider" => @old identity_providers::delete [Recorded],
    "DeleteManagedLoginBranding" => @old pages::delete_branding [Recorded],
    "DeleteResourceServer" => @old resource_servers::delete,
    "DeleteTerms" => @old pages::delete_terms [Recorded],
    "DeleteUser" => profile::delete_user,
    "DeleteUserAttributes" => user_attributes::delete_user_attributes,
    "DeleteUserPool" => @old pools::delete,
    "DeleteUserPoolClient" => @old app_clients::delete,
    "DeleteUserPoolClientSecret" => @old client_secrets::delete,
    "DeleteUserPoolDomain" => @old domains::delete [Recorded],
    "DeleteUserPoolReplica" => @old replicas::delete [Recorded],
    "DeleteWebAuthnCredential" => passkeys::delete,
    "DescribeIdentityProvider" => @old identity_providers::describe [Recorded],
    "DescribeManagedLoginBranding" => @old pages::describe_branding [Recorded],
    "DescribeManagedLoginBrandingByClient" => @old pages::describe_branding_by_client [Recorded],
    "DescribeResourceServer" => @old resource_servers::describe,
    "DescribeRiskConfiguration" => @old protection::describe_risk [Recorded],
    "DescribeTerms" => @old pages::describe_terms [Recorded],
    "DescribeTermsByClient" => @old pages::describe_terms_by_client [Recorded],
    "DescribeUserImportJob" => @old import_jobs::describe [Recorded],
    "DescribeUserPool" => @old pools::describe,
    "DescribeUserPoolClient" => @old app_clients::describe,
    "DescribeUserPoolDomain" => @old domains::describe [Recorded],
    "ForgetDevice" => devices::forget_device,
    "ForgotPassword" => recovery::forgot_password,
    "GetCSVHeader" => @old import_jobs::csv_header,
    "GetClientToken" => client_token::get_client_token,
    "GetDevice" => devices::get_device,
    "GetGroup" => @old groups::get,
    "GetIdentityProviderByIdentifier" => @old identity_providers::by_identifier [Recorded],
    "GetLogDeliveryConfiguration" => @old protection::get_log_delivery [Recorded],
    "GetProvisionedLimit" => @old provisioned_limits::get [Recorded],
    "GetTokensFromRefreshToken" => renewal::get_tokens,
    "GetUICustomization" => @old pages::get_ui_customization [Recorded],
    "GetUser" => profile::get_user,
    "GetUserAttributeVerificationCode" => user_attributes::get_verification_code,
    "GetUserAuthFactors" => profile::get_user_auth_factors,
    "GetUserPoolClientSessionConfiguration" => @old session_settings::get_of_client [Recorded],
    "GetUserPoolMfaConfig" => @old pools::get_mfa_config,
    "GetUserPoolSessionConfiguration" => @old session_settings::get [Recorded],
    "GlobalSignOut" => profile::global_sign_out,
    "InitiateAuth" => sign_in::initiate_auth,
    "ListDevices" => devices::list_devices,
    "ListGroups" => @old groups::list,
    "ListIdentityProviders" => @old identity_providers::list [Recorded],
    "ListResourceServers" => @old resource_servers::list,
    "ListTagsForResource" => tags::list [Recorded],
    "ListTerms" => @old pages::list_terms [Recorded],
    "ListUserImportJobs" => @old import_jobs::list [Recorded],
    "ListUserPoolClientSecrets" => @old client_secrets::list,
    "ListUserPoolClients" => @old app_clients::list,
    "ListUserPoolReplicas" => @old replicas::list [Recorded],
    "ListUserPools" => @old pools::list,
    "ListUserSessions" => sessions::list,
    "ListUsers" => user_lists::list,
    "ListUsersInGroup" => user_lists::list_in_group,
    "ListWebAuthnCredentials" => passkeys::list,
    "ResendConfirmationCode" => registration::resend_confirmation_code,
    "RespondToAuthChallenge" => answers::respond_to_auth_challenge,
    "RevokeToken" => renewal::revoke_token,
    "RevokeUserSession" => sessions::revoke,
    "SetLogDeliveryConfiguration" => @old protection::set_log_delivery [Recorded],
    "SetRiskConfiguration" => @old protection::set_risk [Recorded],
    "SetUICustomization" => @old pages::set_ui_customization [Recorded],
    "SetUserMFAPreference" => mfa::set_user_mfa_preference,
    "SetUserPoolClientSessionConfiguration" => @old session_settings::set_of_client [Recorded],
    "SetUserPoolMfaConfig" => @old pools::set_mfa_config,
    "SetUserPoolSessionConfiguration" => @old session_settings::set [Recorded],
    "SetUserSettings" => admin_mfa::set_user_settings,
    "SignUp" => registration::sign_up,
    "StartUserImportJob" => @old import_jobs::start [Recorded],
    "StartWebAuthnRegistration" => passkeys::start_registration,
    "StopUserImportJob" => @old import_jobs::stop [Recorded],
    "TagResource" => tags::tag [Recorded],
    "UntagResource" => tags::untag [Recorded],
    "UpdateAuthEventFeedback" => @old auth_events::update_feedback,
    "UpdateDeviceStatus" => devices::update_device_status,
    "UpdateGroup" => @old groups::update,
    "UpdateIdentityProvider" => @old identity_providers::update [Recorded],
    "UpdateManagedLoginBranding" => @old pages::update_branding [Recorded],
    "UpdateProvisionedLimit" => @old provisioned_limits::update [Recorded],
    "UpdateResourceServer" => @old resource_servers::update,
    "UpdateTerms" => @old pages::update_terms [Recorded],
    "UpdateUserAttributes" => user_attributes::update_user_attributes,
    "UpdateUserPool" => @old pools::update,
    "UpdateUserPoolClient" => @old app_clients::update,
    "UpdateUserPoolDomain" => @old domains::update [Recorded],
    "UpdateUserPoolReplica" => @old replicas::update [Recorded],
    "VerifySoftwareToken" => mfa::verify_software_token,
    "VerifyUserAttribute" => user_attributes::verify_user_attribute,
}

/// A call of an operation.
pub(crate) struct Call {
    operation: &'static Operation,
    request: Value,
}

impl Call {
    /// Reads the request of an operation: its members in the types and limits of its shape.
    ///
    /// # Errors
    ///
    /// `UnknownOperationException`, or the error of [`model::fit`].
    pub(crate) fn read(name: &str, request: Value) -> Result<Self, ApiError> {
        let operation = find(name).ok_or_else(|| ApiError::unknown_operation(missing(name)))?;
        Ok(Self { operation, request: operation.fit(request)? })
    }

    pub(crate) fn request(&self) -> &Value {
        &self.request
    }

    pub(crate) fn run(self, service: &mut Service) -> Output {
        (self.operation.run)(service, self.request)
    }
}

impl Operation {
    fn fit(&self, mut request: Value) -> Output {
        if self.old && request.is_object() {
            super::reply::remove_nulls(&mut request);
            return Ok(request);
        }
        match model::operation(self.name) {
            Some(operation) => model::fit(operation.input, request),
            None => Ok(request), // a test compares the names
        }
    }
}

/// Reads a request that its handler checks.
fn read<I: DeserializeOwned>(request: Value) -> Result<I, ApiError> {
    serde_json::from_value(request).map_err(|error| ApiError::serialization(error.to_string()))
}

fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

fn missing(name: &str) -> String {
    if model::operation(name).is_some() {
        return format!("The embedded pool does not implement {name}.");
    }
    format!("There is no operation {name:?}.")
}

/// The members that name a user of a pool.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserInput {
    user_pool_id: Option<String>,
    username: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{Members, sample};
    use crate::{Emulator, SigningKeys};

    #[test]
    fn operations_have_the_names_of_the_model() {
        let mut names = OPERATIONS.iter().map(|operation| operation.name);
        assert_eq!(names.find(|name| model::operation(name).is_none()), None);
    }

    #[test]
    fn every_request_that_fits_its_shape_has_the_type_that_its_handler_takes() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        for operation in &model::OPERATIONS {
            for members in Members::each() {
                let request = sample(operation.input, members);
                let Err(error) = emulator.service().seed(operation.name, request.clone()) else {
                    continue;
                };
                assert_ne!(error.name, "InternalErrorException", "{}: {error:?}", operation.name);
            }
        }
    }
}
