//! The requests of every operation of identity pools.
//!
//! Written by `cargo xtask shapes` from the service model in botocore 1.44.8; not edited by hand.

use super::pattern::Pattern;
use super::shape::Kind::{Boolean, Enum, Integer, List, Map, Structure, Text};
use super::shape::{
    ANY, Auth, Operation, Shape, at_most, between, optional, required, sensitive, shape,
};

/// Every operation, in alphabetical order.
pub(crate) static OPERATIONS: [Operation; 23] = [
    Operation {
        name: "CreateIdentityPool",
        auth: Auth::Iam,
        input: &CREATE_IDENTITY_POOL_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteIdentities",
        auth: Auth::Iam,
        input: &DELETE_IDENTITIES_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DeleteIdentityPool",
        auth: Auth::Iam,
        input: &DELETE_IDENTITY_POOL_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeIdentity",
        auth: Auth::Iam,
        input: &DESCRIBE_IDENTITY_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "DescribeIdentityPool",
        auth: Auth::Iam,
        input: &DESCRIBE_IDENTITY_POOL_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetCredentialsForIdentity",
        auth: Auth::None,
        input: &GET_CREDENTIALS_FOR_IDENTITY_INPUT,
        exceptions: &[
            "ExternalServiceException",
            "InternalErrorException",
            "InvalidIdentityPoolConfigurationException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetId",
        auth: Auth::None,
        input: &GET_ID_INPUT,
        exceptions: &[
            "ExternalServiceException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetIdentityPoolRoles",
        auth: Auth::Iam,
        input: &GET_IDENTITY_POOL_ROLES_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetOpenIdToken",
        auth: Auth::None,
        input: &GET_OPEN_ID_TOKEN_INPUT,
        exceptions: &[
            "ExternalServiceException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetOpenIdTokenForDeveloperIdentity",
        auth: Auth::Iam,
        input: &GET_OPEN_ID_TOKEN_FOR_DEVELOPER_IDENTITY_INPUT,
        exceptions: &[
            "DeveloperUserAlreadyRegisteredException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "GetPrincipalTagAttributeMap",
        auth: Auth::Iam,
        input: &GET_PRINCIPAL_TAG_ATTRIBUTE_MAP_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListIdentities",
        auth: Auth::Iam,
        input: &LIST_IDENTITIES_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListIdentityPools",
        auth: Auth::Iam,
        input: &LIST_IDENTITY_POOLS_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "ListTagsForResource",
        auth: Auth::Iam,
        input: &LIST_TAGS_FOR_RESOURCE_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "LookupDeveloperIdentity",
        auth: Auth::Iam,
        input: &LOOKUP_DEVELOPER_IDENTITY_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "MergeDeveloperIdentities",
        auth: Auth::Iam,
        input: &MERGE_DEVELOPER_IDENTITIES_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetIdentityPoolRoles",
        auth: Auth::Iam,
        input: &SET_IDENTITY_POOL_ROLES_INPUT,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "SetPrincipalTagAttributeMap",
        auth: Auth::Iam,
        input: &SET_PRINCIPAL_TAG_ATTRIBUTE_MAP_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "TagResource",
        auth: Auth::Iam,
        input: &TAG_RESOURCE_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UnlinkDeveloperIdentity",
        auth: Auth::Iam,
        input: &UNLINK_DEVELOPER_IDENTITY_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UnlinkIdentity",
        auth: Auth::None,
        input: &UNLINK_IDENTITY_INPUT,
        exceptions: &[
            "ExternalServiceException",
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UntagResource",
        auth: Auth::Iam,
        input: &UNTAG_RESOURCE_INPUT,
        exceptions: &[
            "InternalErrorException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
    Operation {
        name: "UpdateIdentityPool",
        auth: Auth::Iam,
        input: &IDENTITY_POOL,
        exceptions: &[
            "ConcurrentModificationException",
            "InternalErrorException",
            "InvalidParameterException",
            "LimitExceededException",
            "NotAuthorizedException",
            "ResourceConflictException",
            "ResourceNotFoundException",
            "TooManyRequestsException",
        ],
    },
];

static ROLE_PATTERN: Pattern = Pattern::new(r"(un)?authenticated");
static PAGINATION_KEY_PATTERN: Pattern = Pattern::new(r"[\S]+");
static CLAIM_NAME_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+");
static IDENTITY_ID_PATTERN: Pattern = Pattern::new(r"[\w-]+:[0-9a-f-]+");
static IDENTITY_PROVIDER_ID_PATTERN: Pattern = Pattern::new(r"[\w.;_/-]+");
static DEVELOPER_PROVIDER_NAME_PATTERN: Pattern = Pattern::new(r"[\w._-]+");
static COGNITO_IDENTITY_PROVIDER_NAME_PATTERN: Pattern = Pattern::new(r"[\w._:/-]+");
static IDENTITY_POOL_NAME_PATTERN: Pattern = Pattern::new(r"[\w\s+=,.@-]+");
static COGNITO_IDENTITY_PROVIDER_CLIENT_ID_PATTERN: Pattern = Pattern::new(r"[\w_]+");
static ACCOUNT_ID_PATTERN: Pattern = Pattern::new(r"\d+");

pub(crate) static ARN_STRING: Shape = shape(Text(between(20, 2048), None));

pub(crate) static ACCOUNT_ID: Shape = shape(Text(between(1, 15), Some(&ACCOUNT_ID_PATTERN)));

pub(crate) static AMBIGUOUS_ROLE_RESOLUTION_TYPE: Shape =
    shape(Enum(&["AuthenticatedRole", "Deny"]));

pub(crate) static CLAIM_NAME: Shape = shape(Text(between(1, 64), Some(&CLAIM_NAME_PATTERN)));

pub(crate) static CLAIM_VALUE: Shape = shape(Text(between(1, 128), None));

pub(crate) static CLASSIC_FLOW: Shape = shape(Boolean);

pub(crate) static COGNITO_IDENTITY_PROVIDER: Shape = shape(Structure(&[
    optional("ProviderName", &COGNITO_IDENTITY_PROVIDER_NAME),
    optional("ClientId", &COGNITO_IDENTITY_PROVIDER_CLIENT_ID),
    optional("ServerSideTokenCheck", &COGNITO_IDENTITY_PROVIDER_TOKEN_CHECK),
]));

pub(crate) static COGNITO_IDENTITY_PROVIDER_CLIENT_ID: Shape =
    shape(Text(between(1, 128), Some(&COGNITO_IDENTITY_PROVIDER_CLIENT_ID_PATTERN)));

pub(crate) static COGNITO_IDENTITY_PROVIDER_LIST: Shape =
    shape(List(&COGNITO_IDENTITY_PROVIDER, ANY));

pub(crate) static COGNITO_IDENTITY_PROVIDER_NAME: Shape =
    shape(Text(between(1, 128), Some(&COGNITO_IDENTITY_PROVIDER_NAME_PATTERN)));

pub(crate) static COGNITO_IDENTITY_PROVIDER_TOKEN_CHECK: Shape = shape(Boolean);

pub(crate) static CREATE_IDENTITY_POOL_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolName", &IDENTITY_POOL_NAME),
    required("AllowUnauthenticatedIdentities", &IDENTITY_POOL_UNAUTHENTICATED),
    optional("AllowClassicFlow", &CLASSIC_FLOW),
    optional("SupportedLoginProviders", &IDENTITY_PROVIDERS),
    optional("DeveloperProviderName", &DEVELOPER_PROVIDER_NAME),
    optional("OpenIdConnectProviderARNs", &OIDC_PROVIDER_LIST),
    optional("CognitoIdentityProviders", &COGNITO_IDENTITY_PROVIDER_LIST),
    optional("SamlProviderARNs", &SAML_PROVIDER_LIST),
    optional("IdentityPoolTags", &IDENTITY_POOL_TAGS_TYPE),
]));

pub(crate) static DELETE_IDENTITIES_INPUT: Shape =
    shape(Structure(&[required("IdentityIdsToDelete", &IDENTITY_ID_LIST)]));

pub(crate) static DELETE_IDENTITY_POOL_INPUT: Shape =
    shape(Structure(&[required("IdentityPoolId", &IDENTITY_POOL_ID)]));

pub(crate) static DESCRIBE_IDENTITY_INPUT: Shape =
    shape(Structure(&[required("IdentityId", &IDENTITY_ID)]));

pub(crate) static DESCRIBE_IDENTITY_POOL_INPUT: Shape =
    shape(Structure(&[required("IdentityPoolId", &IDENTITY_POOL_ID)]));

pub(crate) static DEVELOPER_PROVIDER_NAME: Shape =
    shape(Text(between(1, 128), Some(&DEVELOPER_PROVIDER_NAME_PATTERN)));

pub(crate) static DEVELOPER_USER_IDENTIFIER: Shape = shape(Text(between(1, 1024), None));

pub(crate) static GET_CREDENTIALS_FOR_IDENTITY_INPUT: Shape = shape(Structure(&[
    required("IdentityId", &IDENTITY_ID),
    optional("Logins", &LOGINS_MAP),
    optional("CustomRoleArn", &ARN_STRING),
]));

pub(crate) static GET_ID_INPUT: Shape = shape(Structure(&[
    optional("AccountId", &ACCOUNT_ID),
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    optional("Logins", &LOGINS_MAP),
]));

pub(crate) static GET_IDENTITY_POOL_ROLES_INPUT: Shape =
    shape(Structure(&[required("IdentityPoolId", &IDENTITY_POOL_ID)]));

pub(crate) static GET_OPEN_ID_TOKEN_FOR_DEVELOPER_IDENTITY_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    optional("IdentityId", &IDENTITY_ID),
    required("Logins", &LOGINS_MAP),
    optional("PrincipalTags", &PRINCIPAL_TAGS),
    optional("TokenDuration", &TOKEN_DURATION),
]));

pub(crate) static GET_OPEN_ID_TOKEN_INPUT: Shape =
    shape(Structure(&[required("IdentityId", &IDENTITY_ID), optional("Logins", &LOGINS_MAP)]));

pub(crate) static GET_PRINCIPAL_TAG_ATTRIBUTE_MAP_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("IdentityProviderName", &IDENTITY_PROVIDER_NAME),
]));

