//! User pools, and what belongs to their settings.

use super::Shape::{self, Boolean, Enum, Integer, List, Map, Structure, Text};
use super::{
    ACR_LEVEL, ACR_VALUE, ANY_NUMBER, ARN, ARN_PATTERN, NEXT_TOKEN, REGION, SCOPE, STRING, TAGS,
    is_arn, is_prose,
};
use crate::service::constraint::{
    Constraint, POOL_NAME, USER_POOL_ID, every, is_visible, is_word_or_dash,
};
use crate::service::shape::Member;

pub(crate) const CREATE: Shape = Structure(
    &["PoolName"],
    &[
        SETTINGS,
        &[
            (
                "AliasAttributes",
                List(&Enum(&["phone_number", "email", "preferred_username"]), ANY_NUMBER),
            ),
            ("Schema", List(&SCHEMA_ATTRIBUTE, [1, 50])),
            ("UsernameAttributes", List(&ADDRESS, ANY_NUMBER)),
            (
                "UsernameConfiguration",
                Structure(&["CaseSensitive"], &[&[("CaseSensitive", Boolean)]]),
            ),
        ],
    ],
);
pub(crate) const UPDATE: Shape = Structure(&["UserPoolId"], &[POOL, SETTINGS]);
pub(crate) const NAMED: Shape = Structure(&["UserPoolId"], &[POOL]);
pub(crate) const LIST: Shape = Structure(
    &["MaxResults"],
    &[&[("MaxResults", Integer(1, 60)), ("NextToken", Text(&NEXT_TOKEN))]],
);
pub(crate) const LIST_RESOURCE_SERVERS: Shape = Structure(
    &["UserPoolId"],
    &[POOL, &[("MaxResults", Integer(1, 50)), ("NextToken", Text(&NEXT_TOKEN))]],
);
pub(crate) const ADD_CUSTOM_ATTRIBUTES: Shape = Structure(
    &["UserPoolId", "CustomAttributes"],
    &[POOL, &[("CustomAttributes", List(&SCHEMA_ATTRIBUTE, [1, 25]))]],
);
pub(crate) const SET_MFA_CONFIG: Shape =
    Structure(&["UserPoolId"], &[POOL, &[("MfaConfiguration", MFA), SMS_MFA], FACTORS]);
/// What no other operation sets.
pub(crate) const MFA_ONLY: Shape = Structure(&[], &[FACTORS]);

pub(crate) const SET_SESSIONS: Shape = Structure(
    &["UserPoolId", "UserSessionTracking", "TokenSession"],
    &[
        POOL,
        &[
            ("TokenSession", Structure(&["MaxPerUser"], &[&[("MaxPerUser", Integer(1, 100))]])),
            ("UserSessionTracking", Enum(&["ENABLED", "DISABLED"])),
        ],
    ],
);

pub(super) const POOL: &[Member] = &[("UserPoolId", Text(&USER_POOL_ID))];

/// What CreateUserPool and UpdateUserPool have in common.
const SETTINGS: &[Member] = &[
    ("PoolName", Text(&POOL_NAME)),
    ("AccountRecoverySetting", ACCOUNT_RECOVERY),
    ("AcrConfiguration", Map(&ACR_LEVEL, &ACR, [0, 4])),
    ("AdminCreateUserConfig", ADMIN_CREATE_USER),
    ("AutoVerifiedAttributes", List(&ADDRESS, ANY_NUMBER)),
    ("DcrConfiguration", CLIENT_REGISTRATION),
    ("DeletionProtection", Enum(&["ACTIVE", "INACTIVE"])),
    ("DeviceConfiguration", DEVICES),
    ("EmailConfiguration", EMAIL),
    ("EmailVerificationMessage", Text(&EMAIL_MESSAGE)),
    ("EmailVerificationSubject", Text(&EMAIL_SUBJECT)),
    ("IssuerConfiguration", Structure(&[], &[&[("Type", Enum(&["ORIGINAL", "UPDATED"]))]])),
    ("KeyConfiguration", KEYS),
    ("LambdaConfig", LAMBDAS),
    ("MfaConfiguration", MFA),
    ("Policies", POLICIES),
    ("SmsAuthenticationMessage", Text(&SMS_MESSAGE)),
    ("SmsConfiguration", SMS),
    ("SmsVerificationMessage", Text(&SMS_MESSAGE)),
    ("UserAttributeUpdateSettings", ATTRIBUTE_UPDATES),
    ("UserPoolAddOns", ADD_ONS),
    ("UserPoolTags", TAGS),
    ("UserPoolTier", Enum(&["LITE", "ESSENTIALS", "PLUS"])),
    ("VerificationMessageTemplate", VERIFICATION_MESSAGES),
];

