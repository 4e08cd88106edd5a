//! The operations of the API, and the failures after which each is retried.

use crate::error::{Error, ErrorKind};

/// The failures after which a request is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// After throttling and after a failure with an unknown outcome: a second execution has no
    /// further effect.
    Always,
    /// After throttling only: a second execution would send another code, use up a Session, create
    /// a second resource, or be refused because of the first.
    Throttled,
    /// After throttling and after a failure with an unknown outcome: a second execution is refused
    /// because of the first, and the caller treats that refusal as success.
    UntilKnown,
    /// Once, without a pause: a rotated refresh token is accepted only for a short time.
    AtOnce,
}

macro_rules! operations {
    ($($repeat:ident { $($name:ident)+ })+) => {
        /// An operation of the API. Two variants with the same name differ in their retries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(not(all(feature = "admin", feature = "credentials")), allow(dead_code))]
        pub(crate) enum Operation {
            $($($name,)+)+
        }

        impl Operation {
            #[cfg(test)]
            const ALL: &[Self] = &[$($(Self::$name,)+)+];

            /// Returns the failures after which a request is retried.
            pub(crate) fn repeat(self) -> Repeat {
                match self {
                    $($(Self::$name => Repeat::$repeat,)+)+
                }
            }

            fn variant(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($name),)+)+
                }
            }
        }
    };
}

operations! {
    Always {
        // Of users.
        AssociateSoftwareToken ConfirmDevice DeleteUserAttributes GetDerivedToken GetDevice
        GetUser GetUserAuthFactors InitiateAuthOverSrp ListDevices ListUserSessions
        ListWebAuthnCredentials RevokeToken SetUserMFAPreference StartWebAuthnRegistration
        UpdateDeviceStatus
        // Of administrators.
        AdminAddUserToGroup AdminDeleteUserAttributes AdminDisableUser AdminEnableUser
        AdminGetDevice AdminGetUser AdminGetUserAuthFactors AdminInitiateAuthOverSrp
        AdminListDevices AdminListGroupsForUser AdminListUserAuthEvents
        AdminListUserSessions AdminRemoveUserFromGroup AdminSetUserMFAPreference
        AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus AdminUserGlobalSignOut
        DescribeIdentityProvider DescribeResourceServer DescribeRiskConfiguration
        DescribeUserImportJob DescribeUserPool DescribeUserPoolClient DescribeUserPoolDomain
        GetCSVHeader GetGroup GetIdentityProviderByIdentifier GetLogDeliveryConfiguration
        GetProvisionedLimit GetUserPoolMfaConfig ListGroups ListIdentityProviders
        ListResourceServers ListUserImportJobs ListUserPoolClientSecrets ListUserPoolClients
        ListUserPools ListUsers ListUsersInGroup SetLogDeliveryConfiguration
        SetRiskConfiguration SetUserPoolMfaConfig UpdateGroup UpdateIdentityProvider
        UpdateProvisionedLimit UpdateResourceServer UpdateUserPool UpdateUserPoolClient
        UpdateUserPoolDomain
        // Of identity pools. A retry of GetId for a guest creates an identity that is never used.
        GetCredentialsForIdentity GetId GetOpenIdToken
    }
    Throttled {
        // Of users.
        AssociateSoftwareTokenInSignIn ChangePassword CompleteWebAuthnRegistration
        ConfirmForgotPassword ConfirmSignUp ForgotPassword GetUserAttributeVerificationCode
        InitiateAuth ResendConfirmationCode RespondToAuthChallenge RevokeUserSession SignUp
        UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute
        // Of administrators.
        AddCustomAttributes AddUserPoolClientSecret AdminConfirmSignUp AdminCreateUser
        AdminDeleteSoftwareToken AdminDeleteUser AdminDisableProviderForUser
        AdminForgetDevice AdminInitiateAuth AdminLinkProviderForUser AdminResetUserPassword
        AdminRespondToAuthChallenge AdminRevokeUserSession AdminSetUserPassword
        AdminUpdateUserAttributes CreateGroup CreateIdentityProvider CreateResourceServer
        CreateUserImportJob CreateUserPool CreateUserPoolClient CreateUserPoolDomain
        DeleteGroup DeleteIdentityProvider DeleteResourceServer DeleteUserPool
        DeleteUserPoolClient DeleteUserPoolClientSecret DeleteUserPoolDomain
        StartUserImportJob StopUserImportJob
        // Of identity pools.
        UnlinkIdentity
    }
    UntilKnown {
        DeleteUser DeleteWebAuthnCredential ForgetDevice GlobalSignOut
    }
    AtOnce {
        GetTokensFromRefreshToken
    }
}

/// The services of Amazon Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "credentials"), allow(dead_code))]
pub(crate) enum Service {
    UserPools,
    IdentityPools,
}

impl Service {
    /// Returns the first part of the service's host names.
    pub(super) fn host(self) -> &'static str {
        match self {
            Self::UserPools => "cognito-idp",
            Self::IdentityPools => "cognito-identity",
        }
    }

    /// Returns the prefix of operation names in `X-Amz-Target`.
    pub(super) fn target(self) -> &'static str {
        match self {
            Self::UserPools => "AWSCognitoIdentityProviderService",
            Self::IdentityPools => "AWSCognitoIdentityService",
        }
    }
}

impl Operation {
    /// Returns the service that has the operation.
    pub(crate) fn service(self) -> Service {
        match self {
            Self::GetCredentialsForIdentity
            | Self::GetId
            | Self::GetOpenIdToken
            | Self::UnlinkIdentity => Service::IdentityPools,
            _ => Service::UserPools,
        }
    }

