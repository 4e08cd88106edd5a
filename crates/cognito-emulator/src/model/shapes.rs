//! The requests of every operation of user pools.
//!
//! Written by `cargo xtask shapes` from the service model in botocore 1.44.8; not edited by hand.

use super::pattern::Pattern;
use super::shape::Kind::{
    Blob, Boolean, Document, Enum, Integer, List, Map, Structure, Text, Timestamp,
};
use super::shape::{
    ANY, Auth, Operation, Shape, at_least, at_most, between, optional, or_blank, required,
    sensitive, shape,
};

/// Every operation, in alphabetical order.
pub(crate) static OPERATIONS: [Operation; 153] = [
    Operation {
        name: "AddCustomAttributes",
        auth: Auth::Iam,
        input: &ADD_CUSTOM_ATTRIBUTES_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserImportInProgressException",
        ],
    },
    Operation {
        name: "AddUserPoolClientSecret",
        auth: Auth::Iam,
        input: &ADD_USER_POOL_CLIENT_SECRET_REQUEST,
        exceptions: &[
            "AccessDeniedException",
            "InternalServerException",
            "InvalidParameterException",
            "LimitExceededException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "AdminAddUserToGroup",
        auth: Auth::Iam,
        input: &ADMIN_ADD_USER_TO_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminConfirmSignUp",
        auth: Auth::Iam,
        input: &ADMIN_CONFIRM_SIGN_UP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyFailedAttemptsException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminCreateUser",
        auth: Auth::Iam,
        input: &ADMIN_CREATE_USER_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PreconditionNotMetException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UnsupportedUserStateException",
            "UserLambdaValidationException",
            "UserNotFoundException",
            "UsernameExistsException",
        ],
    },
    Operation {
        name: "AdminDeleteSoftwareToken",
        auth: Auth::Iam,
        input: &ADMIN_DELETE_SOFTWARE_TOKEN_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminDeleteUser",
        auth: Auth::Iam,
        input: &ADMIN_DELETE_USER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminDeleteUserAttributes",
        auth: Auth::Iam,
        input: &ADMIN_DELETE_USER_ATTRIBUTES_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminDisableProviderForUser",
        auth: Auth::Iam,
        input: &ADMIN_DISABLE_PROVIDER_FOR_USER_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminDisableUser",
        auth: Auth::Iam,
        input: &ADMIN_DISABLE_USER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminEnableUser",
        auth: Auth::Iam,
        input: &ADMIN_ENABLE_USER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminForgetDevice",
        auth: Auth::Iam,
        input: &ADMIN_FORGET_DEVICE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminGetDevice",
        auth: Auth::Iam,
        input: &ADMIN_GET_DEVICE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "AdminGetUser",
        auth: Auth::Iam,
        input: &ADMIN_GET_USER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminGetUserAuthFactors",
        auth: Auth::Iam,
        input: &ADMIN_GET_USER_AUTH_FACTORS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminInitiateAuth",
        auth: Auth::Iam,
        input: &ADMIN_INITIATE_AUTH_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidUserPoolConfigurationException",
            "MFAMethodNotFoundException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UnsupportedOperationException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminLinkProviderForUser",
        auth: Auth::Iam,
        input: &ADMIN_LINK_PROVIDER_FOR_USER_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminListDevices",
        auth: Auth::Iam,
        input: &ADMIN_LIST_DEVICES_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "AdminListGroupsForUser",
        auth: Auth::Iam,
        input: &ADMIN_LIST_GROUPS_FOR_USER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminListUserAuthEvents",
        auth: Auth::Iam,
        input: &ADMIN_LIST_USER_AUTH_EVENTS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
            "UserPoolAddOnNotEnabledException",
        ],
    },
    Operation {
        name: "AdminListUserSessions",
        auth: Auth::Iam,
        input: &ADMIN_LIST_USER_SESSIONS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminRemoveUserFromGroup",
        auth: Auth::Iam,
        input: &ADMIN_REMOVE_USER_FROM_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminResetUserPassword",
        auth: Auth::Iam,
        input: &ADMIN_RESET_USER_PASSWORD_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminRespondToAuthChallenge",
        auth: Auth::Iam,
        input: &ADMIN_RESPOND_TO_AUTH_CHALLENGE_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "CodeMismatchException",
            "ExpiredCodeException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidUserPoolConfigurationException",
            "MFAMethodNotFoundException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordHistoryPolicyViolationException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "SoftwareTokenMFANotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminRevokeUserSession",
        auth: Auth::Iam,
        input: &ADMIN_REVOKE_USER_SESSION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminSetUserMFAPreference",
        auth: Auth::Iam,
        input: &ADMIN_SET_USER_MFA_PREFERENCE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminSetUserPassword",
        auth: Auth::Iam,
        input: &ADMIN_SET_USER_PASSWORD_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordHistoryPolicyViolationException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminSetUserSettings",
        auth: Auth::Iam,
        input: &ADMIN_SET_USER_SETTINGS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminUpdateAuthEventFeedback",
        auth: Auth::Iam,
        input: &ADMIN_UPDATE_AUTH_EVENT_FEEDBACK_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
            "UserPoolAddOnNotEnabledException",
        ],
    },
    Operation {
        name: "AdminUpdateDeviceStatus",
        auth: Auth::Iam,
        input: &ADMIN_UPDATE_DEVICE_STATUS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminUpdateUserAttributes",
        auth: Auth::Iam,
        input: &ADMIN_UPDATE_USER_ATTRIBUTES_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AdminUserGlobalSignOut",
        auth: Auth::Iam,
        input: &ADMIN_USER_GLOBAL_SIGN_OUT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "AssociateSoftwareToken",
        auth: Auth::None,
        input: &ASSOCIATE_SOFTWARE_TOKEN_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "SoftwareTokenMFANotFoundException",
        ],
    },
    Operation {
        name: "CancelPointInTimeRecovery",
        auth: Auth::Iam,
        input: &CANCEL_POINT_IN_TIME_RECOVERY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ChangePassword",
        auth: Auth::None,
        input: &CHANGE_PASSWORD_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordHistoryPolicyViolationException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "CompleteWebAuthnRegistration",
        auth: Auth::None,
        input: &COMPLETE_WEB_AUTHN_REGISTRATION_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "TooManyRequestsException",
            "WebAuthnChallengeNotFoundException",
            "WebAuthnClientMismatchException",
            "WebAuthnCredentialNotSupportedException",
            "WebAuthnNotEnabledException",
            "WebAuthnOriginNotAllowedException",
            "WebAuthnRelyingPartyMismatchException",
        ],
    },
    Operation {
        name: "ConfirmDevice",
        auth: Auth::None,
        input: &CONFIRM_DEVICE_REQUEST,
        exceptions: &[
            "DeviceKeyExistsException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
            "UsernameExistsException",
        ],
    },
    Operation {
        name: "ConfirmForgotPassword",
        auth: Auth::None,
        input: &CONFIRM_FORGOT_PASSWORD_REQUEST,
        exceptions: &[
            "CodeMismatchException",
            "ExpiredCodeException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordHistoryPolicyViolationException",
            "ResourceNotFoundException",
            "TooManyFailedAttemptsException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "ConfirmSignUp",
        auth: Auth::None,
        input: &CONFIRM_SIGN_UP_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "CodeMismatchException",
            "ExpiredCodeException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyFailedAttemptsException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "CreateCIMDPolicy",
        auth: Auth::Iam,
        input: &CREATE_CIMD_POLICY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateGroup",
        auth: Auth::Iam,
        input: &CREATE_GROUP_REQUEST,
        exceptions: &[
            "GroupExistsException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateIdentityProvider",
        auth: Auth::Iam,
        input: &CREATE_IDENTITY_PROVIDER_REQUEST,
        exceptions: &[
            "DuplicateProviderException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateManagedLoginBranding",
        auth: Auth::Iam,
        input: &CREATE_MANAGED_LOGIN_BRANDING_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "ManagedLoginBrandingExistsException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateResourceServer",
        auth: Auth::Iam,
        input: &CREATE_RESOURCE_SERVER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateTerms",
        auth: Auth::Iam,
        input: &CREATE_TERMS_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TermsExistsException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateUserImportJob",
        auth: Auth::Iam,
        input: &CREATE_USER_IMPORT_JOB_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PreconditionNotMetException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateUserPool",
        auth: Auth::Iam,
        input: &CREATE_USER_POOL_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "TierChangeNotAllowedException",
            "TooManyRequestsException",
            "UserPoolTaggingException",
        ],
    },
    Operation {
        name: "CreateUserPoolClient",
        auth: Auth::Iam,
        input: &CREATE_USER_POOL_CLIENT_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidOAuthFlowException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "ScopeDoesNotExistException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "CreateUserPoolDomain",
        auth: Auth::Iam,
        input: &CREATE_USER_POOL_DOMAIN_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "CreateUserPoolReplica",
        auth: Auth::Iam,
        input: &CREATE_USER_POOL_REPLICA_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserPoolTaggingException",
        ],
    },
    Operation {
        name: "DeleteCIMDPolicy",
        auth: Auth::Iam,
        input: &DELETE_CIMD_POLICY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteGroup",
        auth: Auth::Iam,
        input: &DELETE_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteIdentityProvider",
        auth: Auth::Iam,
        input: &DELETE_IDENTITY_PROVIDER_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnsupportedIdentityProviderException",
        ],
    },
    Operation {
        name: "DeleteManagedLoginBranding",
        auth: Auth::Iam,
        input: &DELETE_MANAGED_LOGIN_BRANDING_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteResourceServer",
        auth: Auth::Iam,
        input: &DELETE_RESOURCE_SERVER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteTerms",
        auth: Auth::Iam,
        input: &DELETE_TERMS_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteUser",
        auth: Auth::None,
        input: &DELETE_USER_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "DeleteUserAttributes",
        auth: Auth::None,
        input: &DELETE_USER_ATTRIBUTES_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "DeleteUserPool",
        auth: Auth::Iam,
        input: &DELETE_USER_POOL_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserImportInProgressException",
        ],
    },
    Operation {
        name: "DeleteUserPoolClient",
        auth: Auth::Iam,
        input: &DELETE_USER_POOL_CLIENT_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteUserPoolClientSecret",
        auth: Auth::Iam,
        input: &DELETE_USER_POOL_CLIENT_SECRET_REQUEST,
        exceptions: &[
            "InternalServerException",
            "InvalidParameterException",
            "LimitExceededException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteUserPoolDomain",
        auth: Auth::Iam,
        input: &DELETE_USER_POOL_DOMAIN_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DeleteUserPoolReplica",
        auth: Auth::Iam,
        input: &DELETE_USER_POOL_REPLICA_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteWebAuthnCredential",
        auth: Auth::None,
        input: &DELETE_WEB_AUTHN_CREDENTIAL_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeCIMDPolicy",
        auth: Auth::Iam,
        input: &DESCRIBE_CIMD_POLICY_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeIdentityProvider",
        auth: Auth::Iam,
        input: &DESCRIBE_IDENTITY_PROVIDER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeManagedLoginBranding",
        auth: Auth::Iam,
        input: &DESCRIBE_MANAGED_LOGIN_BRANDING_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeManagedLoginBrandingByClient",
        auth: Auth::Iam,
        input: &DESCRIBE_MANAGED_LOGIN_BRANDING_BY_CLIENT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribePointInTimeRecovery",
        auth: Auth::Iam,
        input: &DESCRIBE_POINT_IN_TIME_RECOVERY_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeResourceServer",
        auth: Auth::Iam,
        input: &DESCRIBE_RESOURCE_SERVER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeRiskConfiguration",
        auth: Auth::Iam,
        input: &DESCRIBE_RISK_CONFIGURATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserPoolAddOnNotEnabledException",
        ],
    },
    Operation {
        name: "DescribeTerms",
        auth: Auth::Iam,
        input: &DESCRIBE_TERMS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeTermsByClient",
        auth: Auth::Iam,
        input: &DESCRIBE_TERMS_BY_CLIENT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeUserImportJob",
        auth: Auth::Iam,
        input: &DESCRIBE_USER_IMPORT_JOB_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeUserPool",
        auth: Auth::Iam,
        input: &DESCRIBE_USER_POOL_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserPoolTaggingException",
        ],
    },
    Operation {
        name: "DescribeUserPoolClient",
        auth: Auth::Iam,
        input: &DESCRIBE_USER_POOL_CLIENT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeUserPoolDomain",
        auth: Auth::Iam,
        input: &DESCRIBE_USER_POOL_DOMAIN_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "ForgetDevice",
        auth: Auth::None,
        input: &FORGET_DEVICE_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "ForgotPassword",
        auth: Auth::None,
        input: &FORGOT_PASSWORD_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetCSVHeader",
        auth: Auth::Iam,
        input: &GET_CSV_HEADER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetClientToken",
        auth: Auth::Iam,
        input: &GET_CLIENT_TOKEN_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetDerivedToken",
        auth: Auth::Iam,
        input: &GET_DERIVED_TOKEN_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetDevice",
        auth: Auth::None,
        input: &GET_DEVICE_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetGroup",
        auth: Auth::Iam,
        input: &GET_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetIdentityProviderByIdentifier",
        auth: Auth::Iam,
        input: &GET_IDENTITY_PROVIDER_BY_IDENTIFIER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetLogDeliveryConfiguration",
        auth: Auth::Iam,
        input: &GET_LOG_DELIVERY_CONFIGURATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetProvisionedLimit",
        auth: Auth::Iam,
        input: &GET_PROVISIONED_LIMIT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetSigningCertificate",
        auth: Auth::Iam,
        input: &GET_SIGNING_CERTIFICATE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "GetTokensFromRefreshToken",
        auth: Auth::None,
        input: &GET_TOKENS_FROM_REFRESH_TOKEN_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "RefreshTokenReuseException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetUICustomization",
        auth: Auth::Iam,
        input: &GET_UI_CUSTOMIZATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetUser",
        auth: Auth::None,
        input: &GET_USER_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetUserAttributeVerificationCode",
        auth: Auth::None,
        input: &GET_USER_ATTRIBUTE_VERIFICATION_CODE_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetUserAuthFactors",
        auth: Auth::None,
        input: &GET_USER_AUTH_FACTORS_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "GetUserPoolClientSessionConfiguration",
        auth: Auth::Iam,
        input: &GET_USER_POOL_CLIENT_SESSION_CONFIGURATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetUserPoolMfaConfig",
        auth: Auth::Iam,
        input: &GET_USER_POOL_MFA_CONFIG_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetUserPoolSessionConfiguration",
        auth: Auth::Iam,
        input: &GET_USER_POOL_SESSION_CONFIGURATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GlobalSignOut",
        auth: Auth::None,
        input: &GLOBAL_SIGN_OUT_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
        ],
    },
    Operation {
        name: "InitiateAuth",
        auth: Auth::None,
        input: &INITIATE_AUTH_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UnsupportedOperationException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "InitiatePointInTimeRecovery",
        auth: Auth::Iam,
        input: &INITIATE_POINT_IN_TIME_RECOVERY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListCIMDPolicies",
        auth: Auth::Iam,
        input: &LIST_CIMD_POLICIES_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListClientMetadataURLs",
        auth: Auth::Iam,
        input: &LIST_CLIENT_METADATA_UR_LS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListDevices",
        auth: Auth::None,
        input: &LIST_DEVICES_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "ListGroups",
        auth: Auth::Iam,
        input: &LIST_GROUPS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListIdentityProviders",
        auth: Auth::Iam,
        input: &LIST_IDENTITY_PROVIDERS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListPointInTimeRecoveries",
        auth: Auth::Iam,
        input: &LIST_POINT_IN_TIME_RECOVERIES_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListResourceServers",
        auth: Auth::Iam,
        input: &LIST_RESOURCE_SERVERS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListTagsForResource",
        auth: Auth::Iam,
        input: &LIST_TAGS_FOR_RESOURCE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListTerms",
        auth: Auth::Iam,
        input: &LIST_TERMS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserImportJobs",
        auth: Auth::Iam,
        input: &LIST_USER_IMPORT_JOBS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserPoolClientSecrets",
        auth: Auth::Iam,
        input: &LIST_USER_POOL_CLIENT_SECRETS_REQUEST,
        exceptions: &[
            "InternalServerException",
            "InvalidParameterException",
            "LimitExceededException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserPoolClients",
        auth: Auth::Iam,
        input: &LIST_USER_POOL_CLIENTS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserPoolReplicas",
        auth: Auth::Iam,
        input: &LIST_USER_POOL_REPLICAS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserPools",
        auth: Auth::Iam,
        input: &LIST_USER_POOLS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUserSessions",
        auth: Auth::None,
        input: &LIST_USER_SESSIONS_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "ListUsers",
        auth: Auth::Iam,
        input: &LIST_USERS_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListUsersInGroup",
        auth: Auth::Iam,
        input: &LIST_USERS_IN_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListWebAuthnCredentials",
        auth: Auth::None,
        input: &LIST_WEB_AUTHN_CREDENTIALS_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ResendConfirmationCode",
        auth: Auth::None,
        input: &RESEND_CONFIRMATION_CODE_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "RespondToAuthChallenge",
        auth: Auth::None,
        input: &RESPOND_TO_AUTH_CHALLENGE_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "CodeMismatchException",
            "ExpiredCodeException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "InvalidUserPoolConfigurationException",
            "MFAMethodNotFoundException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordHistoryPolicyViolationException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "SoftwareTokenMFANotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "RevokeToken",
        auth: Auth::None,
        input: &REVOKE_TOKEN_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "OperationNotEnabledException",
            "TooManyRequestsException",
            "UnauthorizedException",
            "UnsupportedOperationException",
            "UnsupportedTokenTypeException",
        ],
    },
    Operation {
        name: "RevokeUserSession",
        auth: Auth::None,
        input: &REVOKE_USER_SESSION_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "SetLogDeliveryConfiguration",
        auth: Auth::Iam,
        input: &SET_LOG_DELIVERY_CONFIGURATION_REQUEST,
        exceptions: &[
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetRiskConfiguration",
        auth: Auth::Iam,
        input: &SET_RISK_CONFIGURATION_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserPoolAddOnNotEnabledException",
        ],
    },
    Operation {
        name: "SetUICustomization",
        auth: Auth::Iam,
        input: &SET_UI_CUSTOMIZATION_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetUserMFAPreference",
        auth: Auth::None,
        input: &SET_USER_MFA_PREFERENCE_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "SetUserPoolClientSessionConfiguration",
        auth: Auth::Iam,
        input: &SET_USER_POOL_CLIENT_SESSION_CONFIGURATION_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetUserPoolMfaConfig",
        auth: Auth::Iam,
        input: &SET_USER_POOL_MFA_CONFIG_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetUserPoolSessionConfiguration",
        auth: Auth::Iam,
        input: &SET_USER_POOL_SESSION_CONFIGURATION_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetUserSettings",
        auth: Auth::None,
        input: &SET_USER_SETTINGS_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "SignUp",
        auth: Auth::None,
        input: &SIGN_UP_REQUEST,
        exceptions: &[
            "CodeDeliveryFailureException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UsernameExistsException",
        ],
    },
    Operation {
        name: "StartPointInTimeRecovery",
        auth: Auth::Iam,
        input: &START_POINT_IN_TIME_RECOVERY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "StartUserImportJob",
        auth: Auth::Iam,
        input: &START_USER_IMPORT_JOB_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PreconditionNotMetException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "StartWebAuthnRegistration",
        auth: Auth::None,
        input: &START_WEB_AUTHN_REGISTRATION_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "TooManyRequestsException",
            "WebAuthnConfigurationMissingException",
            "WebAuthnNotEnabledException",
        ],
    },
    Operation {
        name: "StopUserImportJob",
        auth: Auth::Iam,
        input: &STOP_USER_IMPORT_JOB_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PreconditionNotMetException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "TagResource",
        auth: Auth::Iam,
        input: &TAG_RESOURCE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UntagResource",
        auth: Auth::Iam,
        input: &UNTAG_RESOURCE_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateAuthEventFeedback",
        auth: Auth::None,
        input: &UPDATE_AUTH_EVENT_FEEDBACK_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotFoundException",
            "UserPoolAddOnNotEnabledException",
        ],
    },
    Operation {
        name: "UpdateCIMDPolicy",
        auth: Auth::Iam,
        input: &UPDATE_CIMD_POLICY_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateClientMetadataURLState",
        auth: Auth::Iam,
        input: &UPDATE_CLIENT_METADATA_URL_STATE_REQUEST,
        exceptions: &[
            "CachedCIMDURLDoesNotExistException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateDeviceStatus",
        auth: Auth::None,
        input: &UPDATE_DEVICE_STATUS_REQUEST,
        exceptions: &[
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "UpdateGroup",
        auth: Auth::Iam,
        input: &UPDATE_GROUP_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateIdentityProvider",
        auth: Auth::Iam,
        input: &UPDATE_IDENTITY_PROVIDER_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnsupportedIdentityProviderException",
        ],
    },
    Operation {
        name: "UpdateManagedLoginBranding",
        auth: Auth::Iam,
        input: &UPDATE_MANAGED_LOGIN_BRANDING_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateProvisionedLimit",
        auth: Auth::Iam,
        input: &UPDATE_PROVISIONED_LIMIT_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "ServiceQuotaExceededException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateResourceServer",
        auth: Auth::Iam,
        input: &UPDATE_RESOURCE_SERVER_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateTerms",
        auth: Auth::Iam,
        input: &UPDATE_TERMS_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TermsExistsException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateUserAttributes",
        auth: Auth::None,
        input: &UPDATE_USER_ATTRIBUTES_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "CodeDeliveryFailureException",
            "CodeMismatchException",
            "ExpiredCodeException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidLambdaResponseException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UnexpectedLambdaException",
            "UserLambdaValidationException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "UpdateUserPool",
        auth: Auth::Iam,
        input: &UPDATE_USER_POOL_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidEmailRoleAccessPolicyException",
            "InvalidParameterException",
            "InvalidSmsRoleAccessPolicyException",
            "InvalidSmsRoleTrustRelationshipException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TierChangeNotAllowedException",
            "TooManyRequestsException",
            "UserImportInProgressException",
            "UserPoolTaggingException",
        ],
    },
    Operation {
        name: "UpdateUserPoolClient",
        auth: Auth::Iam,
        input: &UPDATE_USER_POOL_CLIENT_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidOAuthFlowException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "ScopeDoesNotExistException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateUserPoolDomain",
        auth: Auth::Iam,
        input: &UPDATE_USER_POOL_DOMAIN_REQUEST,
        exceptions: &[
            "ConcurrentModificationException",
            "FeatureUnavailableInTierException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateUserPoolReplica",
        auth: Auth::Iam,
        input: &UPDATE_USER_POOL_REPLICA_REQUEST,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "VerifySoftwareToken",
        auth: Auth::None,
        input: &VERIFY_SOFTWARE_TOKEN_REQUEST,
        exceptions: &[
            "CodeMismatchException",
            "EnableSoftwareTokenMFAException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "InvalidUserPoolConfigurationException",
            "NotAuthorizedException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "SoftwareTokenMFANotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
    Operation {
        name: "VerifyUserAttribute",
        auth: Auth::None,
        input: &VERIFY_USER_ATTRIBUTE_REQUEST,
        exceptions: &[
            "AliasExistsException",
            "CodeMismatchException",
            "ExpiredCodeException",
            "ForbiddenException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "OperationNotEnabledException",
            "PasswordResetRequiredException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
            "UserNotConfirmedException",
            "UserNotFoundException",
        ],
    },
];

static SMS_INVITE_MESSAGE_PATTERN: Pattern = Pattern::new(r"(?s).*");
static OPTIONAL_ARN_PATTERN: Pattern = Pattern::new(
    r"(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?",
);
static SMS_VERIFICATION_MESSAGE_PATTERN: Pattern = Pattern::new(r".*\{####\}.*");
static ACR_LEVEL_KEY_PATTERN: Pattern = Pattern::new(r"Level[1-4]");
static SOFTWARE_TOKEN_MFA_USER_CODE_PATTERN: Pattern = Pattern::new(r"[0-9]+");
static GET_DERIVED_TOKEN_TOKEN_MODEL_PATTERN: Pattern = Pattern::new(r"[A-Za-z0-9-_+/=.]+");
static TOKEN_MODEL_PATTERN: Pattern = Pattern::new(r"[A-Za-z0-9-_=.]+");
static CONFIRMATION_CODE_PATTERN: Pattern = Pattern::new(r"[\S]+");
static CIMD_POLICY_NAME_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+");
static EMAIL_INVITE_MESSAGE_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
static EMAIL_MFA_MESSAGE_PATTERN: Pattern =
    Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
static EMAIL_VERIFICATION_MESSAGE_BY_LINK_PATTERN: Pattern = Pattern::new(
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
);
static EMAIL_NOTIFICATION_BODY_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+");
static EMAIL_MFA_SUBJECT_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+");
static ATTRIBUTE_NAME_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+");
static CUSTOM_ATTRIBUTE_NAME_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
static EMAIL_ADDRESS_PATTERN: Pattern =
    Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
static EVENT_ID_PATTERN: Pattern = Pattern::new(r"[\w+-]+");
static SECRET_HASH_PATTERN: Pattern = Pattern::new(r"[\w+=/]+");
static CLIENT_ID_PATTERN: Pattern = Pattern::new(r"[\w+]+");
static DEVICE_KEY_PATTERN: Pattern = Pattern::new(r"[\w-]+_[0-9a-f-]+");
static USER_POOL_ID_PATTERN: Pattern = Pattern::new(r"[\w-]+_[0-9a-zA-Z]+");
static CLIENT_NAME_PATTERN: Pattern = Pattern::new(r"[\w\s+=,.@-]+");
static IDP_IDENTIFIER_PATTERN: Pattern = Pattern::new(r"[\w\s+=.@-]+");
static RESOURCE_SERVER_SCOPE_NAME_PATTERN: Pattern =
    Pattern::new(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+");
static ACR_VALUE_PATTERN: Pattern = Pattern::new(r"[\x21\x23-\x5B\x5D-\x7E]+");
static PROVIDER_NAME_TYPE_V2_PATTERN: Pattern =
    Pattern::new(r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+");
static TERMS_NAME_PATTERN: Pattern = Pattern::new(r"^(terms-of-use|privacy-policy)$");
static SESSION_ID_PATTERN: Pattern = Pattern::new(r"^(tkn|sso)[a-z0-9]{25}$");
static HEX_STRING_PATTERN: Pattern = Pattern::new(r"^[0-9a-fA-F]+$");
static MANAGED_LOGIN_BRANDING_ID_PATTERN: Pattern = Pattern::new(
    r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
);
static RESTORE_ID_PATTERN: Pattern =
    Pattern::new(r"^[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}$");
static PASSWORD_OR_BLANK_PATTERN: Pattern = Pattern::new(r"^[\S]+.*[\S]+$");
static LINK_URL_PATTERN: Pattern = Pattern::new(r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$");
static RESOURCE_ID_PATTERN: Pattern = Pattern::new(r"^[\w\- ]+$");
static DOMAIN_PATTERN: Pattern = Pattern::matched_by(
    r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$",
    r"^[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?)*$",
);
static CIMD_POLICY_ID_PATTERN: Pattern = Pattern::new(r"^[a-z0-9]+$");
static SES_CONFIGURATION_SET_PATTERN: Pattern = Pattern::new(r"^[a-zA-Z0-9_-]+$");
static LANGUAGE_ID_PATTERN: Pattern = Pattern::new(
    r"^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
);
static URL_PATTERN_PATTERN: Pattern = Pattern::new(r"^https://[!$-;=@-\[\]_a-z~]+$");
static METADATA_URL_PATTERN: Pattern = Pattern::new(r"^https://[^\s]+$");
static ARN_PATTERN: Pattern = Pattern::new(
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
);
static FUNCTION_PATTERN: Pattern = Pattern::matched_by(
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
    r"(?:arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?|http://.+)",
);
static S3_ARN_PATTERN: Pattern =
    Pattern::new(r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?");
static USER_IMPORT_JOB_ID_PATTERN: Pattern = Pattern::new(r"import-[0-9a-zA-Z-]+");

pub(crate) static ACCESS_TOKEN_VALIDITY_TYPE: Shape = shape(Integer(between(1, 86_400)));

pub(crate) static ACCOUNT_RECOVERY_SETTING_TYPE: Shape =
    shape(Structure(&[optional("RecoveryMechanisms", &RECOVERY_MECHANISMS_TYPE)]));

pub(crate) static ACCOUNT_TAKEOVER_ACTION_NOTIFY_TYPE: Shape = shape(Boolean);

pub(crate) static ACCOUNT_TAKEOVER_ACTION_TYPE: Shape = shape(Structure(&[
    required("Notify", &ACCOUNT_TAKEOVER_ACTION_NOTIFY_TYPE),
    required("EventAction", &ACCOUNT_TAKEOVER_EVENT_ACTION_TYPE),
]));

pub(crate) static ACCOUNT_TAKEOVER_ACTIONS_TYPE: Shape = shape(Structure(&[
    optional("LowAction", &ACCOUNT_TAKEOVER_ACTION_TYPE),
    optional("MediumAction", &ACCOUNT_TAKEOVER_ACTION_TYPE),
    optional("HighAction", &ACCOUNT_TAKEOVER_ACTION_TYPE),
]));

pub(crate) static ACCOUNT_TAKEOVER_EVENT_ACTION_TYPE: Shape =
    shape(Enum(&["MFA_IF_CONFIGURED", "BLOCK", "NO_ACTION", "MFA_REQUIRED"]));

pub(crate) static ACCOUNT_TAKEOVER_RISK_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("NotifyConfiguration", &NOTIFY_CONFIGURATION_TYPE),
    required("Actions", &ACCOUNT_TAKEOVER_ACTIONS_TYPE),
]));

pub(crate) static ACR_CONFIGURATION_TYPE: Shape =
    shape(Map(&ACR_LEVEL_KEY_TYPE, &ACR_LEVEL_CONFIG_TYPE, between(0, 4)));

pub(crate) static ACR_LEVEL_CONFIG_TYPE: Shape =
    shape(Structure(&[required("AcrValue", &ACR_VALUE_TYPE)]));

pub(crate) static ACR_LEVEL_KEY_TYPE: Shape = shape(Text(ANY, Some(&ACR_LEVEL_KEY_PATTERN)));

pub(crate) static ACR_MAPPING_KEY_TYPE: Shape = shape(Text(ANY, Some(&ACR_LEVEL_KEY_PATTERN)));

pub(crate) static ACR_MAPPING_TYPE: Shape =
    shape(Map(&ACR_MAPPING_KEY_TYPE, &ACR_VALUE_TYPE, between(0, 4)));

pub(crate) static ACR_VALUE_TYPE: Shape = shape(Text(between(1, 64), Some(&ACR_VALUE_PATTERN)));

pub(crate) static ADD_CUSTOM_ATTRIBUTES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CustomAttributes", &CUSTOM_ATTRIBUTES_LIST_TYPE),
]));

