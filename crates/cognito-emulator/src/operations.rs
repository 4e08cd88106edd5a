//! The operations by name, with their support.

// First, because its macros define the tables of the modules below.
#[macro_use]
mod table;

mod admin;
mod admin_mfa;
pub(crate) mod app_clients;
mod attribute_list;
mod auth_events;
pub(crate) mod authentication;
mod client_secrets;
mod client_token;
mod delivery_details;
mod derived_token;
mod device_type;
mod devices;
pub(crate) mod dispatch;
mod domains;
mod filter;
mod groups;
mod identities;
pub(crate) mod identity_pools;
mod identity_providers;
pub(crate) mod import_jobs;
pub(crate) mod managed_login;
mod mfa;
pub(crate) mod page;
mod pages;
mod passkeys;
pub(crate) mod pools;
mod profile;
mod protection;
mod provisioned_limits;
mod quota;
mod recovery;
mod registration;
mod replicas;
pub(crate) mod resource_servers;
mod respond;
mod session_settings;
mod sessions;
mod sign_in;
mod software_tokens;
mod subject;
mod tokens;
mod user_attributes;
mod user_creation;
mod user_lists;
mod user_type;

use std::sync::Arc;

use serde_json::Value;

pub use self::table::Support;
use self::table::{Body, Handler, Operation, body};
use crate::flows::caller::Caller;
use crate::flows::context::Context;
use crate::flows::service::{PoolCell, Service};
use crate::flows::storage::Access;
use crate::flows::tokens::authorized;
use crate::model;
use crate::model::{Api, ServiceError, Target};
use crate::state::pool::Pool;
use crate::state::user::{User, UserKey};

/// Returns the operations of user pools in alphabetical order, with the support for each.
///
/// ```
/// use cognito_emulator::Support;
///
/// let all: Vec<_> = cognito_emulator::operations().collect();
/// assert!(all.contains(&("InitiateAuth", Support::Strict)));
/// assert!(all.contains(&("CreateTerms", Support::Stored)));
/// ```
pub fn operations() -> impl Iterator<Item = (&'static str, Support)> {
    supported(Api::UserPools)
}

/// Returns the operations of identity pools in alphabetical order, with the support for each.
///
/// ```
/// use cognito_emulator::Support;
///
/// let all: Vec<_> = cognito_emulator::identity_pool_operations().collect();
/// assert!(all.contains(&("GetCredentialsForIdentity", Support::Strict)));
/// assert!(all.contains(&("SetPrincipalTagAttributeMap", Support::Missing)));
/// ```
pub fn identity_pool_operations() -> impl Iterator<Item = (&'static str, Support)> {
    supported(Api::IdentityPools)
}

fn supported(api: Api) -> impl Iterator<Item = (&'static str, Support)> {
    let support = move |name| {
        find(Target { api, name }).map_or(Support::Missing, |operation| operation.support)
    };
    api.operations().iter().map(move |operation| (operation.name, support(operation.name)))
}

/// Validates a request and converts it to the types of its shape.
type Fit = fn(&model::Shape, Value) -> Result<Value, ServiceError>;