    /// Returns the name of the operation in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AdminInitiateAuthOverSrp => "AdminInitiateAuth",
            Self::AssociateSoftwareTokenInSignIn => "AssociateSoftwareToken",
            Self::InitiateAuthOverSrp => "InitiateAuth",
            operation => operation.variant(),
        }
    }

    /// Returns whether a request may be retried after this error.
    pub(super) fn may_repeat_after(self, error: &Error) -> bool {
        if !error.is_transient() {
            return false;
        }
        let has_no_effect = error.kind() == ErrorKind::Throttled || error.was_not_sent();
        has_no_effect || (error.leaves_outcome_unknown() && self.repeat() != Repeat::Throttled)
    }

    /// Returns whether a response of the operation may be empty.
    ///
    /// Responses of operations without output in the service's model are empty, and moto 5.2.5
    /// sends empty responses for some that return no members. All others contain at least `{}`, so
    /// an empty response comes from another server on the way.
    pub(crate) fn may_respond_with_nothing(self) -> bool {
        matches!(
            self,
            Self::AddCustomAttributes
                | Self::AdminAddUserToGroup
                | Self::AdminDeleteSoftwareToken
                | Self::AdminDeleteUser
                | Self::AdminForgetDevice
                | Self::AdminRemoveUserFromGroup
                | Self::DeleteGroup
                | Self::DeleteIdentityProvider
                | Self::DeleteResourceServer
                | Self::DeleteUser
                | Self::DeleteUserPool
                | Self::DeleteUserPoolClient
                | Self::DeleteUserPoolClientSecret
                | Self::DeleteUserPoolDomain
                | Self::ForgetDevice
                | Self::UnlinkIdentity
                | Self::UpdateUserPool
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prefixes of the names of operations whose second execution has another result.
    const NOT_IDEMPOTENT: [&str; 34] = [
        "AddCustomAttributes",
        "AddUserPoolClientSecret",
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminDeleteSoftwareToken",
        "AdminDeleteUser",
        "AdminDisableProviderForUser",
        "AdminForgetDevice",
        "AdminLinkProviderForUser",
        "AdminResetUserPassword",
        "AdminRespondToAuthChallenge",
        "AdminRevokeUserSession",
        "AdminSetUserPassword",
        "AdminUpdateUserAttributes",
        "ChangePassword",
        "CompleteWebAuthnRegistration",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "Create",
        "Delete",
        "ForgetDevice",
        "ForgotPassword",
        "GetUserAttributeVerificationCode",
        "GlobalSignOut",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "RevokeUserSession",
        "SignUp",
        "StartUserImportJob",
        "StopUserImportJob",
        "UnlinkIdentity",
        "UpdateUserAttributes",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    ];

    #[test]
    fn each_operation_is_retried_as_its_effect_allows() {
        for operation in Operation::ALL {
            let name = operation.name();
            let expected = match operation {
                Operation::GetTokensFromRefreshToken => Repeat::AtOnce,
                // The caller recognizes their refusals.
                Operation::DeleteUser
                | Operation::DeleteWebAuthnCredential
                | Operation::ForgetDevice
                | Operation::GlobalSignOut => Repeat::UntilKnown,
                // These have two variants, by flow.
                Operation::AdminInitiateAuth
                | Operation::AssociateSoftwareTokenInSignIn
                | Operation::InitiateAuth => Repeat::Throttled,
                // Deleting absent attributes succeeds.
                Operation::AdminDeleteUserAttributes | Operation::DeleteUserAttributes => {
                    Repeat::Always
                }
                _ if NOT_IDEMPOTENT.iter().any(|part| name.starts_with(part)) => Repeat::Throttled,
                _ => Repeat::Always,
            };
            assert_eq!(operation.repeat(), expected, "{name}");
        }
    }

    /// The operations of botocore's models (cognito-idp 2016-04-18, cognito-identity 2014-06-30)
    /// that have no output.
    const WITHOUT_OUTPUT: [&str; 12] = [
        "AdminAddUserToGroup",
        "AdminDeleteUser",
        "AdminForgetDevice",
        "AdminRemoveUserFromGroup",
        "DeleteGroup",
        "DeleteIdentityProvider",
        "DeleteResourceServer",
        "DeleteUser",
        "DeleteUserPool",
        "DeleteUserPoolClient",
        "ForgetDevice",
        "UnlinkIdentity",
    ];

    #[test]
    fn operations_without_output_may_respond_with_nothing() {
        for name in WITHOUT_OUTPUT {
            let operation = Operation::ALL.iter().find(|operation| operation.name() == name);
            assert!(operation.unwrap().may_respond_with_nothing(), "{name}");
        }
    }

    #[test]
    fn each_operation_is_retried_after_throttling_and_none_after_a_refusal() {
        let error = |kind| Error::new(kind);
        for operation in Operation::ALL {
            assert!(operation.may_repeat_after(&error(ErrorKind::Throttled)), "{operation:?}");
            for refusal in [ErrorKind::NotAuthorized, ErrorKind::Configuration, ErrorKind::Unknown]
            {
                assert!(!operation.may_repeat_after(&error(refusal)), "{operation:?}");
            }
            for lost in [ErrorKind::Transport, ErrorKind::Service] {
                let expected = operation.repeat() != Repeat::Throttled;
                assert_eq!(operation.may_repeat_after(&error(lost)), expected, "{operation:?}");
            }
        }
    }
}