pub(crate) static ADD_USER_POOL_CLIENT_SECRET_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ClientSecret", &CLIENT_SECRET_TYPE),
]));

pub(crate) static ADMIN_ADD_USER_TO_GROUP_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("GroupName", &GROUP_NAME_TYPE),
]));

pub(crate) static ADMIN_CONFIRM_SIGN_UP_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static ADMIN_CREATE_USER_CONFIG_TYPE: Shape = shape(Structure(&[
    optional("AllowAdminCreateUserOnly", &BOOLEAN_TYPE),
    optional("UnusedAccountValidityDays", &ADMIN_CREATE_USER_UNUSED_ACCOUNT_VALIDITY_DAYS_TYPE),
    optional("InviteMessageTemplate", &MESSAGE_TEMPLATE_TYPE),
]));

pub(crate) static ADMIN_CREATE_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("UserAttributes", &ATTRIBUTE_LIST_TYPE),
    optional("ValidationData", &ATTRIBUTE_LIST_TYPE),
    optional("TemporaryPassword", &PASSWORD_OR_BLANK_TYPE),
    optional("ForceAliasCreation", &FORCE_ALIAS_CREATION),
    optional("MessageAction", &MESSAGE_ACTION_TYPE),
    optional("DesiredDeliveryMediums", &DELIVERY_MEDIUM_LIST_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static ADMIN_CREATE_USER_UNUSED_ACCOUNT_VALIDITY_DAYS_TYPE: Shape =
    shape(Integer(between(0, 365)));

pub(crate) static ADMIN_DELETE_SOFTWARE_TOKEN_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_DELETE_USER_ATTRIBUTES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("UserAttributeNames", &ATTRIBUTE_NAME_LIST_TYPE),
]));