operations! {
    "AddCustomAttributes" => pool pools::add_custom_attributes,
    "AddUserPoolClientSecret" => pool client_secrets::add,
    "AdminAddUserToGroup" => pool groups::add_user,
    "AdminConfirmSignUp" => flow admin::confirm_sign_up,
    "AdminCreateUser" => flow user_creation::create_user,
    "AdminDeleteSoftwareToken" => pool admin_mfa::delete_software_token,
    "AdminDeleteUser" => pool profile::admin_delete_user,
    "AdminDeleteUserAttributes" => pool user_attributes::admin_delete_user_attributes,
    "AdminDisableProviderForUser" => pool identities::disable,
    "AdminDisableUser" => pool admin::disable_user,
    "AdminEnableUser" => pool admin::enable_user,
    "AdminForgetDevice" => pool devices::admin_forget_device,
    "AdminGetDevice" => pool devices::admin_get_device [Read],
    "AdminGetUser" => pool admin::get_user [Read],
    "AdminGetUserAuthFactors" => pool profile::admin_get_user_auth_factors [Read],
    "AdminInitiateAuth" => flow sign_in::admin_initiate_auth,
    "AdminLinkProviderForUser" => pool identities::link,
    "AdminListDevices" => pool devices::admin_list_devices [Read],
    "AdminListGroupsForUser" => pool groups::list_for_user [Read],
    "AdminListUserAuthEvents" => pool auth_events::list [Read],
    "AdminListUserSessions" => pool sessions::admin_list [Read],
    "AdminRemoveUserFromGroup" => pool groups::remove_user,
    "AdminResetUserPassword" => flow recovery::admin_reset_user_password,
    "AdminRespondToAuthChallenge" => flow respond::admin_respond_to_auth_challenge,
    "AdminRevokeUserSession" => pool sessions::admin_revoke,
    "AdminSetUserMFAPreference" => pool mfa::admin_set_user_mfa_preference,
    "AdminSetUserPassword" => pool admin::set_user_password,
    "AdminSetUserSettings" => pool admin_mfa::admin_set_user_settings,
    "AdminUpdateAuthEventFeedback" => pool auth_events::admin_update_feedback,
    "AdminUpdateDeviceStatus" => pool devices::admin_update_device_status,
    "AdminUpdateUserAttributes" => flow user_attributes::admin_update_user_attributes,
    "AdminUserGlobalSignOut" => pool profile::admin_user_global_sign_out,
    "AssociateSoftwareToken" => service software_tokens::associate,
    "ChangePassword" => user recovery::change_password,
    "CompleteWebAuthnRegistration" => user passkeys::complete_registration,
    "ConfirmDevice" => user devices::confirm_device,
    "ConfirmForgotPassword" => flow recovery::confirm_forgot_password,
    "ConfirmSignUp" => flow registration::confirm_sign_up,
    "CreateGroup" => pool groups::create,
    "CreateIdentityProvider" => flow identity_providers::create,
    "CreateManagedLoginBranding" => pool pages::create_branding [Stored],
    "CreateResourceServer" => pool resource_servers::create,
    "CreateTerms" => pool pages::create_terms [Stored],
    "CreateUserImportJob" => pool import_jobs::create,
    "CreateUserPool" => service pools::create,
    "CreateUserPoolClient" => service app_clients::create,
    "CreateUserPoolDomain" => service domains::create,
    "CreateUserPoolReplica" => pool replicas::create [Stored],
    "DeleteGroup" => pool groups::delete,
    "DeleteIdentityProvider" => pool identity_providers::delete,
    "DeleteManagedLoginBranding" => pool pages::delete_branding [Stored],
    "DeleteResourceServer" => pool resource_servers::delete,
    "DeleteTerms" => pool pages::delete_terms [Stored],
    "DeleteUser" => user profile::delete_user,
    "DeleteUserAttributes" => user user_attributes::delete_user_attributes,
    "DeleteUserPool" => service pools::delete,
    "DeleteUserPoolClient" => service app_clients::delete,
    "DeleteUserPoolClientSecret" => pool client_secrets::delete,
    "DeleteUserPoolDomain" => service domains::delete,
    "DeleteUserPoolReplica" => pool replicas::delete [Stored],
    "DeleteWebAuthnCredential" => user passkeys::delete,
    "DescribeIdentityProvider" => pool identity_providers::describe [Read],
    "DescribeManagedLoginBranding" => pool pages::describe_branding [Read, Stored],
    "DescribeManagedLoginBrandingByClient" => pool pages::describe_branding_by_client [Read, Stored],
    "DescribeResourceServer" => pool resource_servers::describe [Read],
    "DescribeRiskConfiguration" => pool protection::describe_risk [Read, Stored],
    "DescribeTerms" => pool pages::describe_terms [Read, Stored],
    "DescribeTermsByClient" => pool pages::describe_terms_by_client [Read, Stored],
    "DescribeUserImportJob" => pool import_jobs::describe [Read],
    "DescribeUserPool" => pool pools::describe [Read],
    "DescribeUserPoolClient" => pool app_clients::describe [Read],
    "DescribeUserPoolDomain" => service domains::describe [Read],
    "ForgetDevice" => user devices::forget_device,
    "ForgotPassword" => flow recovery::forgot_password,
    "GetCSVHeader" => pool import_jobs::csv_header [Read],
    "GetClientToken" => flow client_token::get_client_token [Read],
    "GetDerivedToken" => flow derived_token::get_derived_token,
    "GetDevice" => user devices::get_device [Read],
    "GetGroup" => pool groups::get [Read],
    "GetIdentityProviderByIdentifier" => pool identity_providers::by_identifier [Read],
    "GetLogDeliveryConfiguration" => pool protection::get_log_delivery [Read, Stored],
    "GetProvisionedLimit" => service provisioned_limits::get [Read],
    "GetTokensFromRefreshToken" => flow tokens::get_tokens,
    "GetUICustomization" => pool pages::get_ui_customization [Read, Stored],
    "GetUser" => user profile::get_user [Read],
    "GetUserAttributeVerificationCode" => user_flow user_attributes::get_verification_code,
    "GetUserAuthFactors" => user profile::get_user_auth_factors [Read],
    "GetUserPoolClientSessionConfiguration" => pool session_settings::get_of_client [Read, Stored],
    "GetUserPoolMfaConfig" => pool pools::get_mfa_config [Read],
    "GetUserPoolSessionConfiguration" => pool session_settings::get [Read, Stored],
    "GlobalSignOut" => user profile::global_sign_out,
    "InitiateAuth" => flow sign_in::initiate_auth,
    "ListDevices" => user devices::list_devices [Read],
    "ListGroups" => pool groups::list [Read],
    "ListIdentityProviders" => pool identity_providers::list [Read],
    "ListResourceServers" => pool resource_servers::list [Read],
    "ListTagsForResource" => pool pools::list_tags [Read, Stored],
    "ListTerms" => pool pages::list_terms [Read, Stored],
    "ListUserImportJobs" => pool import_jobs::list [Read],
    "ListUserPoolClientSecrets" => pool client_secrets::list [Read],
    "ListUserPoolClients" => pool app_clients::list [Read],
    "ListUserPoolReplicas" => pool replicas::list [Read, Stored],
    "ListUserPools" => service pools::list [Read],
    "ListUserSessions" => user sessions::list [Read],
    "ListUsers" => pool user_lists::list [Read],
    "ListUsersInGroup" => pool user_lists::list_in_group [Read],
    "ListWebAuthnCredentials" => user passkeys::list [Read],
    "ResendConfirmationCode" => flow registration::resend_confirmation_code,
    "RespondToAuthChallenge" => flow respond::respond_to_auth_challenge,
    "RevokeToken" => pool tokens::revoke_token,
    "RevokeUserSession" => user sessions::revoke,
    "SetLogDeliveryConfiguration" => pool protection::set_log_delivery [Stored],
    "SetRiskConfiguration" => pool protection::set_risk [Stored],
    "SetUICustomization" => pool pages::set_ui_customization [Stored],
    "SetUserMFAPreference" => user mfa::set_user_mfa_preference,
    "SetUserPoolClientSessionConfiguration" => pool session_settings::set_of_client [Stored],
    "SetUserPoolMfaConfig" => pool pools::set_mfa_config,
    "SetUserPoolSessionConfiguration" => pool session_settings::set [Stored],
    "SetUserSettings" => user admin_mfa::set_user_settings,
    "SignUp" => flow registration::sign_up,
    "StartUserImportJob" => pool import_jobs::start,
    "StartWebAuthnRegistration" => user passkeys::start_registration,
    "StopUserImportJob" => pool import_jobs::stop,
    "TagResource" => pool pools::tag [Stored],
    "UntagResource" => pool pools::untag [Stored],
    "UpdateAuthEventFeedback" => pool auth_events::update_feedback,
    "UpdateDeviceStatus" => user devices::update_device_status,
    "UpdateGroup" => pool groups::update,
    "UpdateIdentityProvider" => flow identity_providers::update,
    "UpdateManagedLoginBranding" => pool pages::update_branding [Stored],
    "UpdateProvisionedLimit" => service provisioned_limits::update,
    "UpdateResourceServer" => pool resource_servers::update,
    "UpdateTerms" => pool pages::update_terms [Stored],
    "UpdateUserAttributes" => user_flow user_attributes::update_user_attributes,
    "UpdateUserPool" => pool pools::update,
    "UpdateUserPoolClient" => pool app_clients::update,
    "UpdateUserPoolDomain" => pool domains::update,
    "UpdateUserPoolReplica" => pool replicas::update [Stored],
    "VerifySoftwareToken" => service software_tokens::verify,
    "VerifyUserAttribute" => user user_attributes::verify_user_attribute,
}

