//! The quota category of every operation.
//!
//! The developer guide lists the operations of each category. Operations that it does not list are
//! in the category of their siblings.

use serde_json::Value;

use crate::flows::service::Service;
use crate::model::{Api, ServiceError, Target};
use crate::operations::pool_of;
use crate::state::quotas::QuotaCategory::{self, *};
use crate::state::quotas::{Allowance, Charge};

/// Every operation of user pools with its category, in alphabetical order.
const CATEGORIES: [(&str, QuotaCategory); 153] = [
    ("AddCustomAttributes", UserPoolResourceUpdate),
    ("AddUserPoolClientSecret", UserPoolClientUpdate),
    ("AdminAddUserToGroup", UserUpdate),
    ("AdminConfirmSignUp", UserCreation),
    ("AdminCreateUser", UserCreation),
    ("AdminDeleteSoftwareToken", UserResourceUpdate),
    ("AdminDeleteUser", UserUpdate),
    ("AdminDeleteUserAttributes", UserUpdate),
    ("AdminDisableProviderForUser", UserUpdate),
    ("AdminDisableUser", UserUpdate),
    ("AdminEnableUser", UserUpdate),
    ("AdminForgetDevice", UserResourceUpdate),
    ("AdminGetDevice", UserResourceRead),
    ("AdminGetUser", UserRead),
    ("AdminGetUserAuthFactors", UserRead),
    ("AdminInitiateAuth", UserAuthentication),
    ("AdminLinkProviderForUser", UserUpdate),
    ("AdminListDevices", UserResourceRead),
    ("AdminListGroupsForUser", UserResourceRead),
    ("AdminListUserAuthEvents", UserResourceRead),
    ("AdminListUserSessions", UserResourceRead),
    ("AdminRemoveUserFromGroup", UserUpdate),
    ("AdminResetUserPassword", UserAccountRecovery),
    ("AdminRespondToAuthChallenge", UserAuthentication),
    ("AdminRevokeUserSession", UserResourceUpdate),
    ("AdminSetUserMFAPreference", UserResourceUpdate),
    ("AdminSetUserPassword", UserAccountRecovery),
    ("AdminSetUserSettings", UserResourceUpdate),
    ("AdminUpdateAuthEventFeedback", UserResourceUpdate),
    ("AdminUpdateDeviceStatus", UserResourceUpdate),
    ("AdminUpdateUserAttributes", UserUpdate),
    ("AdminUserGlobalSignOut", UserUpdate),
    ("AssociateSoftwareToken", UserResourceUpdate),
    ("CancelPointInTimeRecovery", UserPoolUpdate),
    ("ChangePassword", UserAccountRecovery),
    ("CompleteWebAuthnRegistration", UserResourceUpdate),
    ("ConfirmDevice", UserResourceUpdate),
    ("ConfirmForgotPassword", UserAccountRecovery),
    ("ConfirmSignUp", UserCreation),
    ("CreateCIMDPolicy", UserPoolResourceUpdate),
    ("CreateGroup", UserPoolResourceUpdate),
    ("CreateIdentityProvider", UserPoolResourceUpdate),
    ("CreateManagedLoginBranding", UserPoolResourceUpdate),
    ("CreateResourceServer", UserPoolResourceUpdate),
    ("CreateTerms", UserPoolResourceUpdate),
    ("CreateUserImportJob", UserPoolResourceUpdate),
    ("CreateUserPool", UserPoolUpdate),
    ("CreateUserPoolClient", UserPoolClientUpdate),
    ("CreateUserPoolDomain", UserPoolResourceUpdate),
    ("CreateUserPoolReplica", UserPoolUpdate),
    ("DeleteCIMDPolicy", UserPoolResourceUpdate),
    ("DeleteGroup", UserPoolResourceUpdate),
    ("DeleteIdentityProvider", UserPoolResourceUpdate),
    ("DeleteManagedLoginBranding", UserPoolResourceUpdate),
    ("DeleteResourceServer", UserPoolResourceUpdate),
    ("DeleteTerms", UserPoolResourceUpdate),
    ("DeleteUser", UserUpdate),
    ("DeleteUserAttributes", UserUpdate),
    ("DeleteUserPool", UserPoolUpdate),
    ("DeleteUserPoolClient", UserPoolClientUpdate),
    ("DeleteUserPoolClientSecret", UserPoolClientUpdate),
    ("DeleteUserPoolDomain", UserPoolResourceUpdate),
    ("DeleteUserPoolReplica", UserPoolUpdate),
    ("DeleteWebAuthnCredential", UserResourceUpdate),
    ("DescribeCIMDPolicy", UserPoolResourceRead),
    ("DescribeIdentityProvider", UserPoolResourceRead),
    ("DescribeManagedLoginBranding", UserPoolResourceRead),
    ("DescribeManagedLoginBrandingByClient", UserPoolResourceRead),
    ("DescribePointInTimeRecovery", UserPoolRead),
    ("DescribeResourceServer", UserPoolResourceRead),
    ("DescribeRiskConfiguration", UserPoolResourceRead),
    ("DescribeTerms", UserPoolResourceRead),
    ("DescribeTermsByClient", UserPoolResourceRead),
    ("DescribeUserImportJob", UserPoolResourceRead),
    ("DescribeUserPool", UserPoolRead),
    ("DescribeUserPoolClient", UserPoolClientRead),
    ("DescribeUserPoolDomain", UserPoolResourceRead),
    ("ForgetDevice", UserResourceUpdate),
    ("ForgotPassword", UserAccountRecovery),
    ("GetCSVHeader", UserPoolResourceRead),
    ("GetClientToken", ClientAuthentication),
    ("GetDerivedToken", UserToken),
    ("GetDevice", UserResourceRead),
    ("GetGroup", UserPoolResourceRead),
    ("GetIdentityProviderByIdentifier", UserPoolResourceRead),
    ("GetLogDeliveryConfiguration", UserPoolResourceRead),
    ("GetProvisionedLimit", LimitManagement),
    ("GetSigningCertificate", UserPoolResourceRead),
    ("GetTokensFromRefreshToken", UserAuthentication),
    ("GetUICustomization", UserPoolResourceRead),
    ("GetUser", UserRead),
    ("GetUserAttributeVerificationCode", UserResourceRead),
    ("GetUserAuthFactors", UserRead),
    ("GetUserPoolClientSessionConfiguration", UserPoolClientRead),
    ("GetUserPoolMfaConfig", UserPoolResourceRead),
    ("GetUserPoolSessionConfiguration", UserPoolResourceRead),
    ("GlobalSignOut", UserUpdate),
    ("InitiateAuth", UserAuthentication),
    ("InitiatePointInTimeRecovery", UserPoolUpdate),
    ("ListCIMDPolicies", UserPoolResourceRead),
    ("ListClientMetadataURLs", UserPoolResourceRead),
    ("ListDevices", UserResourceRead),
    ("ListGroups", UserPoolResourceRead),
    ("ListIdentityProviders", UserPoolResourceRead),
    ("ListPointInTimeRecoveries", UserPoolRead),
    ("ListResourceServers", UserPoolResourceRead),
    ("ListTagsForResource", UserPoolResourceRead),
    ("ListTerms", UserPoolResourceRead),
    ("ListUserImportJobs", UserPoolResourceRead),
    ("ListUserPoolClientSecrets", UserPoolClientRead),
    ("ListUserPoolClients", UserPoolClientRead),
    ("ListUserPoolReplicas", UserPoolRead),
    ("ListUserPools", UserPoolRead),
    ("ListUserSessions", UserResourceRead),
    ("ListUsers", UserList),
    ("ListUsersInGroup", UserList),
    ("ListWebAuthnCredentials", UserResourceRead),
    ("ResendConfirmationCode", UserResourceRead),
    ("RespondToAuthChallenge", UserAuthentication),
    ("RevokeToken", UserToken),
    ("RevokeUserSession", UserResourceUpdate),
    ("SetLogDeliveryConfiguration", UserPoolResourceUpdate),
    ("SetRiskConfiguration", UserPoolResourceUpdate),
    ("SetUICustomization", UserPoolResourceUpdate),
    ("SetUserMFAPreference", UserResourceUpdate),
    ("SetUserPoolClientSessionConfiguration", UserPoolClientUpdate),
    ("SetUserPoolMfaConfig", UserPoolResourceUpdate),
    ("SetUserPoolSessionConfiguration", UserPoolResourceUpdate),
    ("SetUserSettings", UserResourceUpdate),
    ("SignUp", UserCreation),
    ("StartPointInTimeRecovery", UserPoolUpdate),
    ("StartUserImportJob", UserPoolResourceUpdate),
    ("StartWebAuthnRegistration", UserResourceUpdate),
    ("StopUserImportJob", UserPoolResourceUpdate),
    ("TagResource", UserPoolResourceUpdate),
    ("UntagResource", UserPoolResourceUpdate),
    ("UpdateAuthEventFeedback", UserResourceUpdate),
    ("UpdateCIMDPolicy", UserPoolResourceUpdate),
    ("UpdateClientMetadataURLState", UserPoolResourceUpdate),
    ("UpdateDeviceStatus", UserResourceUpdate),
    ("UpdateGroup", UserPoolResourceUpdate),
    ("UpdateIdentityProvider", UserPoolResourceUpdate),
    ("UpdateManagedLoginBranding", UserPoolResourceUpdate),
    ("UpdateProvisionedLimit", LimitManagement),
    ("UpdateResourceServer", UserPoolResourceUpdate),
    ("UpdateTerms", UserPoolResourceUpdate),
    ("UpdateUserAttributes", UserUpdate),
    ("UpdateUserPool", UserPoolUpdate),
    ("UpdateUserPoolClient", UserPoolClientUpdate),
    ("UpdateUserPoolDomain", UserPoolResourceUpdate),
    ("UpdateUserPoolReplica", UserPoolUpdate),
    ("VerifySoftwareToken", UserResourceUpdate),
    ("VerifyUserAttribute", UserUpdate),
];