pub(crate) static ADMIN_DELETE_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_DISABLE_PROVIDER_FOR_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &STRING_TYPE),
    required("User", &PROVIDER_USER_IDENTIFIER_TYPE),
]));

pub(crate) static ADMIN_DISABLE_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_ENABLE_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_FORGET_DEVICE_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("DeviceKey", &DEVICE_KEY_TYPE),
]));

pub(crate) static ADMIN_GET_DEVICE_REQUEST: Shape = shape(Structure(&[
    required("DeviceKey", &DEVICE_KEY_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_GET_USER_AUTH_FACTORS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_GET_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADMIN_INITIATE_AUTH_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("AuthFlow", &AUTH_FLOW_TYPE),
    optional("AuthParameters", &AUTH_PARAMETERS_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("ContextData", &CONTEXT_DATA_TYPE),
    optional("Session", &SESSION_TYPE),
]));

pub(crate) static ADMIN_LINK_PROVIDER_FOR_USER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &STRING_TYPE),
    required("DestinationUser", &PROVIDER_USER_IDENTIFIER_TYPE),
    required("SourceUser", &PROVIDER_USER_IDENTIFIER_TYPE),
]));

pub(crate) static ADMIN_LIST_DEVICES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("PaginationToken", &SEARCH_PAGINATION_TOKEN_TYPE),
]));

pub(crate) static ADMIN_LIST_GROUPS_FOR_USER_REQUEST: Shape = shape(Structure(&[
    required("Username", &USERNAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static ADMIN_LIST_USER_AUTH_EVENTS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("MaxResults", &QUERY_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static ADMIN_LIST_USER_SESSIONS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static ADMIN_REMOVE_USER_FROM_GROUP_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("GroupName", &GROUP_NAME_TYPE),
]));

pub(crate) static ADMIN_RESET_USER_PASSWORD_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static ADMIN_RESPOND_TO_AUTH_CHALLENGE_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("ChallengeName", &CHALLENGE_NAME_TYPE),
    optional("ChallengeResponses", &CHALLENGE_RESPONSES_TYPE),
    optional("Session", &SESSION_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("ContextData", &CONTEXT_DATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static ADMIN_REVOKE_USER_SESSION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("SessionId", &SESSION_ID_TYPE),
    optional("RevokeAssociatedSessions", &REVOKE_ASSOCIATED_SESSIONS_TYPE),
]));

pub(crate) static ADMIN_SET_USER_MFA_PREFERENCE_REQUEST: Shape = shape(Structure(&[
    optional("SMSMfaSettings", &SMS_MFA_SETTINGS_TYPE),
    optional("SoftwareTokenMfaSettings", &SOFTWARE_TOKEN_MFA_SETTINGS_TYPE),
    optional("EmailMfaSettings", &EMAIL_MFA_SETTINGS_TYPE),
    optional("WebAuthnMfaSettings", &WEB_AUTHN_MFA_SETTINGS_TYPE),
    required("Username", &USERNAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static ADMIN_SET_USER_PASSWORD_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("Password", &PASSWORD_TYPE),
    optional("Permanent", &BOOLEAN_TYPE),
]));

pub(crate) static ADMIN_SET_USER_SETTINGS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("MFAOptions", &MFA_OPTION_LIST_TYPE),
]));

pub(crate) static ADMIN_UPDATE_AUTH_EVENT_FEEDBACK_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("EventId", &EVENT_ID_TYPE),
    required("FeedbackValue", &FEEDBACK_VALUE_TYPE),
]));

pub(crate) static ADMIN_UPDATE_DEVICE_STATUS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("DeviceKey", &DEVICE_KEY_TYPE),
    optional("DeviceRememberedStatus", &DEVICE_REMEMBERED_STATUS_TYPE),
]));

pub(crate) static ADMIN_UPDATE_USER_ATTRIBUTES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("UserAttributes", &ATTRIBUTE_LIST_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static ADMIN_USER_GLOBAL_SIGN_OUT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
]));

pub(crate) static ADVANCED_SECURITY_ADDITIONAL_FLOWS_TYPE: Shape =
    shape(Structure(&[optional("CustomAuthMode", &ADVANCED_SECURITY_ENABLED_MODE_TYPE)]));

pub(crate) static ADVANCED_SECURITY_ENABLED_MODE_TYPE: Shape = shape(Enum(&["ENFORCED", "AUDIT"]));

pub(crate) static ADVANCED_SECURITY_MODE_TYPE: Shape = shape(Enum(&["ENFORCED", "OFF", "AUDIT"]));

pub(crate) static ALIAS_ATTRIBUTE_TYPE: Shape =
    shape(Enum(&["preferred_username", "phone_number", "email"]));

pub(crate) static ALIAS_ATTRIBUTES_LIST_TYPE: Shape = shape(List(&ALIAS_ATTRIBUTE_TYPE, ANY));

pub(crate) static ALLOWED_FIRST_AUTH_FACTORS_LIST_TYPE: Shape =
    shape(List(&AUTH_FACTOR_TYPE, between(1, 5)));

pub(crate) static ANALYTICS_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("ApplicationId", &HEX_STRING_TYPE),
    optional("ApplicationArn", &ARN_TYPE),
    optional("RoleArn", &ARN_TYPE),
    optional("ExternalId", &STRING_TYPE),
    optional("UserDataShared", &BOOLEAN_TYPE),
]));

pub(crate) static ANALYTICS_METADATA_TYPE: Shape =
    shape(Structure(&[optional("AnalyticsEndpointId", &STRING_TYPE)]));

pub(crate) static ANY_CLIENT_SECRET_TYPE: Shape = sensitive(Text(ANY, None));

pub(crate) static ARN_TYPE: Shape = shape(Text(between(20, 2048), Some(&ARN_PATTERN)));

pub(crate) static ASSET_BYTES_TYPE: Shape = shape(Blob(at_most(1_000_000)));

pub(crate) static ASSET_CATEGORY_TYPE: Shape = shape(Enum(&[
    "PAGE_FOOTER_BACKGROUND",
    "SMS_GRAPHIC",
    "PASSWORD_GRAPHIC",
    "EMAIL_GRAPHIC",
    "FORM_LOGO",
    "FORM_BACKGROUND",
    "FAVICON_ICO",
    "PAGE_HEADER_LOGO",
    "PAGE_HEADER_BACKGROUND",
    "AUTH_APP_GRAPHIC",
    "PASSKEY_GRAPHIC",
    "FAVICON_SVG",
    "IDP_BUTTON_ICON",
    "PAGE_BACKGROUND",
    "PAGE_FOOTER_LOGO",
]));

pub(crate) static ASSET_EXTENSION_TYPE: Shape = shape(Enum(&["SVG", "JPEG", "PNG", "ICO", "WEBP"]));

pub(crate) static ASSET_LIST_TYPE: Shape = shape(List(&ASSET_TYPE, between(0, 40)));

pub(crate) static ASSET_TYPE: Shape = shape(Structure(&[
    required("Category", &ASSET_CATEGORY_TYPE),
    required("ColorMode", &COLOR_SCHEME_MODE_TYPE),
    required("Extension", &ASSET_EXTENSION_TYPE),
    optional("Bytes", &ASSET_BYTES_TYPE),
    optional("ResourceId", &RESOURCE_ID_TYPE),
]));

pub(crate) static ASSOCIATE_SOFTWARE_TOKEN_REQUEST: Shape = shape(Structure(&[
    optional("AccessToken", &TOKEN_MODEL_TYPE),
    optional("Session", &SESSION_TYPE),
]));

pub(crate) static ATTRIBUTE_DATA_TYPE: Shape =
    shape(Enum(&["Boolean", "Number", "String", "DateTime"]));

pub(crate) static ATTRIBUTE_LIST_TYPE: Shape = shape(List(&ATTRIBUTE_TYPE, ANY));

pub(crate) static ATTRIBUTE_MAPPING_KEY_TYPE: Shape = shape(Text(between(1, 32), None));

pub(crate) static ATTRIBUTE_MAPPING_TYPE: Shape =
    shape(Map(&ATTRIBUTE_MAPPING_KEY_TYPE, &STRING_TYPE, ANY));

pub(crate) static ATTRIBUTE_NAME_LIST_TYPE: Shape = shape(List(&ATTRIBUTE_NAME_TYPE, ANY));

pub(crate) static ATTRIBUTE_NAME_TYPE: Shape =
    shape(Text(between(1, 32), Some(&ATTRIBUTE_NAME_PATTERN)));

pub(crate) static ATTRIBUTE_TYPE: Shape = shape(Structure(&[
    required("Name", &ATTRIBUTE_NAME_TYPE),
    optional("Value", &ATTRIBUTE_VALUE_TYPE),
]));

pub(crate) static ATTRIBUTE_VALUE_TYPE: Shape = sensitive(Text(at_most(2048), None));

pub(crate) static ATTRIBUTES_REQUIRE_VERIFICATION_BEFORE_UPDATE_TYPE: Shape =
    shape(List(&VERIFIED_ATTRIBUTE_TYPE, ANY));

pub(crate) static AUDIENCE_LIST_TYPE: Shape = shape(List(&AUDIENCE_TYPE, between(0, 1)));

pub(crate) static AUDIENCE_TYPE: Shape = shape(Text(between(1, 256), Some(&ACR_VALUE_PATTERN)));

pub(crate) static AUTH_FACTOR_TYPE: Shape =
    shape(Enum(&["SOFTWARE_TOKEN", "SMS_OTP", "EMAIL_OTP", "WEB_AUTHN", "PASSWORD"]));

pub(crate) static AUTH_FLOW_TYPE: Shape = shape(Enum(&[
    "ADMIN_NO_SRP_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "USER_SRP_AUTH",
    "REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN",
    "CUSTOM_AUTH",
    "USER_PASSWORD_AUTH",
    "USER_AUTH",
]));

pub(crate) static AUTH_PARAMETERS_TYPE: Shape = sensitive(Map(&STRING_TYPE, &STRING_TYPE, ANY));

pub(crate) static AUTH_SESSION_VALIDITY_TYPE: Shape = shape(Integer(between(3, 15)));

pub(crate) static BLOCKED_IP_RANGE_LIST_TYPE: Shape = shape(List(&STRING_TYPE, at_most(200)));

pub(crate) static BOOLEAN_TYPE: Shape = shape(Boolean);

pub(crate) static CIMD_CACHE_ACTION_TYPE: Shape = shape(Enum(&["INVALIDATE", "REFRESH"]));

pub(crate) static CIMD_POLICY_ID_TYPE: Shape =
    shape(Text(between(1, 64), Some(&CIMD_POLICY_ID_PATTERN)));

pub(crate) static CIMD_POLICY_NAME_TYPE: Shape =
    shape(Text(between(1, 32), Some(&CIMD_POLICY_NAME_PATTERN)));

pub(crate) static CSS_TYPE: Shape = shape(Text(between(0, 131_072), None));

pub(crate) static CACHE_DURATION_TYPE: Shape = shape(Integer(between(86_400, 31_556_952)));

pub(crate) static CALLBACK_UR_LS_LIST_TYPE: Shape =
    shape(List(&REDIRECT_URL_TYPE, between(0, 100)));

pub(crate) static CANCEL_POINT_IN_TIME_RECOVERY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RestoreId", &RESTORE_ID_TYPE),
]));

pub(crate) static CHALLENGE_NAME_TYPE: Shape = shape(Enum(&[
    "SELECT_CHALLENGE",
    "SMS_MFA",
    "NEW_PASSWORD_REQUIRED",
    "ADMIN_NO_SRP_AUTH",
    "SMS_OTP",
    "MFA_SETUP",
    "EMAIL_OTP",
    "SOFTWARE_TOKEN_MFA",
    "PASSWORD_SRP",
    "DEVICE_PASSWORD_VERIFIER",
    "SELECT_MFA_TYPE",
    "CUSTOM_CHALLENGE",
    "PASSWORD_VERIFIER",
    "WEB_AUTHN",
    "PASSWORD",
    "DEVICE_SRP_AUTH",
]));

pub(crate) static CHALLENGE_RESPONSES_TYPE: Shape = sensitive(Map(&STRING_TYPE, &STRING_TYPE, ANY));

pub(crate) static CHANGE_PASSWORD_REQUEST: Shape = shape(Structure(&[
    optional("PreviousPassword", &PASSWORD_TYPE),
    required("ProposedPassword", &PASSWORD_TYPE),
    required("AccessToken", &TOKEN_MODEL_TYPE),
]));

pub(crate) static CLIENT_ID_TYPE: Shape =
    sensitive(Text(between(1, 128), Some(&CLIENT_ID_PATTERN)));

pub(crate) static CLIENT_METADATA_TYPE: Shape = shape(Map(&STRING_TYPE, &STRING_TYPE, ANY));