pub(crate) static HIDE_DISABLED: Shape = shape(Boolean);

pub(crate) static IDENTITY_ID: Shape = shape(Text(between(1, 55), Some(&IDENTITY_ID_PATTERN)));

pub(crate) static IDENTITY_ID_LIST: Shape = shape(List(&IDENTITY_ID, between(1, 60)));

pub(crate) static IDENTITY_POOL: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("IdentityPoolName", &IDENTITY_POOL_NAME),
    required("AllowUnauthenticatedIdentities", &IDENTITY_POOL_UNAUTHENTICATED),
    optional("AllowClassicFlow", &CLASSIC_FLOW),
    optional("SupportedLoginProviders", &IDENTITY_PROVIDERS),
    optional("DeveloperProviderName", &DEVELOPER_PROVIDER_NAME),
    optional("OpenIdConnectProviderARNs", &OIDC_PROVIDER_LIST),
    optional("CognitoIdentityProviders", &COGNITO_IDENTITY_PROVIDER_LIST),
    optional("SamlProviderARNs", &SAML_PROVIDER_LIST),
    optional("IdentityPoolTags", &IDENTITY_POOL_TAGS_TYPE),
]));

pub(crate) static IDENTITY_POOL_ID: Shape = shape(Text(between(1, 55), Some(&IDENTITY_ID_PATTERN)));