/// Counts a request by the category of its operation; that of an unknown operation is not counted.
///
/// # Errors
///
/// `TooManyRequestsException` for a request over the rate.
pub(super) fn admit(
    service: &Service,
    target: Target<'_>,
    request: &Value,
) -> Result<(), ServiceError> {
    if target.api == Api::IdentityPools {
        return admit_to_identity_pool(service, target.name);
    }
    let found = CATEGORIES.binary_search_by_key(&target.name, |(name, _)| name).ok();
    let Some((name, category)) = found.and_then(|at| CATEGORIES.get(at)).copied() else {
        return Ok(());
    };
    let challenge = request.get("ChallengeName").and_then(Value::as_str);
    let (category, allowance) = match name.ends_with("RespondToAuthChallenge") {
        // AWS quotas page: a new password counts as account recovery.
        true if challenge == Some("NEW_PASSWORD_REQUIRED") => {
            (UserAccountRecovery, Allowance::Rate)
        }
        true => (category, Allowance::Responses),
        false => (category, Allowance::Rate),
    };
    let pool = is_limited_in_pool(category).then(|| pool_of(service, request).ok()).flatten();
    let in_pool = pool.as_ref().map(|pool| (name, &pool.meter));
    count(service, &Charge { category, allowance, in_pool })
}