/// A call of an operation.
pub(crate) struct Call {
    operation: &'static Operation,
    model: &'static model::Operation,
    request: Value,
}

impl Call {
    /// Validates the request of an operation against its shape.
    ///
    /// # Errors
    ///
    /// Returns `UnknownOperationException`, or the error of [`model::fit`].
    pub(crate) fn read(target: Target<'_>, request: Value) -> Result<Self, ServiceError> {
        Self::fitted(target, request, model::fit)
    }

    /// Like [`read`](Self::read), but rejects unknown members, which are mistakes in requests of
    /// tests and seed files.
    pub(crate) fn read_known(target: Target<'_>, request: Value) -> Result<Self, ServiceError> {
        Self::fitted(target, request, model::fit_known)
    }

    fn fitted(target: Target<'_>, request: Value, fit: Fit) -> Result<Self, ServiceError> {
        let found = find(target).zip(target.api.operation(target.name));
        let (operation, model) =
            found.ok_or_else(|| ServiceError::unknown_operation(missing(target)))?;
        Ok(Self { operation, model, request: fit(model.input, request)? })
    }

    /// Returns whether the operation can change the state.
    pub(crate) fn access(&self) -> Access {
        self.operation.access
    }

    /// Returns whether the error for a deleted user is NotAuthorizedException: the request has an
    /// access token, and the service's model does not list UserNotFoundException for the operation.
    pub(crate) fn hides_deleted_user(&self) -> bool {
        self.request.get("AccessToken").is_some()
            && !self.model.exceptions.contains(&"UserNotFoundException")
    }