pub(crate) static IDENTITY_POOL_NAME: Shape =
    shape(Text(between(1, 128), Some(&IDENTITY_POOL_NAME_PATTERN)));

pub(crate) static IDENTITY_POOL_TAGS_LIST_TYPE: Shape = shape(List(&TAG_KEYS_TYPE, ANY));

pub(crate) static IDENTITY_POOL_TAGS_TYPE: Shape = shape(Map(&TAG_KEYS_TYPE, &TAG_VALUE_TYPE, ANY));

pub(crate) static IDENTITY_POOL_UNAUTHENTICATED: Shape = shape(Boolean);

pub(crate) static IDENTITY_PROVIDER_ID: Shape =
    shape(Text(between(1, 128), Some(&IDENTITY_PROVIDER_ID_PATTERN)));

pub(crate) static IDENTITY_PROVIDER_NAME: Shape = shape(Text(between(1, 128), None));

pub(crate) static IDENTITY_PROVIDER_TOKEN: Shape = sensitive(Text(between(1, 50_000), None));

pub(crate) static IDENTITY_PROVIDERS: Shape =
    shape(Map(&IDENTITY_PROVIDER_NAME, &IDENTITY_PROVIDER_ID, at_most(10)));

pub(crate) static LIST_IDENTITIES_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("MaxResults", &QUERY_LIMIT),
    optional("NextToken", &PAGINATION_KEY),
    optional("HideDisabled", &HIDE_DISABLED),
]));

pub(crate) static LIST_IDENTITY_POOLS_INPUT: Shape = shape(Structure(&[
    required("MaxResults", &QUERY_LIMIT),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static LIST_TAGS_FOR_RESOURCE_INPUT: Shape =
    shape(Structure(&[required("ResourceArn", &ARN_STRING)]));

pub(crate) static LOGINS_LIST: Shape = shape(List(&IDENTITY_PROVIDER_NAME, ANY));

pub(crate) static LOGINS_MAP: Shape =
    shape(Map(&IDENTITY_PROVIDER_NAME, &IDENTITY_PROVIDER_TOKEN, at_most(10)));

pub(crate) static LOOKUP_DEVELOPER_IDENTITY_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    optional("IdentityId", &IDENTITY_ID),
    optional("DeveloperUserIdentifier", &DEVELOPER_USER_IDENTIFIER),
    optional("MaxResults", &QUERY_LIMIT),
    optional("NextToken", &PAGINATION_KEY),
]));

pub(crate) static MAPPING_RULE: Shape = shape(Structure(&[
    required("Claim", &CLAIM_NAME),
    required("MatchType", &MAPPING_RULE_MATCH_TYPE),
    required("Value", &CLAIM_VALUE),
    required("RoleARN", &ARN_STRING),
]));