pub(crate) static CLIENT_NAME_TYPE: Shape =
    shape(Text(between(1, 128), Some(&CLIENT_NAME_PATTERN)));

pub(crate) static CLIENT_PERMISSION_LIST_TYPE: Shape = shape(List(&CLIENT_PERMISSION_TYPE, ANY));

pub(crate) static CLIENT_PERMISSION_TYPE: Shape = shape(Text(between(1, 2048), None));

pub(crate) static CLIENT_SSO_SESSION_CONFIG_TYPE: Shape =
    shape(Structure(&[required("MaxValidityMinutes", &SSO_SESSION_MAX_VALIDITY_MINUTES_TYPE)]));

pub(crate) static CLIENT_SECRET_ID_TYPE: Shape = shape(Text(between(1, 128), None));

pub(crate) static CLIENT_SECRET_TYPE: Shape =
    sensitive(Text(between(24, 64), Some(&CLIENT_ID_PATTERN)));

pub(crate) static CLIENT_TYPE_TYPE: Shape = shape(Enum(&["DCR", "REGULAR"]));

pub(crate) static CLOUD_WATCH_LOGS_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[optional("LogGroupArn", &ARN_TYPE)]));

pub(crate) static COLOR_SCHEME_MODE_TYPE: Shape = shape(Enum(&["DARK", "LIGHT", "DYNAMIC"]));

pub(crate) static COMPLETE_WEB_AUTHN_REGISTRATION_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("Credential", &DOCUMENT),
]));

pub(crate) static COMPROMISED_CREDENTIALS_ACTIONS_TYPE: Shape =
    shape(Structure(&[required("EventAction", &COMPROMISED_CREDENTIALS_EVENT_ACTION_TYPE)]));

pub(crate) static COMPROMISED_CREDENTIALS_EVENT_ACTION_TYPE: Shape =
    shape(Enum(&["BLOCK", "NO_ACTION"]));

pub(crate) static COMPROMISED_CREDENTIALS_RISK_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("EventFilter", &EVENT_FILTERS_TYPE),
    required("Actions", &COMPROMISED_CREDENTIALS_ACTIONS_TYPE),
]));

pub(crate) static CONFIRM_DEVICE_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("DeviceKey", &DEVICE_KEY_TYPE),
    optional("DeviceSecretVerifierConfig", &DEVICE_SECRET_VERIFIER_CONFIG_TYPE),
    optional("DeviceName", &DEVICE_NAME_TYPE),
]));

pub(crate) static CONFIRM_FORGOT_PASSWORD_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("SecretHash", &SECRET_HASH_TYPE),
    required("Username", &USERNAME_TYPE),
    required("ConfirmationCode", &CONFIRMATION_CODE_TYPE),
    required("Password", &PASSWORD_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static CONFIRM_SIGN_UP_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("SecretHash", &SECRET_HASH_TYPE),
    required("Username", &USERNAME_TYPE),
    required("ConfirmationCode", &CONFIRMATION_CODE_TYPE),
    optional("ForceAliasCreation", &FORCE_ALIAS_CREATION),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
    optional("Session", &SESSION_TYPE),
]));

pub(crate) static CONFIRMATION_CODE_TYPE: Shape =
    shape(Text(between(1, 2048), Some(&CONFIRMATION_CODE_PATTERN)));

pub(crate) static CONTEXT_DATA_TYPE: Shape = shape(Structure(&[
    required("IpAddress", &STRING_TYPE),
    required("ServerName", &STRING_TYPE),
    required("ServerPath", &STRING_TYPE),
    required("HttpHeaders", &HTTP_HEADER_LIST),
    optional("EncodedData", &STRING_TYPE),
]));

pub(crate) static CREATE_CIMD_POLICY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("PolicyName", &CIMD_POLICY_NAME_TYPE),
    optional("CacheDuration", &CACHE_DURATION_TYPE),
    required("URLPatterns", &URL_PATTERN_LIST_TYPE),
]));

pub(crate) static CREATE_GROUP_REQUEST: Shape = shape(Structure(&[
    required("GroupName", &GROUP_NAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("Description", &DESCRIPTION_TYPE),
    optional("RoleArn", &ARN_TYPE),
    optional("Precedence", &PRECEDENCE_TYPE),
]));

pub(crate) static CREATE_IDENTITY_PROVIDER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ProviderName", &PROVIDER_NAME_TYPE_V2),
    required("ProviderType", &IDENTITY_PROVIDER_TYPE_TYPE),
    required("ProviderDetails", &PROVIDER_DETAILS_TYPE),
    optional("AttributeMapping", &ATTRIBUTE_MAPPING_TYPE),
    optional("IdpIdentifiers", &IDP_IDENTIFIERS_LIST_TYPE),
    optional("AcrMapping", &ACR_MAPPING_TYPE),
]));

pub(crate) static CREATE_MANAGED_LOGIN_BRANDING_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("UseCognitoProvidedValues", &BOOLEAN_TYPE),
    optional("Settings", &DOCUMENT),
    optional("Assets", &ASSET_LIST_TYPE),
]));

pub(crate) static CREATE_RESOURCE_SERVER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Identifier", &RESOURCE_SERVER_IDENTIFIER_TYPE),
    required("Name", &RESOURCE_SERVER_NAME_TYPE),
    optional("Scopes", &RESOURCE_SERVER_SCOPE_LIST_TYPE),
]));

pub(crate) static CREATE_TERMS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("TermsName", &TERMS_NAME_TYPE),
    required("TermsSource", &TERMS_SOURCE_TYPE),
    required("Enforcement", &TERMS_ENFORCEMENT_TYPE),
    optional("Links", &LINKS_TYPE),
]));

pub(crate) static CREATE_USER_IMPORT_JOB_REQUEST: Shape = shape(Structure(&[
    required("JobName", &USER_IMPORT_JOB_NAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CloudWatchLogsRoleArn", &ARN_TYPE),
    optional("PasswordHashingAlgorithm", &PASSWORD_HASHING_ALGORITHM_TYPE),
]));

pub(crate) static CREATE_USER_POOL_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientName", &CLIENT_NAME_TYPE),
    optional("GenerateSecret", &GENERATE_SECRET),
    optional("ClientSecret", &CLIENT_SECRET_TYPE),
    optional("RefreshTokenValidity", &REFRESH_TOKEN_VALIDITY_TYPE),
    optional("AccessTokenValidity", &ACCESS_TOKEN_VALIDITY_TYPE),
    optional("IdTokenValidity", &ID_TOKEN_VALIDITY_TYPE),
    optional("TokenValidityUnits", &TOKEN_VALIDITY_UNITS_TYPE),
    optional("ReadAttributes", &CLIENT_PERMISSION_LIST_TYPE),
    optional("WriteAttributes", &CLIENT_PERMISSION_LIST_TYPE),
    optional("ExplicitAuthFlows", &EXPLICIT_AUTH_FLOWS_LIST_TYPE),
    optional("SupportedIdentityProviders", &SUPPORTED_IDENTITY_PROVIDERS_LIST_TYPE),
    optional("CallbackURLs", &CALLBACK_UR_LS_LIST_TYPE),
    optional("LogoutURLs", &LOGOUT_UR_LS_LIST_TYPE),
    optional("DefaultRedirectURI", &REDIRECT_URL_TYPE),
    optional("AllowedOAuthFlows", &O_AUTH_FLOWS_TYPE),
    optional("AllowedOAuthScopes", &SCOPE_LIST_TYPE),
    optional("AllowedOAuthFlowsUserPoolClient", &BOOLEAN_TYPE),
    optional("AnalyticsConfiguration", &ANALYTICS_CONFIGURATION_TYPE),
    optional("PreventUserExistenceErrors", &PREVENT_USER_EXISTENCE_ERROR_TYPES),
    optional("EnableTokenRevocation", &WRAPPED_BOOLEAN_TYPE),
    optional("EnablePropagateAdditionalUserContextData", &WRAPPED_BOOLEAN_TYPE),
    optional("AuthSessionValidity", &AUTH_SESSION_VALIDITY_TYPE),
    optional("RefreshTokenRotation", &REFRESH_TOKEN_ROTATION_TYPE),
    optional("PublishSecretsInAWSSecretsManager", &WRAPPED_BOOLEAN_TYPE),
]));

pub(crate) static CREATE_USER_POOL_DOMAIN_REQUEST: Shape = shape(Structure(&[
    required("Domain", &DOMAIN_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ManagedLoginVersion", &MANAGED_LOGIN_VERSION_TYPE),
    optional("CustomDomainConfig", &CUSTOM_DOMAIN_CONFIG_TYPE),
    optional("Routing", &ROUTING_TYPE),
]));

pub(crate) static CREATE_USER_POOL_REPLICA_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RegionName", &REGION_NAME_TYPE),
    optional("UserPoolTags", &USER_POOL_TAGS_TYPE),
]));

pub(crate) static CREATE_USER_POOL_REQUEST: Shape = shape(Structure(&[
    required("PoolName", &USER_POOL_NAME_TYPE),
    optional("Policies", &USER_POOL_POLICY_TYPE),
    optional("DeletionProtection", &DELETION_PROTECTION_TYPE),
    optional("LambdaConfig", &LAMBDA_CONFIG_TYPE),
    optional("AutoVerifiedAttributes", &VERIFIED_ATTRIBUTES_LIST_TYPE),
    optional("AliasAttributes", &ALIAS_ATTRIBUTES_LIST_TYPE),
    optional("UsernameAttributes", &USERNAME_ATTRIBUTES_LIST_TYPE),
    optional("SmsVerificationMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("EmailVerificationMessage", &EMAIL_VERIFICATION_MESSAGE_TYPE),
    optional("EmailVerificationSubject", &EMAIL_VERIFICATION_SUBJECT_TYPE),
    optional("VerificationMessageTemplate", &VERIFICATION_MESSAGE_TEMPLATE_TYPE),
    optional("SmsAuthenticationMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("MfaConfiguration", &USER_POOL_MFA_TYPE),
    optional("UserAttributeUpdateSettings", &USER_ATTRIBUTE_UPDATE_SETTINGS_TYPE),
    optional("DeviceConfiguration", &DEVICE_CONFIGURATION_TYPE),
    optional("EmailConfiguration", &EMAIL_CONFIGURATION_TYPE),
    optional("SmsConfiguration", &SMS_CONFIGURATION_TYPE),
    optional("UserPoolTags", &USER_POOL_TAGS_TYPE),
    optional("AdminCreateUserConfig", &ADMIN_CREATE_USER_CONFIG_TYPE),
    optional("Schema", &SCHEMA_ATTRIBUTES_LIST_TYPE),
    optional("UserPoolAddOns", &USER_POOL_ADD_ONS_TYPE),
    optional("DcrConfiguration", &DCR_CONFIGURATION_TYPE),
    optional("UsernameConfiguration", &USERNAME_CONFIGURATION_TYPE),
    optional("AccountRecoverySetting", &ACCOUNT_RECOVERY_SETTING_TYPE),
    optional("UserPoolTier", &USER_POOL_TIER_TYPE),
    optional("KeyConfiguration", &KEY_CONFIGURATION_TYPE),
    optional("IssuerConfiguration", &ISSUER_CONFIGURATION_TYPE),
    optional("AcrConfiguration", &ACR_CONFIGURATION_TYPE),
]));

pub(crate) static CUSTOM_ATTRIBUTE_NAME_TYPE: Shape =
    shape(Text(between(1, 20), Some(&CUSTOM_ATTRIBUTE_NAME_PATTERN)));

pub(crate) static CUSTOM_ATTRIBUTES_LIST_TYPE: Shape =
    shape(List(&SCHEMA_ATTRIBUTE_TYPE, between(1, 25)));

pub(crate) static CUSTOM_DOMAIN_CONFIG_TYPE: Shape = shape(Structure(&[
    required("CertificateArn", &ARN_TYPE),
    optional("SecurityPolicy", &SECURITY_POLICY_TYPE),
]));

pub(crate) static CUSTOM_EMAIL_LAMBDA_VERSION_CONFIG_TYPE: Shape = shape(Structure(&[
    required("LambdaVersion", &CUSTOM_EMAIL_SENDER_LAMBDA_VERSION_TYPE),
    required("LambdaArn", &ARN_TYPE),
]));

pub(crate) static CUSTOM_EMAIL_SENDER_LAMBDA_VERSION_TYPE: Shape = shape(Enum(&["V1_0"]));

pub(crate) static CUSTOM_SMS_LAMBDA_VERSION_CONFIG_TYPE: Shape = shape(Structure(&[
    required("LambdaVersion", &CUSTOM_SMS_SENDER_LAMBDA_VERSION_TYPE),
    required("LambdaArn", &ARN_TYPE),
]));

pub(crate) static CUSTOM_SMS_SENDER_LAMBDA_VERSION_TYPE: Shape = shape(Enum(&["V1_0"]));

pub(crate) static DATE_TYPE: Shape = shape(Timestamp);

pub(crate) static DCR_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("EnableStatus", &STATUS_TYPE),
    optional("OpenDcrEnabled", &BOOLEAN_TYPE),
    optional("AuthenticatedGrantTypes", &O_AUTH_FLOWS_TYPE),
    optional("OpenDcrGrantTypes", &O_AUTH_FLOWS_TYPE),
    optional("AllowedScopes", &SCOPE_LIST_TYPE),
]));

pub(crate) static DEFAULT_EMAIL_OPTION_TYPE: Shape =
    shape(Enum(&["CONFIRM_WITH_CODE", "CONFIRM_WITH_LINK"]));

pub(crate) static DELETE_CIMD_POLICY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CIMDPolicyId", &CIMD_POLICY_ID_TYPE),
]));

pub(crate) static DELETE_GROUP_REQUEST: Shape = shape(Structure(&[
    required("GroupName", &GROUP_NAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static DELETE_IDENTITY_PROVIDER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ProviderName", &PROVIDER_NAME_TYPE),
]));

pub(crate) static DELETE_MANAGED_LOGIN_BRANDING_REQUEST: Shape = shape(Structure(&[
    required("ManagedLoginBrandingId", &MANAGED_LOGIN_BRANDING_ID_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static DELETE_RESOURCE_SERVER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Identifier", &RESOURCE_SERVER_IDENTIFIER_TYPE),
]));

pub(crate) static DELETE_TERMS_REQUEST: Shape = shape(Structure(&[
    required("TermsId", &TERMS_ID_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static DELETE_USER_ATTRIBUTES_REQUEST: Shape = shape(Structure(&[
    required("UserAttributeNames", &ATTRIBUTE_NAME_LIST_TYPE),
    required("AccessToken", &TOKEN_MODEL_TYPE),
]));

pub(crate) static DELETE_USER_POOL_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
]));

pub(crate) static DELETE_USER_POOL_CLIENT_SECRET_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("ClientSecretId", &CLIENT_SECRET_ID_TYPE),
]));

pub(crate) static DELETE_USER_POOL_DOMAIN_REQUEST: Shape = shape(Structure(&[
    required("Domain", &DOMAIN_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static DELETE_USER_POOL_REPLICA_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RegionName", &REGION_NAME_TYPE),
]));

pub(crate) static DELETE_USER_POOL_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static DELETE_USER_REQUEST: Shape =
    shape(Structure(&[required("AccessToken", &TOKEN_MODEL_TYPE)]));

pub(crate) static DELETE_WEB_AUTHN_CREDENTIAL_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("CredentialId", &STRING_TYPE),
]));

