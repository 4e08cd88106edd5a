//! The category of every operation.
//!
//! The developer guide lists the operations of each category; others are in the category of their
//! siblings. <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>

use super::category::Category::{self, *};

/// Every operation with its category, in alphabetical order.
const CATEGORIES: [(&str, Category); 153] = [
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

impl Category {
    /// Returns the category of an operation, such as `ListUsers`; none for an unknown one.
    ///
    /// ```
    /// # mod cognito { pub mod bulk { pub use cognito_bulk::Category; } }
    /// use cognito::bulk::Category;
    ///
    /// assert_eq!(Category::of("ListUsersInGroup"), Some(Category::UserList));
    /// assert_eq!(Category::of("ListUnicorns"), None);
    /// ```
    pub fn of(operation: &str) -> Option<Self> {
        let found = CATEGORIES.binary_search_by_key(&operation, |(name, _)| name).ok()?;
        CATEGORIES.get(found).map(|(_, category)| *category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_in_alphabetical_order_and_each_is_found() {
        assert!(CATEGORIES.is_sorted_by(|(a, _), (b, _)| a < b));
        for (name, category) in CATEGORIES {
            assert_eq!(Category::of(name), Some(category), "{name}");
        }
    }
}
