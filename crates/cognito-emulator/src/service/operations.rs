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

use serde_json::Value;

use super::Service;
use crate::model;
use crate::model::ServiceError;

type Output = Result<Value, ServiceError>;

/// The degree to which the emulator implements an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Support {
    /// Implemented: it does what the service does and rejects what the service rejects.
    Strict,
    /// Accepted, kept and returned, without effect.
    Stored,
    /// Rejected with UnknownOperationException.
    Missing,
}

/// Returns the operations of the service in alphabetical order, with the support for each.
///
/// ```
/// use cognito_emulator::Support;
///
/// let all: Vec<_> = cognito_emulator::operations().collect();
/// assert!(all.contains(&("InitiateAuth", Support::Strict)));
/// assert!(all.contains(&("CreateTerms", Support::Stored)));
/// ```
pub fn operations() -> impl Iterator<Item = (&'static str, Support)> {
    let support = |name| find(name).map_or(Support::Missing, |operation| operation.support);
    model::OPERATIONS.iter().map(move |operation| (operation.name, support(operation.name)))
}

/// Fits a request to its shape.
type Fit = fn(&model::Shape, Value) -> Output;

struct Operation {
    name: &'static str,
    support: Support,
    run: fn(&mut Service, Value) -> Output,
}

/// Makes the table of operations. Each handler takes a request of a type of its own, which has been
/// checked against its shape. An operation without a mark is strict.
macro_rules! operations {
    ($($name:literal => $operation:path $([$support:ident])?,)+) => {
        const OPERATIONS: &[Operation] = &[$(Operation {
            name: $name,
            support: support!($($support)?),
            run: |service, request| $operation(service, model::typed(request)?),
        }),+];
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
    "CreateIdentityProvider" => identity_providers::create [Stored],
    "CreateManagedLoginBranding" => pages::create_branding [Stored],
    "CreateResourceServer" => resource_servers::create,
    "CreateTerms" => pages::create_terms [Stored],
    "CreateUserImportJob" => import_jobs::create [Stored],
    "CreateUserPool" => pools::create,
    "CreateUserPoolClient" => app_clients::create,
    "CreateUserPoolDomain" => domains::create [Stored],
    "CreateUserPoolReplica" => replicas::create [Stored],
    "DeleteGroup" => groups::delete,
    "DeleteIdentityProvider" => identity_providers::delete [Stored],
    "DeleteManagedLoginBranding" => pages::delete_branding [Stored],
    "DeleteResourceServer" => resource_servers::delete,
    "DeleteTerms" => pages::delete_terms [Stored],
    "DeleteUser" => profile::delete_user,
    "DeleteUserAttributes" => user_attributes::delete_user_attributes,
    "DeleteUserPool" => pools::delete,
    "DeleteUserPoolClient" => app_clients::delete,
    "DeleteUserPoolClientSecret" => client_secrets::delete,
    "DeleteUserPoolDomain" => domains::delete [Stored],
    "DeleteUserPoolReplica" => replicas::delete [Stored],
    "DeleteWebAuthnCredential" => passkeys::delete,
    "DescribeIdentityProvider" => identity_providers::describe [Stored],
    "DescribeManagedLoginBranding" => pages::describe_branding [Stored],
    "DescribeManagedLoginBrandingByClient" => pages::describe_branding_by_client [Stored],
    "DescribeResourceServer" => resource_servers::describe,
    "DescribeRiskConfiguration" => protection::describe_risk [Stored],
    "DescribeTerms" => pages::describe_terms [Stored],
    "DescribeTermsByClient" => pages::describe_terms_by_client [Stored],
    "DescribeUserImportJob" => import_jobs::describe [Stored],
    "DescribeUserPool" => pools::describe,
    "DescribeUserPoolClient" => app_clients::describe,
    "DescribeUserPoolDomain" => domains::describe [Stored],
    "ForgetDevice" => devices::forget_device,
    "ForgotPassword" => recovery::forgot_password,
    "GetCSVHeader" => import_jobs::csv_header,
    "GetClientToken" => client_token::get_client_token,
    "GetDevice" => devices::get_device,
    "GetGroup" => groups::get,
    "GetIdentityProviderByIdentifier" => identity_providers::by_identifier [Stored],
    "GetLogDeliveryConfiguration" => protection::get_log_delivery [Stored],
    "GetProvisionedLimit" => provisioned_limits::get [Stored],
    "GetTokensFromRefreshToken" => renewal::get_tokens,
    "GetUICustomization" => pages::get_ui_customization [Stored],
    "GetUser" => profile::get_user,
    "GetUserAttributeVerificationCode" => user_attributes::get_verification_code,
    "GetUserAuthFactors" => profile::get_user_auth_factors,
    "GetUserPoolClientSessionConfiguration" => session_settings::get_of_client [Stored],
    "GetUserPoolMfaConfig" => pools::get_mfa_config,
    "GetUserPoolSessionConfiguration" => session_settings::get [Stored],
    "GlobalSignOut" => profile::global_sign_out,
    "InitiateAuth" => sign_in::initiate_auth,
    "ListDevices" => devices::list_devices,
    "ListGroups" => groups::list,
    "ListIdentityProviders" => identity_providers::list [Stored],
    "ListResourceServers" => resource_servers::list,
    "ListTagsForResource" => tags::list [Stored],
    "ListTerms" => pages::list_terms [Stored],
    "ListUserImportJobs" => import_jobs::list [Stored],
    "ListUserPoolClientSecrets" => client_secrets::list,
    "ListUserPoolClients" => app_clients::list,
    "ListUserPoolReplicas" => replicas::list [Stored],
    "ListUserPools" => pools::list,
    "ListUserSessions" => sessions::list,
    "ListUsers" => user_lists::list,
    "ListUsersInGroup" => user_lists::list_in_group,
    "ListWebAuthnCredentials" => passkeys::list,
    "ResendConfirmationCode" => registration::resend_confirmation_code,
    "RespondToAuthChallenge" => answers::respond_to_auth_challenge,
    "RevokeToken" => renewal::revoke_token,
    "RevokeUserSession" => sessions::revoke,
    "SetLogDeliveryConfiguration" => protection::set_log_delivery [Stored],
    "SetRiskConfiguration" => protection::set_risk [Stored],
    "SetUICustomization" => pages::set_ui_customization [Stored],
    "SetUserMFAPreference" => mfa::set_user_mfa_preference,
    "SetUserPoolClientSessionConfiguration" => session_settings::set_of_client [Stored],
    "SetUserPoolMfaConfig" => pools::set_mfa_config,
    "SetUserPoolSessionConfiguration" => session_settings::set [Stored],
    "SetUserSettings" => admin_mfa::set_user_settings,
    "SignUp" => registration::sign_up,
    "StartUserImportJob" => import_jobs::start [Stored],
    "StartWebAuthnRegistration" => passkeys::start_registration,
    "StopUserImportJob" => import_jobs::stop [Stored],
    "TagResource" => tags::tag [Stored],
    "UntagResource" => tags::untag [Stored],
    "UpdateAuthEventFeedback" => auth_events::update_feedback,
    "UpdateDeviceStatus" => devices::update_device_status,
    "UpdateGroup" => groups::update,
    "UpdateIdentityProvider" => identity_providers::update [Stored],
    "UpdateManagedLoginBranding" => pages::update_branding [Stored],
    "UpdateProvisionedLimit" => provisioned_limits::update [Stored],
    "UpdateResourceServer" => resource_servers::update,
    "UpdateTerms" => pages::update_terms [Stored],
    "UpdateUserAttributes" => user_attributes::update_user_attributes,
    "UpdateUserPool" => pools::update,
    "UpdateUserPoolClient" => app_clients::update,
    "UpdateUserPoolDomain" => domains::update [Stored],
    "UpdateUserPoolReplica" => replicas::update [Stored],
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
    pub(crate) fn read(name: &str, request: Value) -> Result<Self, ServiceError> {
        Self::fitted(name, request, model::fit)
    }

    /// As [`read`](Self::read), but rejects unknown members: of requests that are written by hand
    /// for a test, where one is a mistake.
    pub(crate) fn read_known(name: &str, request: Value) -> Result<Self, ServiceError> {
        Self::fitted(name, request, model::fit_known)
    }

    fn fitted(name: &str, request: Value, fit: Fit) -> Result<Self, ServiceError> {
        let found = find(name).zip(model::operation(name));
        let (operation, model) =
            found.ok_or_else(|| ServiceError::unknown_operation(missing(name)))?;
        Ok(Self { operation, request: fit(model.input, request)? })
    }

    pub(crate) fn request(&self) -> &Value {
        &self.request
    }

    pub(crate) fn run(self, service: &mut Service) -> Output {
        (self.operation.run)(service, self.request)
    }
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