const SMS_MFA: Member = (
    "SmsMfaConfiguration",
    Structure(
        &[],
        &[&[("SmsAuthenticationMessage", Text(&SMS_MESSAGE)), ("SmsConfiguration", SMS)]],
    ),
);
const FACTORS: &[Member] = &[
    (
        "EmailMfaConfiguration",
        Structure(&[], &[&[("Message", Text(&EMAIL_MESSAGE)), ("Subject", Text(&EMAIL_SUBJECT))]]),
    ),
    ("SoftwareTokenMfaConfiguration", Structure(&[], &[&[("Enabled", Boolean)]])),
    ("WebAuthnConfiguration", WEB_AUTHN),
];

const ACR: Shape = Structure(&["AcrValue"], &[&[("AcrValue", Text(&ACR_VALUE))]]);

const CLIENT_REGISTRATION: Shape = Structure(
    &[],
    &[&[
        ("AllowedScopes", List(&Text(&SCOPE), [0, 50])),
        ("AuthenticatedGrantTypes", List(&GRANT, [0, 3])),
        ("EnableStatus", Enum(&["Enabled", "Disabled"])),
        ("OpenDcrEnabled", Boolean),
        ("OpenDcrGrantTypes", List(&GRANT, [0, 3])),
    ]],
);
const GRANT: Shape = Enum(&["code", "implicit", "client_credentials"]);

const MFA: Shape = Enum(&["OFF", "ON", "OPTIONAL"]);
const ADDRESS: Shape = Enum(&["phone_number", "email"]);

const WEB_AUTHN: Shape = Structure(
    &[],
    &[&[
        ("RelyingPartyId", Text(&RELYING_PARTY_ID)),
        ("UserVerification", Enum(&["required", "preferred"])),
        ("FactorConfiguration", Enum(&["SINGLE_FACTOR", "MULTI_FACTOR_WITH_USER_VERIFICATION"])),
    ]],
);
const RELYING_PARTY_ID: Constraint = Constraint::new("relyingPartyId", 1, 127, "", |_| true);

const POLICIES: Shape =
    Structure(&[], &[&[("PasswordPolicy", PASSWORD_POLICY), ("SignInPolicy", SIGN_IN_POLICY)]]);
const PASSWORD_POLICY: Shape = Structure(
    &[],
    &[&[
        ("MinimumLength", Integer(6, 99)),
        ("RequireUppercase", Boolean),
        ("RequireLowercase", Boolean),
        ("RequireNumbers", Boolean),
        ("RequireSymbols", Boolean),
        ("PasswordHistorySize", Integer(0, 24)),
        ("TemporaryPasswordValidityDays", Integer(0, 365)),
    ]],
);
const SIGN_IN_POLICY: Shape =
    Structure(&[], &[&[("AllowedFirstAuthFactors", List(&FIRST_FACTOR, [1, 5]))]]);
const FIRST_FACTOR: Shape =
    Enum(&["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SOFTWARE_TOKEN"]);