pub(crate) static DELETION_PROTECTION_TYPE: Shape = shape(Enum(&["ACTIVE", "INACTIVE"]));

pub(crate) static DELIVERY_MEDIUM_LIST_TYPE: Shape = shape(List(&DELIVERY_MEDIUM_TYPE, ANY));

pub(crate) static DELIVERY_MEDIUM_TYPE: Shape = shape(Enum(&["SMS", "EMAIL"]));

pub(crate) static DESCRIBE_CIMD_POLICY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CIMDPolicyId", &CIMD_POLICY_ID_TYPE),
]));

pub(crate) static DESCRIBE_IDENTITY_PROVIDER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ProviderName", &PROVIDER_NAME_TYPE),
]));

pub(crate) static DESCRIBE_MANAGED_LOGIN_BRANDING_BY_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ReturnMergedResources", &BOOLEAN_TYPE),
]));

pub(crate) static DESCRIBE_MANAGED_LOGIN_BRANDING_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ManagedLoginBrandingId", &MANAGED_LOGIN_BRANDING_ID_TYPE),
    optional("ReturnMergedResources", &BOOLEAN_TYPE),
]));

pub(crate) static DESCRIBE_POINT_IN_TIME_RECOVERY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RestoreId", &RESTORE_ID_TYPE),
]));

pub(crate) static DESCRIBE_RESOURCE_SERVER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Identifier", &RESOURCE_SERVER_IDENTIFIER_TYPE),
]));

pub(crate) static DESCRIBE_RISK_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ClientId", &CLIENT_ID_TYPE),
]));

pub(crate) static DESCRIBE_TERMS_BY_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("TermsName", &TERMS_NAME_TYPE),
]));

pub(crate) static DESCRIBE_TERMS_REQUEST: Shape = shape(Structure(&[
    required("TermsId", &TERMS_ID_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static DESCRIBE_USER_IMPORT_JOB_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("JobId", &USER_IMPORT_JOB_ID_TYPE),
]));

pub(crate) static DESCRIBE_USER_POOL_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
]));

pub(crate) static DESCRIBE_USER_POOL_DOMAIN_REQUEST: Shape =
    shape(Structure(&[required("Domain", &DOMAIN_TYPE)]));

pub(crate) static DESCRIBE_USER_POOL_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static DESCRIPTION_TYPE: Shape = shape(Text(at_most(2048), None));

pub(crate) static DEVICE_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("ChallengeRequiredOnNewDevice", &BOOLEAN_TYPE),
    optional("DeviceOnlyRememberedOnUserPrompt", &BOOLEAN_TYPE),
]));

pub(crate) static DEVICE_KEY_TYPE: Shape = shape(Text(between(1, 55), Some(&DEVICE_KEY_PATTERN)));

pub(crate) static DEVICE_NAME_TYPE: Shape = shape(Text(between(1, 1024), None));

pub(crate) static DEVICE_REMEMBERED_STATUS_TYPE: Shape =
    shape(Enum(&["remembered", "not_remembered"]));

pub(crate) static DEVICE_SECRET_VERIFIER_CONFIG_TYPE: Shape =
    shape(Structure(&[optional("PasswordVerifier", &STRING_TYPE), optional("Salt", &STRING_TYPE)]));

pub(crate) static DOCUMENT: Shape = shape(Document);

pub(crate) static DOMAIN_TYPE: Shape = shape(Text(between(1, 63), Some(&DOMAIN_PATTERN)));

pub(crate) static EMAIL_ADDRESS_TYPE: Shape = shape(Text(ANY, Some(&EMAIL_ADDRESS_PATTERN)));

pub(crate) static EMAIL_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("SourceArn", &ARN_TYPE),
    optional("ReplyToEmailAddress", &EMAIL_ADDRESS_TYPE),
    optional("EmailSendingAccount", &EMAIL_SENDING_ACCOUNT_TYPE),
    optional("From", &STRING_TYPE),
    optional("ConfigurationSet", &SES_CONFIGURATION_SET),
]));

pub(crate) static EMAIL_INVITE_MESSAGE_TYPE: Shape =
    shape(Text(between(6, 20_000), Some(&EMAIL_INVITE_MESSAGE_PATTERN)));

pub(crate) static EMAIL_MFA_CONFIG_TYPE: Shape = shape(Structure(&[
    optional("Message", &EMAIL_MFA_MESSAGE_TYPE),
    optional("Subject", &EMAIL_MFA_SUBJECT_TYPE),
]));

pub(crate) static EMAIL_MFA_MESSAGE_TYPE: Shape =
    shape(Text(between(6, 20_000), Some(&EMAIL_MFA_MESSAGE_PATTERN)));

pub(crate) static EMAIL_MFA_SETTINGS_TYPE: Shape = shape(Structure(&[
    optional("Enabled", &BOOLEAN_TYPE),
    optional("PreferredMfa", &BOOLEAN_TYPE),
]));

pub(crate) static EMAIL_MFA_SUBJECT_TYPE: Shape =
    shape(Text(ANY, Some(&EMAIL_MFA_SUBJECT_PATTERN)));

pub(crate) static EMAIL_NOTIFICATION_BODY_TYPE: Shape =
    shape(Text(between(6, 20_000), Some(&EMAIL_NOTIFICATION_BODY_PATTERN)));

pub(crate) static EMAIL_NOTIFICATION_SUBJECT_TYPE: Shape =
    shape(Text(between(1, 140), Some(&EMAIL_MFA_SUBJECT_PATTERN)));

pub(crate) static EMAIL_SENDING_ACCOUNT_TYPE: Shape =
    shape(Enum(&["DEVELOPER", "COGNITO_DEFAULT"]));

pub(crate) static EMAIL_VERIFICATION_MESSAGE_BY_LINK_TYPE: Shape =
    shape(Text(between(6, 20_000), Some(&EMAIL_VERIFICATION_MESSAGE_BY_LINK_PATTERN)));

pub(crate) static EMAIL_VERIFICATION_MESSAGE_TYPE: Shape =
    shape(Text(between(6, 20_000), Some(&EMAIL_MFA_MESSAGE_PATTERN)));

pub(crate) static EMAIL_VERIFICATION_SUBJECT_BY_LINK_TYPE: Shape =
    shape(Text(between(1, 140), Some(&EMAIL_MFA_SUBJECT_PATTERN)));

pub(crate) static EMAIL_VERIFICATION_SUBJECT_TYPE: Shape =
    shape(Text(between(1, 140), Some(&EMAIL_MFA_SUBJECT_PATTERN)));

pub(crate) static ENCRYPTION_KEY_ARN_TYPE: Shape =
    shape(Text(between(20, 2048), Some(&ARN_PATTERN)));

pub(crate) static ENCRYPTION_KEY_TYPE: Shape =
    shape(Enum(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KEY"]));

pub(crate) static EUMS_SMS_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    required("CallerArn", &ARN_TYPE),
    optional("ExternalId", &STRING_TYPE),
    optional("OriginationIdentity", &STRING_TYPE),
    optional("ConfigurationSetName", &STRING_TYPE),
    optional("InEntityId", &STRING_TYPE),
    optional("InTemplateId", &STRING_TYPE),
    optional("Region", &REGION_CODE_TYPE),
]));

pub(crate) static EVENT_FILTER_TYPE: Shape =
    shape(Enum(&["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]));

pub(crate) static EVENT_FILTERS_TYPE: Shape = shape(List(&EVENT_FILTER_TYPE, ANY));

pub(crate) static EVENT_ID_TYPE: Shape = shape(Text(between(1, 50), Some(&EVENT_ID_PATTERN)));

pub(crate) static EVENT_SOURCE_NAME: Shape = shape(Enum(&["userAuthEvents", "userNotification"]));

pub(crate) static EXPLICIT_AUTH_FLOWS_LIST_TYPE: Shape =
    shape(List(&EXPLICIT_AUTH_FLOWS_TYPE, ANY));

pub(crate) static EXPLICIT_AUTH_FLOWS_TYPE: Shape = shape(Enum(&[
    "ALLOW_CUSTOM_AUTH",
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_CLIENT_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
    "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
]));

pub(crate) static FAILOVER_TYPE: Shape = shape(Structure(&[
    required("SecondaryRegion", &REGION_NAME_TYPE),
    required("PrimaryRoute53HealthCheckId", &HEALTH_CHECK_ID_TYPE),
]));

pub(crate) static FEATURE_TYPE: Shape = shape(Enum(&["ENABLED", "DISABLED"]));

pub(crate) static FEEDBACK_VALUE_TYPE: Shape = shape(Enum(&["Invalid", "Valid"]));

pub(crate) static FIREHOSE_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[optional("StreamArn", &ARN_TYPE)]));

pub(crate) static FORCE_ALIAS_CREATION: Shape = shape(Boolean);

pub(crate) static FORGET_DEVICE_REQUEST: Shape = shape(Structure(&[
    optional("AccessToken", &TOKEN_MODEL_TYPE),
    required("DeviceKey", &DEVICE_KEY_TYPE),
]));

pub(crate) static FORGOT_PASSWORD_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("SecretHash", &SECRET_HASH_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static FUNCTION_TYPE: Shape = shape(Text(between(12, 2048), Some(&FUNCTION_PATTERN)));

pub(crate) static GENERATE_SECRET: Shape = shape(Boolean);

pub(crate) static GET_CSV_HEADER_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static GET_CLIENT_TOKEN_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    required("Secret", &CLIENT_SECRET_TYPE),
    optional("Scopes", &SCOPE_LIST_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static GET_DERIVED_TOKEN_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ClientSecret", &CLIENT_SECRET_TYPE),
    required("SubjectToken", &GET_DERIVED_TOKEN_TOKEN_MODEL_TYPE),
    required("SubjectTokenType", &TOKEN_TYPE_IDENTIFIER_TYPE),
    optional("SubjectTokenProviderName", &PROVIDER_NAME_TYPE),
    optional("ActorToken", &GET_DERIVED_TOKEN_TOKEN_MODEL_TYPE),
    optional("ActorTokenType", &TOKEN_TYPE_IDENTIFIER_TYPE),
    optional("ActorTokenProviderName", &PROVIDER_NAME_TYPE),
    optional("Scopes", &SCOPE_LIST_TYPE),
    optional("Audiences", &AUDIENCE_LIST_TYPE),
    optional("Resources", &RESOURCE_LIST_TYPE),
    optional("RequestedTokenType", &ISSUED_TOKEN_TYPE_IDENTIFIER_TYPE),
]));

pub(crate) static GET_DERIVED_TOKEN_TOKEN_MODEL_TYPE: Shape =
    sensitive(Text(between(0, 131_072), Some(&GET_DERIVED_TOKEN_TOKEN_MODEL_PATTERN)));

pub(crate) static GET_DEVICE_REQUEST: Shape = shape(Structure(&[
    required("DeviceKey", &DEVICE_KEY_TYPE),
    optional("AccessToken", &TOKEN_MODEL_TYPE),
]));

pub(crate) static GET_GROUP_REQUEST: Shape = shape(Structure(&[
    required("GroupName", &GROUP_NAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
]));

pub(crate) static GET_IDENTITY_PROVIDER_BY_IDENTIFIER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("IdpIdentifier", &IDP_IDENTIFIER_TYPE),
]));

pub(crate) static GET_LOG_DELIVERY_CONFIGURATION_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static GET_PROVISIONED_LIMIT_REQUEST: Shape =
    shape(Structure(&[required("LimitDefinition", &LIMIT_DEFINITION_TYPE)]));

pub(crate) static GET_SIGNING_CERTIFICATE_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static GET_TOKENS_FROM_REFRESH_TOKEN_REQUEST: Shape = shape(Structure(&[
    required("RefreshToken", &TOKEN_MODEL_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ClientSecret", &ANY_CLIENT_SECRET_TYPE),
    optional("DeviceKey", &DEVICE_KEY_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static GET_UI_CUSTOMIZATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ClientId", &CLIENT_ID_TYPE),
]));

pub(crate) static GET_USER_ATTRIBUTE_VERIFICATION_CODE_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("AttributeName", &ATTRIBUTE_NAME_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static GET_USER_AUTH_FACTORS_REQUEST: Shape =
    shape(Structure(&[required("AccessToken", &TOKEN_MODEL_TYPE)]));

pub(crate) static GET_USER_POOL_CLIENT_SESSION_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
]));

pub(crate) static GET_USER_POOL_MFA_CONFIG_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static GET_USER_POOL_SESSION_CONFIGURATION_REQUEST: Shape =
    shape(Structure(&[required("UserPoolId", &USER_POOL_ID_TYPE)]));

pub(crate) static GET_USER_REQUEST: Shape =
    shape(Structure(&[required("AccessToken", &TOKEN_MODEL_TYPE)]));

pub(crate) static GLOBAL_SIGN_OUT_REQUEST: Shape =
    shape(Structure(&[required("AccessToken", &TOKEN_MODEL_TYPE)]));

pub(crate) static GROUP_NAME_TYPE: Shape =
    shape(Text(between(1, 128), Some(&CUSTOM_ATTRIBUTE_NAME_PATTERN)));

pub(crate) static HEALTH_CHECK_ID_TYPE: Shape = shape(Text(at_most(64), None));

pub(crate) static HEX_STRING_TYPE: Shape = shape(Text(ANY, Some(&HEX_STRING_PATTERN)));

pub(crate) static HTTP_HEADER: Shape = shape(Structure(&[
    optional("headerName", &STRING_TYPE),
    optional("headerValue", &STRING_TYPE),
]));

pub(crate) static HTTP_HEADER_LIST: Shape = shape(List(&HTTP_HEADER, ANY));

pub(crate) static ID_TOKEN_VALIDITY_TYPE: Shape = shape(Integer(between(1, 86_400)));

pub(crate) static IDENTITY_PROVIDER_TYPE_TYPE: Shape =
    shape(Enum(&["Facebook", "SAML", "SignInWithApple", "LoginWithAmazon", "OIDC", "Google"]));

pub(crate) static IDP_IDENTIFIER_TYPE: Shape =
    shape(Text(between(1, 40), Some(&IDP_IDENTIFIER_PATTERN)));

pub(crate) static IDP_IDENTIFIERS_LIST_TYPE: Shape =
    shape(List(&IDP_IDENTIFIER_TYPE, between(0, 50)));

pub(crate) static IMAGE_FILE_TYPE: Shape = shape(Blob(between(0, 131_072)));

pub(crate) static INBOUND_FEDERATION_LAMBDA_TYPE: Shape = shape(Structure(&[
    required("LambdaVersion", &INBOUND_FEDERATION_LAMBDA_VERSION_TYPE),
    required("LambdaArn", &ARN_TYPE),
]));

pub(crate) static INBOUND_FEDERATION_LAMBDA_VERSION_TYPE: Shape = shape(Enum(&["V1_0"]));

pub(crate) static INITIATE_AUTH_REQUEST: Shape = shape(Structure(&[
    required("AuthFlow", &AUTH_FLOW_TYPE),
    optional("AuthParameters", &AUTH_PARAMETERS_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
    required("ClientId", &SHOWN_CLIENT_ID_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    optional("Session", &SESSION_TYPE),
]));

pub(crate) static INITIATE_POINT_IN_TIME_RECOVERY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RestoreTimestamp", &DATE_TYPE),
]));