/// Counts a request to an identity pool. The quotas page has no rates of the other operations.
fn admit_to_identity_pool(service: &Service, operation: &str) -> Result<(), ServiceError> {
    let category = match operation {
        "GetCredentialsForIdentity" => GetCredentialsForIdentity,
        "GetId" => GetId,
        "GetOpenIdToken" => GetOpenIdToken,
        "GetOpenIdTokenForDeveloperIdentity" => GetOpenIdTokenForDeveloperIdentity,
        _ => return Ok(()),
    };
    count(service, &Charge { category, allowance: Allowance::Rate, in_pool: None })
}

fn is_limited_in_pool(category: QuotaCategory) -> bool {
    matches!(
        category,
        UserPoolResourceRead | UserPoolResourceUpdate | UserPoolClientRead | UserPoolClientUpdate
    )
}

/// Counts a request.
///
/// # Errors
///
/// `TooManyRequestsException` for a request over the rate.
pub(super) fn count(service: &Service, charge: &Charge<'_>) -> Result<(), ServiceError> {
    match service.meters.admit(charge, service.shared.since_epoch()) {
        true => Ok(()),
        false => Err(ServiceError::too_many_requests("Rate exceeded")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_has_a_category() {
        let categories = CATEGORIES.iter().map(|(name, _)| *name);
        let operations = Api::UserPools.operations().iter().map(|operation| operation.name);
        assert!(categories.eq(operations));
    }
}