/// A function by its ARN, or here by the URL at which it is called.
const FUNCTION: Constraint = Constraint::new("arn", 12, 2048, ARN_PATTERN, |text| {
    is_arn(text) || text.starts_with("http://")
});
const LAMBDAS: Shape = Structure(
    &[],
    &[&[
        ("CreateAuthChallenge", Text(&FUNCTION)),
        ("CustomEmailSender", CUSTOM_LAMBDA),
        ("CustomMessage", Text(&FUNCTION)),
        ("CustomSMSSender", CUSTOM_LAMBDA),
        ("DefineAuthChallenge", Text(&FUNCTION)),
        ("InboundFederation", CUSTOM_LAMBDA),
        ("KMSKeyID", Text(&ARN)),
        ("PostAuthentication", Text(&FUNCTION)),
        ("PostConfirmation", Text(&FUNCTION)),
        ("PreAuthentication", Text(&FUNCTION)),
        ("PreSignUp", Text(&FUNCTION)),
        ("PreTokenGeneration", Text(&FUNCTION)),
        ("PreTokenGenerationConfig", TOKEN_LAMBDA),
        ("UserMigration", Text(&FUNCTION)),
        ("VerifyAuthChallengeResponse", Text(&FUNCTION)),
    ]],
);
const CUSTOM_LAMBDA: Shape = Structure(
    &["LambdaVersion", "LambdaArn"],
    &[&[("LambdaVersion", Enum(&["V1_0"])), ("LambdaArn", Text(&ARN))]],
);
const TOKEN_LAMBDA: Shape = Structure(
    &["LambdaVersion", "LambdaArn"],
    &[&[("LambdaVersion", Enum(&["V1_0", "V2_0", "V3_0"])), ("LambdaArn", Text(&FUNCTION))]],
);

const VERIFICATION_MESSAGES: Shape = Structure(
    &[],
    &[&[
        ("DefaultEmailOption", Enum(&["CONFIRM_WITH_LINK", "CONFIRM_WITH_CODE"])),
        ("EmailMessage", Text(&EMAIL_MESSAGE)),
        ("EmailMessageByLink", Text(&EMAIL_MESSAGE_BY_LINK)),
        ("EmailSubject", Text(&EMAIL_SUBJECT)),
        ("EmailSubjectByLink", Text(&EMAIL_SUBJECT)),
        ("SmsMessage", Text(&SMS_MESSAGE)),
    ]],
);
const SMS_MESSAGE: Constraint =
    Constraint::new("smsMessage", 6, 140, r".*\{####\}.*", |text| text.contains("{####}"));