pub(crate) static INTEGER_TYPE: Shape = shape(Integer(ANY));

pub(crate) static ISSUED_TOKEN_TYPE_IDENTIFIER_TYPE: Shape =
    shape(Enum(&["ID_TOKEN", "ACCESS_TOKEN"]));

pub(crate) static ISSUER_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[optional("Type", &ISSUER_TYPE)]));

pub(crate) static ISSUER_TYPE: Shape = shape(Enum(&["ORIGINAL", "UPDATED"]));

pub(crate) static KEY_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("KeyType", &ENCRYPTION_KEY_TYPE),
    optional("KmsKeyArn", &ENCRYPTION_KEY_ARN_TYPE),
]));

pub(crate) static LAMBDA_CONFIG_TYPE: Shape = shape(Structure(&[
    optional("PreSignUp", &FUNCTION_TYPE),
    optional("CustomMessage", &FUNCTION_TYPE),
    optional("PostConfirmation", &FUNCTION_TYPE),
    optional("PreAuthentication", &FUNCTION_TYPE),
    optional("PostAuthentication", &FUNCTION_TYPE),
    optional("DefineAuthChallenge", &FUNCTION_TYPE),
    optional("CreateAuthChallenge", &FUNCTION_TYPE),
    optional("VerifyAuthChallengeResponse", &FUNCTION_TYPE),
    optional("PreTokenGeneration", &FUNCTION_TYPE),
    optional("UserMigration", &FUNCTION_TYPE),
    optional("PreTokenGenerationConfig", &PRE_TOKEN_GENERATION_VERSION_CONFIG_TYPE),
    optional("CustomSMSSender", &CUSTOM_SMS_LAMBDA_VERSION_CONFIG_TYPE),
    optional("CustomEmailSender", &CUSTOM_EMAIL_LAMBDA_VERSION_CONFIG_TYPE),
    optional("KMSKeyID", &ARN_TYPE),
    optional("InboundFederation", &INBOUND_FEDERATION_LAMBDA_TYPE),
]));

pub(crate) static LANGUAGE_ID_TYPE: Shape = shape(Text(ANY, Some(&LANGUAGE_ID_PATTERN)));

pub(crate) static LIMIT_CLASS: Shape = shape(Enum(&["API_CATEGORY"]));

pub(crate) static LIMIT_DEFINITION_TYPE: Shape = shape(Structure(&[
    required("LimitClass", &LIMIT_CLASS),
    required("Attributes", &STRING_TO_STRING_MAP_TYPE),
]));

pub(crate) static LINK_URL_TYPE: Shape = shape(Text(between(1, 1024), Some(&LINK_URL_PATTERN)));

pub(crate) static LINKS_TYPE: Shape = shape(Map(&LANGUAGE_ID_TYPE, &LINK_URL_TYPE, between(1, 13)));

pub(crate) static LIST_CIMD_POLICIES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
    optional("MaxResults", &POOL_QUERY_LIMIT_TYPE),
]));

pub(crate) static LIST_CLIENT_METADATA_UR_LS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CIMDPolicyId", &CIMD_POLICY_ID_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
    optional("MaxResults", &POOL_QUERY_LIMIT_TYPE),
]));

pub(crate) static LIST_DEVICES_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("PaginationToken", &SEARCH_PAGINATION_TOKEN_TYPE),
]));

pub(crate) static LIST_GROUPS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static LIST_IDENTITY_PROVIDERS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("MaxResults", &LIST_PROVIDERS_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
]));

pub(crate) static LIST_POINT_IN_TIME_RECOVERIES_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
    optional("MaxResults", &POOL_QUERY_LIMIT_TYPE),
]));

pub(crate) static LIST_PROVIDERS_LIMIT_TYPE: Shape = shape(Integer(between(0, 60)));

pub(crate) static LIST_RESOURCE_SERVERS_LIMIT_TYPE: Shape = shape(Integer(between(1, 50)));

pub(crate) static LIST_RESOURCE_SERVERS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("MaxResults", &LIST_RESOURCE_SERVERS_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
]));

pub(crate) static LIST_TAGS_FOR_RESOURCE_REQUEST: Shape =
    shape(Structure(&[required("ResourceArn", &ARN_TYPE)]));

pub(crate) static LIST_TERMS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("MaxResults", &LIST_TERMS_REQUEST_MAX_RESULTS_INTEGER),
    optional("NextToken", &STRING_TYPE),
]));

pub(crate) static LIST_TERMS_REQUEST_MAX_RESULTS_INTEGER: Shape = shape(Integer(between(1, 60)));

pub(crate) static LIST_USER_IMPORT_JOBS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("MaxResults", &POOL_QUERY_LIMIT_TYPE),
    optional("PaginationToken", &PAGINATION_KEY_TYPE),
]));

pub(crate) static LIST_USER_POOL_CLIENT_SECRETS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static LIST_USER_POOL_CLIENTS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("MaxResults", &QUERY_LIMIT),
    optional("NextToken", &PAGINATION_KEY),
    optional("ClientType", &CLIENT_TYPE_TYPE),
]));

pub(crate) static LIST_USER_POOL_REPLICAS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("NextToken", &PAGINATION_KEY_TYPE),
]));

pub(crate) static LIST_USER_POOLS_REQUEST: Shape = shape(Structure(&[
    optional("NextToken", &PAGINATION_KEY_TYPE),
    required("MaxResults", &POOL_QUERY_LIMIT_TYPE),
]));

pub(crate) static LIST_USER_SESSIONS_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static LIST_USERS_IN_GROUP_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("GroupName", &GROUP_NAME_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static LIST_USERS_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("AttributesToGet", &SEARCHED_ATTRIBUTE_NAMES_LIST_TYPE),
    optional("Limit", &QUERY_LIMIT_TYPE),
    optional("PaginationToken", &SEARCH_PAGINATION_TOKEN_TYPE),
    optional("Filter", &USER_FILTER_TYPE),
]));

pub(crate) static LIST_WEB_AUTHN_CREDENTIALS_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    optional("NextToken", &PAGINATION_KEY),
    optional("MaxResults", &WEB_AUTHN_CREDENTIALS_QUERY_LIMIT_TYPE),
]));

pub(crate) static LOG_CONFIGURATION_LIST_TYPE: Shape =
    shape(List(&LOG_CONFIGURATION_TYPE, between(0, 2)));

pub(crate) static LOG_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    required("LogLevel", &LOG_LEVEL),
    required("EventSource", &EVENT_SOURCE_NAME),
    optional("CloudWatchLogsConfiguration", &CLOUD_WATCH_LOGS_CONFIGURATION_TYPE),
    optional("S3Configuration", &S3_CONFIGURATION_TYPE),
    optional("FirehoseConfiguration", &FIREHOSE_CONFIGURATION_TYPE),
]));

pub(crate) static LOG_LEVEL: Shape = shape(Enum(&["ERROR", "INFO"]));

pub(crate) static LOGOUT_UR_LS_LIST_TYPE: Shape = shape(List(&REDIRECT_URL_TYPE, between(0, 100)));

pub(crate) static MFA_OPTION_LIST_TYPE: Shape = shape(List(&MFA_OPTION_TYPE, ANY));

pub(crate) static MFA_OPTION_TYPE: Shape = shape(Structure(&[
    optional("DeliveryMedium", &DELIVERY_MEDIUM_TYPE),
    optional("AttributeName", &ATTRIBUTE_NAME_TYPE),
]));

pub(crate) static MANAGED_LOGIN_BRANDING_ID_TYPE: Shape =
    shape(Text(ANY, Some(&MANAGED_LOGIN_BRANDING_ID_PATTERN)));

pub(crate) static MANAGED_LOGIN_VERSION_TYPE: Shape = shape(Integer(between(1, 2)));

pub(crate) static MAX_SESSIONS_PER_USER_TYPE: Shape = shape(Integer(between(1, 100)));

pub(crate) static MESSAGE_ACTION_TYPE: Shape = shape(Enum(&["SUPPRESS", "RESEND"]));

pub(crate) static MESSAGE_TEMPLATE_TYPE: Shape = shape(Structure(&[
    optional("SMSMessage", &SMS_INVITE_MESSAGE_TYPE),
    optional("EmailMessage", &EMAIL_INVITE_MESSAGE_TYPE),
    optional("EmailSubject", &EMAIL_VERIFICATION_SUBJECT_TYPE),
]));

pub(crate) static METADATA_URL_TYPE: Shape =
    shape(Text(between(12, 256), Some(&METADATA_URL_PATTERN)));

pub(crate) static NOTIFY_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("From", &STRING_TYPE),
    optional("ReplyTo", &STRING_TYPE),
    required("SourceArn", &ARN_TYPE),
    optional("BlockEmail", &NOTIFY_EMAIL_TYPE),
    optional("NoActionEmail", &NOTIFY_EMAIL_TYPE),
    optional("MfaEmail", &NOTIFY_EMAIL_TYPE),
]));

pub(crate) static NOTIFY_EMAIL_TYPE: Shape = shape(Structure(&[
    required("Subject", &EMAIL_NOTIFICATION_SUBJECT_TYPE),
    optional("HtmlBody", &EMAIL_NOTIFICATION_BODY_TYPE),
    optional("TextBody", &EMAIL_NOTIFICATION_BODY_TYPE),
]));

pub(crate) static NUMBER_ATTRIBUTE_CONSTRAINTS_TYPE: Shape =
    shape(Structure(&[optional("MinValue", &STRING_TYPE), optional("MaxValue", &STRING_TYPE)]));

pub(crate) static O_AUTH_FLOW_TYPE: Shape =
    shape(Enum(&["implicit", "client_credentials", "code"]));

pub(crate) static O_AUTH_FLOWS_TYPE: Shape = shape(List(&O_AUTH_FLOW_TYPE, between(0, 3)));

pub(crate) static OPTIONAL_ARN_TYPE: Shape =
    shape(Text(between(0, 2048), Some(&OPTIONAL_ARN_PATTERN)));

pub(crate) static PAGINATION_KEY: Shape =
    shape(Text(between(1, 131_072), Some(&CONFIRMATION_CODE_PATTERN)));

pub(crate) static PAGINATION_KEY_TYPE: Shape =
    shape(Text(at_least(1), Some(&CONFIRMATION_CODE_PATTERN)));

pub(crate) static PASSWORD_HASHING_ALGORITHM_TYPE: Shape =
    shape(Enum(&["BCRYPT", "PBKDF2_SHA256", "ARGON2ID", "SCRYPT"]));

pub(crate) static PASSWORD_HISTORY_SIZE_TYPE: Shape = shape(Integer(between(0, 24)));

pub(crate) static PASSWORD_OR_BLANK_TYPE: Shape =
    or_blank(sensitive(Text(at_most(256), Some(&PASSWORD_OR_BLANK_PATTERN))));

pub(crate) static PASSWORD_POLICY_MIN_LENGTH_TYPE: Shape = shape(Integer(between(6, 99)));

pub(crate) static PASSWORD_POLICY_TYPE: Shape = shape(Structure(&[
    optional("MinimumLength", &PASSWORD_POLICY_MIN_LENGTH_TYPE),
    optional("RequireUppercase", &BOOLEAN_TYPE),
    optional("RequireLowercase", &BOOLEAN_TYPE),
    optional("RequireNumbers", &BOOLEAN_TYPE),
    optional("RequireSymbols", &BOOLEAN_TYPE),
    optional("PasswordHistorySize", &PASSWORD_HISTORY_SIZE_TYPE),
    optional("TemporaryPasswordValidityDays", &TEMPORARY_PASSWORD_VALIDITY_DAYS_TYPE),
]));

pub(crate) static PASSWORD_TYPE: Shape =
    sensitive(Text(at_most(256), Some(&PASSWORD_OR_BLANK_PATTERN)));

pub(crate) static POOL_QUERY_LIMIT_TYPE: Shape = shape(Integer(between(1, 60)));

pub(crate) static PRE_TOKEN_GENERATION_LAMBDA_VERSION_TYPE: Shape =
    shape(Enum(&["V1_0", "V2_0", "V3_0"]));

pub(crate) static PRE_TOKEN_GENERATION_VERSION_CONFIG_TYPE: Shape = shape(Structure(&[
    required("LambdaVersion", &PRE_TOKEN_GENERATION_LAMBDA_VERSION_TYPE),
    required("LambdaArn", &FUNCTION_TYPE),
]));

pub(crate) static PRECEDENCE_TYPE: Shape = shape(Integer(at_least(0)));

pub(crate) static PREVENT_USER_EXISTENCE_ERROR_TYPES: Shape = shape(Enum(&["ENABLED", "LEGACY"]));

pub(crate) static PRIORITY_TYPE: Shape = shape(Integer(between(1, 2)));

pub(crate) static PROVIDER_DETAILS_TYPE: Shape = sensitive(Map(&STRING_TYPE, &STRING_TYPE, ANY));

pub(crate) static PROVIDER_NAME_TYPE: Shape =
    shape(Text(between(1, 32), Some(&CIMD_POLICY_NAME_PATTERN)));

pub(crate) static PROVIDER_NAME_TYPE_V2: Shape =
    shape(Text(between(1, 32), Some(&PROVIDER_NAME_TYPE_V2_PATTERN)));

pub(crate) static PROVIDER_USER_IDENTIFIER_TYPE: Shape = shape(Structure(&[
    optional("ProviderName", &PROVIDER_NAME_TYPE),
    optional("ProviderAttributeName", &STRING_TYPE),
    optional("ProviderAttributeValue", &STRING_TYPE),
]));

pub(crate) static QUERY_LIMIT: Shape = shape(Integer(between(1, 60)));

pub(crate) static QUERY_LIMIT_TYPE: Shape = shape(Integer(between(0, 60)));

pub(crate) static RECOVERY_MECHANISMS_TYPE: Shape =
    shape(List(&RECOVERY_OPTION_TYPE, between(1, 2)));

pub(crate) static RECOVERY_OPTION_NAME_TYPE: Shape =
    shape(Enum(&["verified_email", "verified_phone_number", "admin_only"]));

pub(crate) static RECOVERY_OPTION_TYPE: Shape = shape(Structure(&[
    required("Priority", &PRIORITY_TYPE),
    required("Name", &RECOVERY_OPTION_NAME_TYPE),
]));

pub(crate) static REDIRECT_URL_TYPE: Shape =
    shape(Text(between(1, 1024), Some(&CUSTOM_ATTRIBUTE_NAME_PATTERN)));

pub(crate) static REFRESH_TOKEN_ROTATION_TYPE: Shape = shape(Structure(&[
    required("Feature", &FEATURE_TYPE),
    optional("RetryGracePeriodSeconds", &RETRY_GRACE_PERIOD_SECONDS_TYPE),
]));

pub(crate) static REFRESH_TOKEN_VALIDITY_TYPE: Shape = shape(Integer(between(0, 315_360_000)));

pub(crate) static REGION_CODE_TYPE: Shape = shape(Text(between(5, 32), None));

pub(crate) static REGION_NAME_TYPE: Shape = shape(Text(between(5, 32), None));