    pub(crate) fn request(&self) -> &Value {
        &self.request
    }

    /// Runs the operation for a client, and counts the user in the request as active.
    pub(crate) async fn run_for_client(self, service: &Arc<Service>, caller: Caller) -> Body {
        let named = NamedUser::of(service, &self.request);
        let body = self.run(service, caller).await?;
        if let Some(named) = named {
            named.note_activity(service);
        }
        Ok(body)
    }

    /// Runs the operation. The pool is not locked while a trigger runs.
    pub(crate) async fn run(self, service: &Arc<Service>, mut caller: Caller) -> Body {
        let Self { operation, request, .. } = self;
        match operation.handler {
            Handler::Service(handler) => handler(service, request),
            Handler::Pool(handler) => {
                pool_of(service, &request)?
                    .step(&service.shared, &mut caller, |step| handler(step, request))
            }
            Handler::User(handler) => {
                let token = access_token(&request)?;
                authorized(service, &token, &mut caller, |step, record| {
                    handler(step, record, request)
                })
            }
            Handler::Flow(handler) => {
                let pool = pool_of(service, &request)?;
                handler(Context::new(service, pool, caller), request).await
            }
            Handler::UserFlow(handler) => {
                let token = access_token(&request)?;
                let found = authorized(service, &token, &mut caller, |step, record| {
                    Ok((step.pool.id.clone(), record.clone()))
                });
                let (pool_id, record) = found?;
                let pool = service.pool(pool_id.as_str())?;
                handler(Context::new(service, pool, caller), record, request).await
            }
        }
    }
}