const EMAIL_MESSAGE: Constraint = Constraint::new(
    "emailMessage",
    6,
    20_000,
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
    |text| is_prose(text) && text.contains("{####}"),
);
const EMAIL_MESSAGE_BY_LINK: Constraint = Constraint::new(
    "emailMessageByLink",
    6,
    20_000,
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
    |text| {
        let link = text.split_once("{##").and_then(|(_, rest)| rest.split_once("##}"));
        is_prose(text) && link.is_some()
    },
);
pub(super) const EMAIL_SUBJECT: Constraint =
    Constraint::new("emailSubject", 1, 140, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+", is_prose);

const ATTRIBUTE_UPDATES: Shape =
    Structure(&[], &[&[("AttributesRequireVerificationBeforeUpdate", List(&ADDRESS, ANY_NUMBER))]]);

const DEVICES: Shape = Structure(
    &[],
    &[&[("ChallengeRequiredOnNewDevice", Boolean), ("DeviceOnlyRememberedOnUserPrompt", Boolean)]],
);

const EMAIL: Shape = Structure(
    &[],
    &[&[
        ("ConfigurationSet", Text(&CONFIGURATION_SET)),
        ("EmailSendingAccount", Enum(&["COGNITO_DEFAULT", "DEVELOPER"])),
        ("From", Text(&STRING)),
        ("ReplyToEmailAddress", Text(&EMAIL_ADDRESS)),
        ("SourceArn", Text(&ARN)),
    ]],
);
const CONFIGURATION_SET: Constraint =
    Constraint::new("configurationSet", 1, 64, "^[a-zA-Z0-9_-]+$", |set| {
        every(set, is_word_or_dash)
    });
const EMAIL_ADDRESS: Constraint = Constraint::new(
    "replyToEmailAddress",
    0,
    131_072,
    r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
    |address| {
        let parts = address.rsplit_once('@');
        parts.is_some_and(|(name, domain)| every(name, is_visible) && every(domain, is_visible))
    },
);

const SMS: Shape = Structure(
    &[],
    &[&[
        ("EumsSms", EUMS_SMS),
        ("ExternalId", Text(&STRING)),
        ("SnsCallerArn", Text(&SNS_CALLER_ARN)),
        ("SnsRegion", Text(&REGION)),
    ]],
);
const EUMS_SMS: Shape = Structure(
    &["CallerArn"],
    &[&[
        ("CallerArn", Text(&ARN)),
        ("ConfigurationSetName", Text(&STRING)),
        ("ExternalId", Text(&STRING)),
        ("InEntityId", Text(&STRING)),
        ("InTemplateId", Text(&STRING)),
        ("OriginationIdentity", Text(&STRING)),
        ("Region", Text(&REGION)),
    ]],
);
const SNS_CALLER_ARN: Constraint =
    Constraint::new("snsCallerArn", 0, 2048, ARN_PATTERN, |arn| arn.is_empty() || is_arn(arn));

const ADMIN_CREATE_USER: Shape = Structure(
    &[],
    &[&[
        ("AllowAdminCreateUserOnly", Boolean),
        ("InviteMessageTemplate", INVITE_MESSAGES),
        ("UnusedAccountValidityDays", Integer(0, 365)),
    ]],
);
const INVITE_MESSAGES: Shape = Structure(
    &[],
    &[&[
        ("EmailMessage", Text(&INVITE_EMAIL)),
        ("EmailSubject", Text(&EMAIL_SUBJECT)),
        ("SMSMessage", Text(&INVITE_SMS)),
    ]],
);
const INVITE_EMAIL: Constraint =
    Constraint::new("emailMessage", 6, 20_000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*", is_prose);
const INVITE_SMS: Constraint = Constraint::new("sMSMessage", 6, 140, "(?s).*", |_| true);

const SCHEMA_ATTRIBUTE: Shape = Structure(
    &[],
    &[&[
        ("AttributeDataType", Enum(&["String", "Number", "DateTime", "Boolean"])),
        ("DeveloperOnlyAttribute", Boolean),
        ("Mutable", Boolean),
        ("Name", Text(&ATTRIBUTE_NAME)),
        ("NumberAttributeConstraints", NUMBER_CONSTRAINTS),
        ("Required", Boolean),
        ("StringAttributeConstraints", STRING_CONSTRAINTS),
    ]],
);
const ATTRIBUTE_NAME: Constraint =
    Constraint::new("name", 1, 20, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", |name| every(name, is_visible));
const NUMBER_CONSTRAINTS: Shape =
    Structure(&[], &[&[("MaxValue", Text(&STRING)), ("MinValue", Text(&STRING))]]);
const STRING_CONSTRAINTS: Shape =
    Structure(&[], &[&[("MaxLength", Text(&STRING)), ("MinLength", Text(&STRING))]]);

const ADD_ONS: Shape = Structure(
    &["AdvancedSecurityMode"],
    &[&[
        ("AdvancedSecurityAdditionalFlows", ADDITIONAL_FLOWS),
        ("AdvancedSecurityMode", Enum(&["OFF", "AUDIT", "ENFORCED"])),
    ]],
);
const ADDITIONAL_FLOWS: Shape =
    Structure(&[], &[&[("CustomAuthMode", Enum(&["AUDIT", "ENFORCED"]))]]);

const ACCOUNT_RECOVERY: Shape =
    Structure(&[], &[&[("RecoveryMechanisms", List(&RECOVERY_MECHANISM, [1, 2]))]]);
const RECOVERY_MECHANISM: Shape = Structure(
    &["Priority", "Name"],
    &[&[
        ("Name", Enum(&["verified_email", "verified_phone_number", "admin_only"])),
        ("Priority", Integer(1, 2)),
    ]],
);

const KEYS: Shape = Structure(
    &[],
    &[&[("KeyType", Enum(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KEY"])), ("KmsKeyArn", Text(&ARN))]],
);