pub(crate) static MAPPING_RULE_MATCH_TYPE: Shape =
    shape(Enum(&["NotEqual", "StartsWith", "Contains", "Equals"]));

pub(crate) static MAPPING_RULES_LIST: Shape = shape(List(&MAPPING_RULE, between(1, 400)));

pub(crate) static MERGE_DEVELOPER_IDENTITIES_INPUT: Shape = shape(Structure(&[
    required("SourceUserIdentifier", &DEVELOPER_USER_IDENTIFIER),
    required("DestinationUserIdentifier", &DEVELOPER_USER_IDENTIFIER),
    required("DeveloperProviderName", &DEVELOPER_PROVIDER_NAME),
    required("IdentityPoolId", &IDENTITY_POOL_ID),
]));

pub(crate) static OIDC_PROVIDER_LIST: Shape = shape(List(&ARN_STRING, ANY));

pub(crate) static PAGINATION_KEY: Shape =
    shape(Text(between(1, 65_535), Some(&PAGINATION_KEY_PATTERN)));

pub(crate) static PRINCIPAL_TAG_ID: Shape = shape(Text(between(1, 128), None));

pub(crate) static PRINCIPAL_TAG_VALUE: Shape = shape(Text(between(1, 256), None));

pub(crate) static PRINCIPAL_TAGS: Shape =
    shape(Map(&PRINCIPAL_TAG_ID, &PRINCIPAL_TAG_VALUE, at_most(50)));

pub(crate) static QUERY_LIMIT: Shape = shape(Integer(between(1, 60)));

pub(crate) static ROLE_MAPPING: Shape = shape(Structure(&[
    required("Type", &ROLE_MAPPING_TYPE),
    optional("AmbiguousRoleResolution", &AMBIGUOUS_ROLE_RESOLUTION_TYPE),
    optional("RulesConfiguration", &RULES_CONFIGURATION_TYPE),
]));

pub(crate) static ROLE_MAPPING_MAP: Shape =
    shape(Map(&IDENTITY_PROVIDER_NAME, &ROLE_MAPPING, at_most(10)));

pub(crate) static ROLE_MAPPING_TYPE: Shape = shape(Enum(&["Rules", "Token"]));

pub(crate) static ROLE_TYPE: Shape = shape(Text(between(1, 128), Some(&ROLE_PATTERN)));

pub(crate) static ROLES_MAP: Shape = shape(Map(&ROLE_TYPE, &ARN_STRING, at_most(2)));

pub(crate) static RULES_CONFIGURATION_TYPE: Shape =
    shape(Structure(&[required("Rules", &MAPPING_RULES_LIST)]));

pub(crate) static SAML_PROVIDER_LIST: Shape = shape(List(&ARN_STRING, ANY));

pub(crate) static SET_IDENTITY_POOL_ROLES_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("Roles", &ROLES_MAP),
    optional("RoleMappings", &ROLE_MAPPING_MAP),
]));

pub(crate) static SET_PRINCIPAL_TAG_ATTRIBUTE_MAP_INPUT: Shape = shape(Structure(&[
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("IdentityProviderName", &IDENTITY_PROVIDER_NAME),
    optional("UseDefaults", &USE_DEFAULTS),
    optional("PrincipalTags", &PRINCIPAL_TAGS),
]));

pub(crate) static TAG_KEYS_TYPE: Shape = shape(Text(between(1, 128), None));

pub(crate) static TAG_RESOURCE_INPUT: Shape = shape(Structure(&[
    required("ResourceArn", &ARN_STRING),
    required("Tags", &IDENTITY_POOL_TAGS_TYPE),
]));

pub(crate) static TAG_VALUE_TYPE: Shape = shape(Text(between(0, 256), None));

pub(crate) static TOKEN_DURATION: Shape = shape(Integer(between(1, 86_400)));

pub(crate) static UNLINK_DEVELOPER_IDENTITY_INPUT: Shape = shape(Structure(&[
    required("IdentityId", &IDENTITY_ID),
    required("IdentityPoolId", &IDENTITY_POOL_ID),
    required("DeveloperProviderName", &DEVELOPER_PROVIDER_NAME),
    required("DeveloperUserIdentifier", &DEVELOPER_USER_IDENTIFIER),
]));

pub(crate) static UNLINK_IDENTITY_INPUT: Shape = shape(Structure(&[
    required("IdentityId", &IDENTITY_ID),
    required("Logins", &LOGINS_MAP),
    required("LoginsToRemove", &LOGINS_LIST),
]));

pub(crate) static UNTAG_RESOURCE_INPUT: Shape = shape(Structure(&[
    required("ResourceArn", &ARN_STRING),
    required("TagKeys", &IDENTITY_POOL_TAGS_LIST_TYPE),
]));

pub(crate) static USE_DEFAULTS: Shape = shape(Boolean);