/// The user that a request names.
struct NamedUser {
    pool: Arc<PoolCell>,
    given_name: String,
    /// The user before the operation, which may change the name; `None` if the operation creates
    /// the user.
    user: Option<UserKey>,
}

impl NamedUser {
    fn of(service: &Service, request: &Value) -> Option<Self> {
        let given_name = request.get("Username")?.as_str()?.to_owned();
        let pool = pool_of(service, request).ok()?;
        let user = pool.step(&service.shared, &mut Caller::default(), |step| {
            Ok(named_user(step.pool, &given_name).map(User::key))
        });
        Some(Self { user: user.ok()?, pool, given_name })
    }

    /// Counts the user as active, unless the operation has deleted the user or the pool.
    fn note_activity(&self, service: &Service) {
        let _deleted = self.pool.step(&service.shared, &mut Caller::default(), |step| {
            let user = match &self.user {
                Some(key) => step.pool.current(key).ok(),
                None => named_user(step.pool, &self.given_name),
            };
            if let Some(username) = user.map(|user| Arc::clone(&user.username)) {
                step.note_activity(&username);
            }
            Ok(())
        });
    }
}

fn named_user<'a>(pool: &'a Pool, given_name: &str) -> Option<&'a User> {
    pool.username_or_sub_for(given_name).and_then(|username| pool.users.get(username))
}

/// Returns the pool that a request names by its id, its ARN or one of its app clients.
fn pool_of(service: &Service, request: &Value) -> Result<Arc<PoolCell>, ServiceError> {
    let text = |name| request.get(name).and_then(Value::as_str);
    if let Some(arn) = text("ResourceArn") {
        let pool = arn.rsplit('/').next().and_then(|id| service.pool(id).ok());
        let unknown = || ServiceError::resource_not_found(format!("{arn} does not exist."));
        return pool.ok_or_else(unknown);
    }
    match (text("UserPoolId"), text("ClientId")) {
        (Some(id), _) => service.pool(id),
        (None, Some(client_id)) => service.pool_of_client(client_id),
        // Some operations of the model require neither.
        (None, None) => Err(ServiceError::missing_parameter("UserPoolId")),
    }
}

fn access_token(request: &Value) -> Result<String, ServiceError> {
    let token = request.get("AccessToken").and_then(Value::as_str).map(str::to_owned);
    token.ok_or_else(|| ServiceError::missing_parameter("AccessToken"))
}

fn find(target: Target<'_>) -> Option<&'static Operation> {
    let table = match target.api {
        Api::UserPools => OPERATIONS,
        Api::IdentityPools => identity_pools::OPERATIONS,
    };
    table.iter().find(|operation| operation.name == target.name)
}

fn missing(Target { api, name }: Target<'_>) -> String {
    if api.operation(name).is_some() {
        return format!("The emulator does not implement {name}.");
    }
    format!("There is no operation {name:?}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples::{Members, sample};
    use crate::{Emulator, SigningKeys};

    #[test]
    fn operations_are_those_of_the_model() {
        for (api, table) in
            [(Api::UserPools, OPERATIONS), (Api::IdentityPools, identity_pools::OPERATIONS)]
        {
            let mut names = table.iter().map(|operation| operation.name);
            assert_eq!(names.find(|name| api.operation(name).is_none()), None);
        }
    }

    #[test]
    fn every_valid_request_deserializes_for_its_handler() {
        let emulator = Emulator::builder().signing_keys(SigningKeys::ForTests).in_process();
        let of_api = |(api, prefix): (Api, &'static str)| {
            api.operations().iter().map(move |operation| (prefix, operation))
        };
        let apis = [(Api::UserPools, ""), (Api::IdentityPools, "AWSCognitoIdentityService.")];
        for (prefix, operation) in apis.into_iter().flat_map(of_api) {
            let name = format!("{prefix}{}", operation.name);
            for members in Members::each() {
                let request = sample(operation.input, members);
                let Err(error) = dispatch::seed(emulator.service(), &name, request) else {
                    continue;
                };
                assert_ne!(error.name, "InternalErrorException", "{name}: {error:?}");
            }
        }
    }
}
