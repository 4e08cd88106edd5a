//! The category of every operation.
//!
//! The developer guide lists the operations of each category; operations that are not listed are in
//! the category of similar ones.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>

use super::QuotaCategory::{self, *};

/// Every operation of user pools with its category, in alphabetical order.
const USER_POOLS: [(&str, QuotaCategory); 153] = [
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

/// The operations of identity pools with a documented rate, in alphabetical order.
const IDENTITY_POOLS: [(&str, QuotaCategory); 4] = [
    ("GetCredentialsForIdentity", GetCredentialsForIdentity),
    ("GetId", GetId),
    ("GetOpenIdToken", GetOpenIdToken),
    ("GetOpenIdTokenForDeveloperIdentity", GetOpenIdTokenForDeveloperIdentity),
];

impl QuotaCategory {
    /// Returns the category of an operation of user pools, such as `ListUsers`; `None` for an
    /// unknown operation.
    ///
    /// ```
    /// # mod cognito { pub use cognito_types as types; }
    /// use cognito::types::QuotaCategory;
    ///
    /// assert_eq!(QuotaCategory::of("ListUsersInGroup"), Some(QuotaCategory::UserList));
    /// assert_eq!(QuotaCategory::of("ListUnicorns"), None);
    /// ```
    pub fn of(operation: &str) -> Option<Self> {
        find(&USER_POOLS, operation)
    }

    /// Returns the category of an operation of identity pools, such as `GetId`; `None` for an
    /// operation without a documented rate.
    ///
    /// Both services have operations with the same name, such as `TagResource`.
    pub fn of_identity_pool_operation(operation: &str) -> Option<Self> {
        find(&IDENTITY_POOLS, operation)
    }

    /// Returns the operations of the category in alphabetical order.
    ///
    /// ```
    /// # mod cognito { pub use cognito_types as types; }
    /// use cognito::types::QuotaCategory;
    ///
    /// let lists: Vec<_> = QuotaCategory::UserList.operations().collect();
    /// assert_eq!(lists, ["ListUsers", "ListUsersInGroup"]);
    /// ```
    pub fn operations(self) -> impl Iterator<Item = &'static str> {
        let all = USER_POOLS.iter().chain(&IDENTITY_POOLS);
        all.filter(move |(_, category)| *category == self).map(|(name, _)| *name)
    }
}

fn find(categories: &[(&str, QuotaCategory)], operation: &str) -> Option<QuotaCategory> {
    let found = categories.binary_search_by_key(&operation, |(name, _)| name).ok()?;
    categories.get(found).map(|(_, category)| *category)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_in_alphabetical_order_and_each_is_found() {
        assert_sorted_and_found(&USER_POOLS, QuotaCategory::of);
        assert_sorted_and_found(&IDENTITY_POOLS, QuotaCategory::of_identity_pool_operation);
    }

    fn assert_sorted_and_found(
        table: &[(&str, QuotaCategory)],
        of: fn(&str) -> Option<QuotaCategory>,
    ) {
        assert!(table.is_sorted_by(|(a, _), (b, _)| a < b));
        for (name, category) in table {
            assert_eq!(of(name), Some(*category), "{name}");
        }
    }

    #[test]
    fn operations_of_the_other_service_have_no_category() {
        for (name, _) in USER_POOLS {
            assert_eq!(QuotaCategory::of_identity_pool_operation(name), None, "{name}");
        }
        for (name, category) in IDENTITY_POOLS {
            assert_eq!(QuotaCategory::of(name), None, "{name}");
            assert!(category.is_of_identity_pools(), "{name}");
        }
        assert!(USER_POOLS.iter().all(|(_, category)| !category.is_of_identity_pools()));
    }
}