pub(crate) static RELYING_PARTY_ID_TYPE: Shape = shape(Text(between(1, 127), None));

pub(crate) static RESEND_CONFIRMATION_CODE_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("SecretHash", &SECRET_HASH_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static RESOURCE_ID_TYPE: Shape = shape(Text(between(1, 40), Some(&RESOURCE_ID_PATTERN)));

pub(crate) static RESOURCE_LIST_TYPE: Shape =
    shape(List(&RESOURCE_SERVER_IDENTIFIER_TYPE, between(0, 1)));

pub(crate) static RESOURCE_SERVER_IDENTIFIER_TYPE: Shape =
    shape(Text(between(1, 256), Some(&ACR_VALUE_PATTERN)));

pub(crate) static RESOURCE_SERVER_NAME_TYPE: Shape =
    shape(Text(between(1, 256), Some(&CLIENT_NAME_PATTERN)));

pub(crate) static RESOURCE_SERVER_SCOPE_DESCRIPTION_TYPE: Shape =
    shape(Text(between(1, 256), None));

pub(crate) static RESOURCE_SERVER_SCOPE_LIST_TYPE: Shape =
    shape(List(&RESOURCE_SERVER_SCOPE_TYPE, at_most(100)));

pub(crate) static RESOURCE_SERVER_SCOPE_NAME_TYPE: Shape =
    shape(Text(between(1, 256), Some(&RESOURCE_SERVER_SCOPE_NAME_PATTERN)));

pub(crate) static RESOURCE_SERVER_SCOPE_TYPE: Shape = shape(Structure(&[
    required("ScopeName", &RESOURCE_SERVER_SCOPE_NAME_TYPE),
    required("ScopeDescription", &RESOURCE_SERVER_SCOPE_DESCRIPTION_TYPE),
]));

pub(crate) static RESPOND_TO_AUTH_CHALLENGE_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    required("ChallengeName", &CHALLENGE_NAME_TYPE),
    optional("Session", &SESSION_TYPE),
    optional("ChallengeResponses", &CHALLENGE_RESPONSES_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static RESTORE_ID_TYPE: Shape = shape(Text(between(36, 36), Some(&RESTORE_ID_PATTERN)));

pub(crate) static RETRY_GRACE_PERIOD_SECONDS_TYPE: Shape = shape(Integer(between(0, 60)));

pub(crate) static REVOKE_ASSOCIATED_SESSIONS_TYPE: Shape = shape(Enum(&["NONE", "LINKED"]));

pub(crate) static REVOKE_TOKEN_REQUEST: Shape = shape(Structure(&[
    required("Token", &TOKEN_MODEL_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ClientSecret", &ANY_CLIENT_SECRET_TYPE),
    optional("RevokeAssociatedSessions", &REVOKE_ASSOCIATED_SESSIONS_TYPE),
]));

pub(crate) static REVOKE_USER_SESSION_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("SessionId", &SESSION_ID_TYPE),
    optional("RevokeAssociatedSessions", &REVOKE_ASSOCIATED_SESSIONS_TYPE),
]));

pub(crate) static RISK_EXCEPTION_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("BlockedIPRangeList", &BLOCKED_IP_RANGE_LIST_TYPE),
    optional("SkippedIPRangeList", &SKIPPED_IP_RANGE_LIST_TYPE),
]));

pub(crate) static ROUTING_TYPE: Shape = shape(Structure(&[optional("Failover", &FAILOVER_TYPE)]));

pub(crate) static S3_ARN_TYPE: Shape = shape(Text(between(3, 1024), Some(&S3_ARN_PATTERN)));

pub(crate) static S3_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[optional("BucketArn", &S3_ARN_TYPE)]));

pub(crate) static SES_CONFIGURATION_SET: Shape =
    shape(Text(between(1, 64), Some(&SES_CONFIGURATION_SET_PATTERN)));

pub(crate) static SMS_MFA_SETTINGS_TYPE: Shape = shape(Structure(&[
    optional("Enabled", &BOOLEAN_TYPE),
    optional("PreferredMfa", &BOOLEAN_TYPE),
]));

pub(crate) static SSO_SESSION_MAX_VALIDITY_MINUTES_TYPE: Shape =
    shape(Integer(between(0, 129_600)));

pub(crate) static SCHEMA_ATTRIBUTE_TYPE: Shape = shape(Structure(&[
    optional("Name", &CUSTOM_ATTRIBUTE_NAME_TYPE),
    optional("AttributeDataType", &ATTRIBUTE_DATA_TYPE),
    optional("DeveloperOnlyAttribute", &BOOLEAN_TYPE),
    optional("Mutable", &BOOLEAN_TYPE),
    optional("Required", &BOOLEAN_TYPE),
    optional("NumberAttributeConstraints", &NUMBER_ATTRIBUTE_CONSTRAINTS_TYPE),
    optional("StringAttributeConstraints", &STRING_ATTRIBUTE_CONSTRAINTS_TYPE),
]));

pub(crate) static SCHEMA_ATTRIBUTES_LIST_TYPE: Shape =
    shape(List(&SCHEMA_ATTRIBUTE_TYPE, between(1, 50)));

pub(crate) static SCOPE_LIST_TYPE: Shape = shape(List(&SCOPE_TYPE, at_most(50)));

pub(crate) static SCOPE_TYPE: Shape = shape(Text(between(1, 256), Some(&ACR_VALUE_PATTERN)));

pub(crate) static SEARCH_PAGINATION_TOKEN_TYPE: Shape =
    shape(Text(at_least(1), Some(&CONFIRMATION_CODE_PATTERN)));

pub(crate) static SEARCHED_ATTRIBUTE_NAMES_LIST_TYPE: Shape =
    shape(List(&ATTRIBUTE_NAME_TYPE, ANY));

pub(crate) static SECRET_HASH_TYPE: Shape =
    sensitive(Text(between(1, 128), Some(&SECRET_HASH_PATTERN)));

pub(crate) static SECURITY_POLICY_TYPE: Shape =
    shape(Enum(&["TLS_V1_2_2021", "TLS_V1_3_2025", "TLS_V1"]));

pub(crate) static SESSION_ID_TYPE: Shape = shape(Text(between(28, 28), Some(&SESSION_ID_PATTERN)));

pub(crate) static SESSION_TYPE: Shape = sensitive(Text(between(20, 4096), None));

pub(crate) static SET_LOG_DELIVERY_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("LogConfigurations", &LOG_CONFIGURATION_LIST_TYPE),
]));

pub(crate) static SET_RISK_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ClientId", &CLIENT_ID_TYPE),
    optional(
        "CompromisedCredentialsRiskConfiguration",
        &COMPROMISED_CREDENTIALS_RISK_CONFIGURATION_TYPE,
    ),
    optional("AccountTakeoverRiskConfiguration", &ACCOUNT_TAKEOVER_RISK_CONFIGURATION_TYPE),
    optional("RiskExceptionConfiguration", &RISK_EXCEPTION_CONFIGURATION_TYPE),
]));

pub(crate) static SET_UI_CUSTOMIZATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ClientId", &CLIENT_ID_TYPE),
    optional("CSS", &CSS_TYPE),
    optional("ImageFile", &IMAGE_FILE_TYPE),
]));

pub(crate) static SET_USER_MFA_PREFERENCE_REQUEST: Shape = shape(Structure(&[
    optional("SMSMfaSettings", &SMS_MFA_SETTINGS_TYPE),
    optional("SoftwareTokenMfaSettings", &SOFTWARE_TOKEN_MFA_SETTINGS_TYPE),
    optional("EmailMfaSettings", &EMAIL_MFA_SETTINGS_TYPE),
    optional("WebAuthnMfaSettings", &WEB_AUTHN_MFA_SETTINGS_TYPE),
    required("AccessToken", &TOKEN_MODEL_TYPE),
]));

pub(crate) static SET_USER_POOL_CLIENT_SESSION_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    required("SSOSession", &CLIENT_SSO_SESSION_CONFIG_TYPE),
]));

pub(crate) static SET_USER_POOL_MFA_CONFIG_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("SmsMfaConfiguration", &SMS_MFA_CONFIG_TYPE),
    optional("SoftwareTokenMfaConfiguration", &SOFTWARE_TOKEN_MFA_CONFIG_TYPE),
    optional("EmailMfaConfiguration", &EMAIL_MFA_CONFIG_TYPE),
    optional("MfaConfiguration", &USER_POOL_MFA_TYPE),
    optional("WebAuthnConfiguration", &WEB_AUTHN_CONFIGURATION_TYPE),
]));

pub(crate) static SET_USER_POOL_SESSION_CONFIGURATION_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("UserSessionTracking", &USER_SESSION_TRACKING_TYPE),
    required("TokenSession", &USER_POOL_TOKEN_SESSION_CONFIG_TYPE),
]));

pub(crate) static SET_USER_SETTINGS_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("MFAOptions", &MFA_OPTION_LIST_TYPE),
]));

pub(crate) static SHOWN_CLIENT_ID_TYPE: Shape =
    shape(Text(between(1, 128), Some(&CLIENT_ID_PATTERN)));

pub(crate) static SIGN_IN_POLICY_TYPE: Shape =
    shape(Structure(&[optional("AllowedFirstAuthFactors", &ALLOWED_FIRST_AUTH_FACTORS_LIST_TYPE)]));

pub(crate) static SIGN_UP_REQUEST: Shape = shape(Structure(&[
    required("ClientId", &CLIENT_ID_TYPE),
    optional("SecretHash", &SECRET_HASH_TYPE),
    required("Username", &USERNAME_TYPE),
    optional("Password", &PASSWORD_OR_BLANK_TYPE),
    optional("UserAttributes", &ATTRIBUTE_LIST_TYPE),
    optional("ValidationData", &ATTRIBUTE_LIST_TYPE),
    optional("AnalyticsMetadata", &ANALYTICS_METADATA_TYPE),
    optional("UserContextData", &USER_CONTEXT_DATA_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static SKIPPED_IP_RANGE_LIST_TYPE: Shape = shape(List(&STRING_TYPE, at_most(200)));

pub(crate) static SMS_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("SnsCallerArn", &OPTIONAL_ARN_TYPE),
    optional("ExternalId", &STRING_TYPE),
    optional("SnsRegion", &REGION_CODE_TYPE),
    optional("EumsSms", &EUMS_SMS_CONFIGURATION_TYPE),
]));

pub(crate) static SMS_INVITE_MESSAGE_TYPE: Shape =
    shape(Text(between(6, 140), Some(&SMS_INVITE_MESSAGE_PATTERN)));

pub(crate) static SMS_MFA_CONFIG_TYPE: Shape = shape(Structure(&[
    optional("SmsAuthenticationMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("SmsConfiguration", &SMS_CONFIGURATION_TYPE),
]));

pub(crate) static SMS_VERIFICATION_MESSAGE_TYPE: Shape =
    shape(Text(between(6, 140), Some(&SMS_VERIFICATION_MESSAGE_PATTERN)));

pub(crate) static SOFTWARE_TOKEN_MFA_USER_CODE_TYPE: Shape =
    sensitive(Text(between(6, 6), Some(&SOFTWARE_TOKEN_MFA_USER_CODE_PATTERN)));

pub(crate) static SOFTWARE_TOKEN_MFA_CONFIG_TYPE: Shape =
    shape(Structure(&[optional("Enabled", &BOOLEAN_TYPE)]));

pub(crate) static SOFTWARE_TOKEN_MFA_SETTINGS_TYPE: Shape = shape(Structure(&[
    optional("Enabled", &BOOLEAN_TYPE),
    optional("PreferredMfa", &BOOLEAN_TYPE),
]));

pub(crate) static START_POINT_IN_TIME_RECOVERY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RestoreId", &RESTORE_ID_TYPE),
]));

pub(crate) static START_USER_IMPORT_JOB_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("JobId", &USER_IMPORT_JOB_ID_TYPE),
]));

pub(crate) static START_WEB_AUTHN_REGISTRATION_REQUEST: Shape =
    shape(Structure(&[required("AccessToken", &TOKEN_MODEL_TYPE)]));

pub(crate) static STATUS_TYPE: Shape = shape(Enum(&["Enabled", "Disabled"]));

pub(crate) static STOP_USER_IMPORT_JOB_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("JobId", &USER_IMPORT_JOB_ID_TYPE),
]));

pub(crate) static STRING_ATTRIBUTE_CONSTRAINTS_TYPE: Shape =
    shape(Structure(&[optional("MinLength", &STRING_TYPE), optional("MaxLength", &STRING_TYPE)]));

pub(crate) static STRING_TO_STRING_MAP_TYPE: Shape = shape(Map(&STRING_TYPE, &STRING_TYPE, ANY));

pub(crate) static STRING_TYPE: Shape = shape(Text(between(0, 131_072), None));

pub(crate) static SUPPORTED_IDENTITY_PROVIDERS_LIST_TYPE: Shape =
    shape(List(&PROVIDER_NAME_TYPE, ANY));

pub(crate) static TAG_KEYS_TYPE: Shape = shape(Text(between(1, 128), None));

pub(crate) static TAG_RESOURCE_REQUEST: Shape =
    shape(Structure(&[required("ResourceArn", &ARN_TYPE), required("Tags", &USER_POOL_TAGS_TYPE)]));

pub(crate) static TAG_VALUE_TYPE: Shape = shape(Text(between(0, 256), None));

pub(crate) static TEMPORARY_PASSWORD_VALIDITY_DAYS_TYPE: Shape = shape(Integer(between(0, 365)));

pub(crate) static TERMS_ENFORCEMENT_TYPE: Shape = shape(Enum(&["NONE"]));

pub(crate) static TERMS_ID_TYPE: Shape = shape(Text(ANY, Some(&MANAGED_LOGIN_BRANDING_ID_PATTERN)));

pub(crate) static TERMS_NAME_TYPE: Shape = shape(Text(ANY, Some(&TERMS_NAME_PATTERN)));

pub(crate) static TERMS_SOURCE_TYPE: Shape = shape(Enum(&["LINK"]));

pub(crate) static TIME_UNITS_TYPE: Shape = shape(Enum(&["hours", "days", "minutes", "seconds"]));

pub(crate) static TOKEN_MODEL_TYPE: Shape = sensitive(Text(ANY, Some(&TOKEN_MODEL_PATTERN)));

pub(crate) static TOKEN_TYPE_IDENTIFIER_TYPE: Shape =
    shape(Enum(&["SAML2", "ID_TOKEN", "ACCESS_TOKEN"]));

pub(crate) static TOKEN_VALIDITY_UNITS_TYPE: Shape = shape(Structure(&[
    optional("AccessToken", &TIME_UNITS_TYPE),
    optional("IdToken", &TIME_UNITS_TYPE),
    optional("RefreshToken", &TIME_UNITS_TYPE),
]));

pub(crate) static URL_PATTERN_LIST_TYPE: Shape = shape(List(&URL_PATTERN_TYPE, between(1, 5)));

pub(crate) static URL_PATTERN_TYPE: Shape =
    shape(Text(between(12, 256), Some(&URL_PATTERN_PATTERN)));

pub(crate) static UNTAG_RESOURCE_REQUEST: Shape = shape(Structure(&[
    required("ResourceArn", &ARN_TYPE),
    required("TagKeys", &USER_POOL_TAGS_LIST_TYPE),
]));

pub(crate) static UPDATE_AUTH_EVENT_FEEDBACK_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Username", &USERNAME_TYPE),
    required("EventId", &EVENT_ID_TYPE),
    required("FeedbackToken", &TOKEN_MODEL_TYPE),
    required("FeedbackValue", &FEEDBACK_VALUE_TYPE),
]));

pub(crate) static UPDATE_CIMD_POLICY_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CIMDPolicyId", &CIMD_POLICY_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("PolicyName", &CIMD_POLICY_NAME_TYPE),
    optional("CacheDuration", &CACHE_DURATION_TYPE),
    required("URLPatterns", &URL_PATTERN_LIST_TYPE),
]));

pub(crate) static UPDATE_CLIENT_METADATA_URL_STATE_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("CIMDPolicyId", &CIMD_POLICY_ID_TYPE),
    required("URL", &METADATA_URL_TYPE),
    required("Action", &CIMD_CACHE_ACTION_TYPE),
]));

pub(crate) static UPDATE_DEVICE_STATUS_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("DeviceKey", &DEVICE_KEY_TYPE),
    optional("DeviceRememberedStatus", &DEVICE_REMEMBERED_STATUS_TYPE),
]));

pub(crate) static UPDATE_GROUP_REQUEST: Shape = shape(Structure(&[
    required("GroupName", &GROUP_NAME_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("Description", &DESCRIPTION_TYPE),
    optional("RoleArn", &ARN_TYPE),
    optional("Precedence", &PRECEDENCE_TYPE),
]));

pub(crate) static UPDATE_IDENTITY_PROVIDER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ProviderName", &PROVIDER_NAME_TYPE),
    optional("ProviderDetails", &PROVIDER_DETAILS_TYPE),
    optional("AttributeMapping", &ATTRIBUTE_MAPPING_TYPE),
    optional("IdpIdentifiers", &IDP_IDENTIFIERS_LIST_TYPE),
    optional("AcrMapping", &ACR_MAPPING_TYPE),
]));

pub(crate) static UPDATE_MANAGED_LOGIN_BRANDING_REQUEST: Shape = shape(Structure(&[
    optional("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ManagedLoginBrandingId", &MANAGED_LOGIN_BRANDING_ID_TYPE),
    optional("UseCognitoProvidedValues", &BOOLEAN_TYPE),
    optional("Settings", &DOCUMENT),
    optional("Assets", &ASSET_LIST_TYPE),
]));

pub(crate) static UPDATE_PROVISIONED_LIMIT_REQUEST: Shape = shape(Structure(&[
    required("LimitDefinition", &LIMIT_DEFINITION_TYPE),
    required("RequestedLimitValue", &INTEGER_TYPE),
]));

pub(crate) static UPDATE_REPLICA_STATUS_TYPE: Shape = shape(Enum(&["ACTIVE", "INACTIVE"]));

pub(crate) static UPDATE_RESOURCE_SERVER_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("Identifier", &RESOURCE_SERVER_IDENTIFIER_TYPE),
    required("Name", &RESOURCE_SERVER_NAME_TYPE),
    optional("Scopes", &RESOURCE_SERVER_SCOPE_LIST_TYPE),
]));

pub(crate) static UPDATE_TERMS_REQUEST: Shape = shape(Structure(&[
    required("TermsId", &TERMS_ID_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("TermsName", &TERMS_NAME_TYPE),
    optional("TermsSource", &TERMS_SOURCE_TYPE),
    optional("Enforcement", &TERMS_ENFORCEMENT_TYPE),
    optional("Links", &LINKS_TYPE),
]));

pub(crate) static UPDATE_USER_ATTRIBUTES_REQUEST: Shape = shape(Structure(&[
    required("UserAttributes", &ATTRIBUTE_LIST_TYPE),
    required("AccessToken", &TOKEN_MODEL_TYPE),
    optional("ClientMetadata", &CLIENT_METADATA_TYPE),
]));

pub(crate) static UPDATE_USER_POOL_CLIENT_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("ClientId", &CLIENT_ID_TYPE),
    optional("ClientName", &CLIENT_NAME_TYPE),
    optional("RefreshTokenValidity", &REFRESH_TOKEN_VALIDITY_TYPE),
    optional("AccessTokenValidity", &ACCESS_TOKEN_VALIDITY_TYPE),
    optional("IdTokenValidity", &ID_TOKEN_VALIDITY_TYPE),
    optional("TokenValidityUnits", &TOKEN_VALIDITY_UNITS_TYPE),
    optional("ReadAttributes", &CLIENT_PERMISSION_LIST_TYPE),
    optional("WriteAttributes", &CLIENT_PERMISSION_LIST_TYPE),
    optional("ExplicitAuthFlows", &EXPLICIT_AUTH_FLOWS_LIST_TYPE),
    optional("SupportedIdentityProviders", &SUPPORTED_IDENTITY_PROVIDERS_LIST_TYPE),
    optional("CallbackURLs", &CALLBACK_UR_LS_LIST_TYPE),
    optional("LogoutURLs", &LOGOUT_UR_LS_LIST_TYPE),
    optional("DefaultRedirectURI", &REDIRECT_URL_TYPE),
    optional("AllowedOAuthFlows", &O_AUTH_FLOWS_TYPE),
    optional("AllowedOAuthScopes", &SCOPE_LIST_TYPE),
    optional("AllowedOAuthFlowsUserPoolClient", &BOOLEAN_TYPE),
    optional("AnalyticsConfiguration", &ANALYTICS_CONFIGURATION_TYPE),
    optional("PreventUserExistenceErrors", &PREVENT_USER_EXISTENCE_ERROR_TYPES),
    optional("EnableTokenRevocation", &WRAPPED_BOOLEAN_TYPE),
    optional("EnablePropagateAdditionalUserContextData", &WRAPPED_BOOLEAN_TYPE),
    optional("AuthSessionValidity", &AUTH_SESSION_VALIDITY_TYPE),
    optional("RefreshTokenRotation", &REFRESH_TOKEN_ROTATION_TYPE),
    optional("PublishSecretsInAWSSecretsManager", &WRAPPED_BOOLEAN_TYPE),
]));

pub(crate) static UPDATE_USER_POOL_DOMAIN_REQUEST: Shape = shape(Structure(&[
    required("Domain", &DOMAIN_TYPE),
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("ManagedLoginVersion", &MANAGED_LOGIN_VERSION_TYPE),
    optional("CustomDomainConfig", &CUSTOM_DOMAIN_CONFIG_TYPE),
    optional("Routing", &ROUTING_TYPE),
]));

pub(crate) static UPDATE_USER_POOL_REPLICA_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    required("RegionName", &REGION_NAME_TYPE),
    required("Status", &UPDATE_REPLICA_STATUS_TYPE),
]));

pub(crate) static UPDATE_USER_POOL_REQUEST: Shape = shape(Structure(&[
    required("UserPoolId", &USER_POOL_ID_TYPE),
    optional("Policies", &USER_POOL_POLICY_TYPE),
    optional("DeletionProtection", &DELETION_PROTECTION_TYPE),
    optional("LambdaConfig", &LAMBDA_CONFIG_TYPE),
    optional("AutoVerifiedAttributes", &VERIFIED_ATTRIBUTES_LIST_TYPE),
    optional("SmsVerificationMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("EmailVerificationMessage", &EMAIL_VERIFICATION_MESSAGE_TYPE),
    optional("EmailVerificationSubject", &EMAIL_VERIFICATION_SUBJECT_TYPE),
    optional("VerificationMessageTemplate", &VERIFICATION_MESSAGE_TEMPLATE_TYPE),
    optional("SmsAuthenticationMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("UserAttributeUpdateSettings", &USER_ATTRIBUTE_UPDATE_SETTINGS_TYPE),
    optional("MfaConfiguration", &USER_POOL_MFA_TYPE),
    optional("DeviceConfiguration", &DEVICE_CONFIGURATION_TYPE),
    optional("EmailConfiguration", &EMAIL_CONFIGURATION_TYPE),
    optional("SmsConfiguration", &SMS_CONFIGURATION_TYPE),
    optional("UserPoolTags", &USER_POOL_TAGS_TYPE),
    optional("AdminCreateUserConfig", &ADMIN_CREATE_USER_CONFIG_TYPE),
    optional("UserPoolAddOns", &USER_POOL_ADD_ONS_TYPE),
    optional("DcrConfiguration", &DCR_CONFIGURATION_TYPE),
    optional("AccountRecoverySetting", &ACCOUNT_RECOVERY_SETTING_TYPE),
    optional("PoolName", &USER_POOL_NAME_TYPE),
    optional("UserPoolTier", &USER_POOL_TIER_TYPE),
    optional("KeyConfiguration", &KEY_CONFIGURATION_TYPE),
    optional("IssuerConfiguration", &ISSUER_CONFIGURATION_TYPE),
    optional("AcrConfiguration", &ACR_CONFIGURATION_TYPE),
]));

pub(crate) static USER_ATTRIBUTE_UPDATE_SETTINGS_TYPE: Shape = shape(Structure(&[optional(
    "AttributesRequireVerificationBeforeUpdate",
    &ATTRIBUTES_REQUIRE_VERIFICATION_BEFORE_UPDATE_TYPE,
)]));

pub(crate) static USER_CONTEXT_DATA_TYPE: Shape = sensitive(Structure(&[
    optional("IpAddress", &STRING_TYPE),
    optional("EncodedData", &STRING_TYPE),
]));

pub(crate) static USER_FILTER_TYPE: Shape = shape(Text(at_most(256), None));

pub(crate) static USER_IMPORT_JOB_ID_TYPE: Shape =
    shape(Text(between(1, 55), Some(&USER_IMPORT_JOB_ID_PATTERN)));

pub(crate) static USER_IMPORT_JOB_NAME_TYPE: Shape =
    shape(Text(between(1, 128), Some(&CLIENT_NAME_PATTERN)));

pub(crate) static USER_POOL_ADD_ONS_TYPE: Shape = shape(Structure(&[
    required("AdvancedSecurityMode", &ADVANCED_SECURITY_MODE_TYPE),
    optional("AdvancedSecurityAdditionalFlows", &ADVANCED_SECURITY_ADDITIONAL_FLOWS_TYPE),
]));

pub(crate) static USER_POOL_ID_TYPE: Shape =
    shape(Text(between(1, 55), Some(&USER_POOL_ID_PATTERN)));

pub(crate) static USER_POOL_MFA_TYPE: Shape = shape(Enum(&["OPTIONAL", "OFF", "ON"]));

pub(crate) static USER_POOL_NAME_TYPE: Shape =
    shape(Text(between(1, 128), Some(&CLIENT_NAME_PATTERN)));

pub(crate) static USER_POOL_POLICY_TYPE: Shape = shape(Structure(&[
    optional("PasswordPolicy", &PASSWORD_POLICY_TYPE),
    optional("SignInPolicy", &SIGN_IN_POLICY_TYPE),
]));

pub(crate) static USER_POOL_TAGS_LIST_TYPE: Shape = shape(List(&TAG_KEYS_TYPE, ANY));

pub(crate) static USER_POOL_TAGS_TYPE: Shape = shape(Map(&TAG_KEYS_TYPE, &TAG_VALUE_TYPE, ANY));

pub(crate) static USER_POOL_TIER_TYPE: Shape = shape(Enum(&["ESSENTIALS", "LITE", "PLUS"]));

pub(crate) static USER_POOL_TOKEN_SESSION_CONFIG_TYPE: Shape =
    shape(Structure(&[required("MaxPerUser", &MAX_SESSIONS_PER_USER_TYPE)]));

pub(crate) static USER_SESSION_TRACKING_TYPE: Shape = shape(Enum(&["ENABLED", "DISABLED"]));

pub(crate) static USER_VERIFICATION_TYPE: Shape = shape(Enum(&["preferred", "required"]));

pub(crate) static USERNAME_ATTRIBUTE_TYPE: Shape = shape(Enum(&["phone_number", "email"]));

pub(crate) static USERNAME_ATTRIBUTES_LIST_TYPE: Shape = shape(List(&USERNAME_ATTRIBUTE_TYPE, ANY));

pub(crate) static USERNAME_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[required("CaseSensitive", &WRAPPED_BOOLEAN_TYPE)]));

pub(crate) static USERNAME_TYPE: Shape =
    sensitive(Text(between(1, 128), Some(&CUSTOM_ATTRIBUTE_NAME_PATTERN)));

pub(crate) static VERIFICATION_MESSAGE_TEMPLATE_TYPE: Shape = shape(Structure(&[
    optional("SmsMessage", &SMS_VERIFICATION_MESSAGE_TYPE),
    optional("EmailMessage", &EMAIL_VERIFICATION_MESSAGE_TYPE),
    optional("EmailSubject", &EMAIL_VERIFICATION_SUBJECT_TYPE),
    optional("EmailMessageByLink", &EMAIL_VERIFICATION_MESSAGE_BY_LINK_TYPE),
    optional("EmailSubjectByLink", &EMAIL_VERIFICATION_SUBJECT_BY_LINK_TYPE),
    optional("DefaultEmailOption", &DEFAULT_EMAIL_OPTION_TYPE),
]));

pub(crate) static VERIFIED_ATTRIBUTE_TYPE: Shape = shape(Enum(&["phone_number", "email"]));

pub(crate) static VERIFIED_ATTRIBUTES_LIST_TYPE: Shape = shape(List(&VERIFIED_ATTRIBUTE_TYPE, ANY));

pub(crate) static VERIFY_SOFTWARE_TOKEN_REQUEST: Shape = shape(Structure(&[
    optional("AccessToken", &TOKEN_MODEL_TYPE),
    optional("Session", &SESSION_TYPE),
    required("UserCode", &SOFTWARE_TOKEN_MFA_USER_CODE_TYPE),
    optional("FriendlyDeviceName", &STRING_TYPE),
]));

pub(crate) static VERIFY_USER_ATTRIBUTE_REQUEST: Shape = shape(Structure(&[
    required("AccessToken", &TOKEN_MODEL_TYPE),
    required("AttributeName", &ATTRIBUTE_NAME_TYPE),
    required("Code", &CONFIRMATION_CODE_TYPE),
]));

pub(crate) static WEB_AUTHN_CONFIGURATION_TYPE: Shape = shape(Structure(&[
    optional("RelyingPartyId", &RELYING_PARTY_ID_TYPE),
    optional("UserVerification", &USER_VERIFICATION_TYPE),
    optional("FactorConfiguration", &WEB_AUTHN_FACTOR_CONFIGURATION_TYPE),
]));

pub(crate) static WEB_AUTHN_CREDENTIALS_QUERY_LIMIT_TYPE: Shape = shape(Integer(between(0, 20)));

pub(crate) static WEB_AUTHN_FACTOR_CONFIGURATION_TYPE: Shape =
    shape(Enum(&["MULTI_FACTOR_WITH_USER_VERIFICATION", "SINGLE_FACTOR"]));

pub(crate) static WEB_AUTHN_MFA_SETTINGS_TYPE: Shape =
    shape(Structure(&[optional("Enabled", &BOOLEAN_TYPE)]));

pub(crate) static WRAPPED_BOOLEAN_TYPE: Shape = shape(Boolean);
