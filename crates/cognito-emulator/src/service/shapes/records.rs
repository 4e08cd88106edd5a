//! What is kept and read back, and decides nothing here: import jobs, limits, threat protection,
//! logs, pages, terms, replicas.

use super::Shape::{self, Boolean, Document, Enum, Integer, List, Map, Structure, Text};
use super::clients::CLIENT;
use super::pools::{EMAIL_SUBJECT, POOL};
use super::{ANY_NUMBER, ARN, NEXT_TOKEN, REGION, STRING, TAGS, URL, is_prose};
use crate::service::constraint::{Constraint, every, is_alphanumeric, is_name, is_word_or_dash};
use crate::service::shape::Member;

pub(crate) const CREATE_IMPORT_JOB: Shape = Structure(
    &["JobName", "UserPoolId", "CloudWatchLogsRoleArn"],
    &[
        POOL,
        &[
            ("CloudWatchLogsRoleArn", Text(&ARN)),
            ("JobName", Text(&JOB_NAME)),
            ("PasswordHashingAlgorithm", Enum(&["BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"])),
        ],
    ],
);
pub(crate) const NAMED_IMPORT_JOB: Shape =
    Structure(&["UserPoolId", "JobId"], &[POOL, &[("JobId", Text(&JOB_ID))]]);
pub(crate) const LIST_IMPORT_JOBS: Shape = Structure(
    &["UserPoolId", "MaxResults"],
    &[POOL, &[("MaxResults", Integer(1, 60)), ("PaginationToken", Text(&NEXT_TOKEN))]],
);
const JOB_NAME: Constraint =
    Constraint::new("jobName", 1, 128, r"[\w\s+=,.@-]+", |name| every(name, is_name));
const JOB_ID: Constraint = Constraint::new("jobId", 1, 55, "import-[0-9a-zA-Z-]+", |id| {
    let rest = id.strip_prefix("import-");
    rest.is_some_and(|rest| every(rest, |c| is_alphanumeric(c) || c == '-'))
});

pub(crate) const GET_LIMIT: Shape = Structure(&["LimitDefinition"], &[LIMIT]);
pub(crate) const UPDATE_LIMIT: Shape = Structure(
    &["LimitDefinition", "RequestedLimitValue"],
    &[LIMIT, &[("RequestedLimitValue", Integer(0, 2_147_483_647))]],
);
const LIMIT: &[Member] = &[(
    "LimitDefinition",
    Structure(
        &["LimitClass", "Attributes"],
        &[&[
            ("Attributes", Map(&STRING, &Text(&STRING), ANY_NUMBER)),
            ("LimitClass", Enum(&["API_CATEGORY"])),
        ]],
    ),
)];

/// A pool, and one of its clients if the request is about that one.
pub(crate) const POOL_OR_CLIENT: Shape = Structure(&["UserPoolId"], &[POOL, CLIENT]);

pub(crate) const SET_RISK: Shape = Structure(
    &["UserPoolId"],
    &[
        POOL,
        CLIENT,
        &[
            ("AccountTakeoverRiskConfiguration", ACCOUNT_TAKEOVER),
            ("CompromisedCredentialsRiskConfiguration", COMPROMISED_CREDENTIALS),
            ("RiskExceptionConfiguration", RISK_EXCEPTIONS),
        ],
    ],
);
const COMPROMISED_CREDENTIALS: Shape = Structure(
    &["Actions"],
    &[&[
        (
            "Actions",
            Structure(&["EventAction"], &[&[("EventAction", Enum(&["BLOCK", "NO_ACTION"]))]]),
        ),
        ("EventFilter", List(&Enum(&["SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"]), ANY_NUMBER)),
    ]],
);
const ACCOUNT_TAKEOVER: Shape = Structure(
    &["Actions"],
    &[&[
        (
            "Actions",
            Structure(
                &[],
                &[&[
                    ("HighAction", TAKEOVER_ACTION),
                    ("LowAction", TAKEOVER_ACTION),
                    ("MediumAction", TAKEOVER_ACTION),
                ]],
            ),
        ),
        ("NotifyConfiguration", NOTIFY),
    ]],
);
const TAKEOVER_ACTION: Shape = Structure(
    &["Notify", "EventAction"],
    &[&[
        ("EventAction", Enum(&["BLOCK", "MFA_IF_CONFIGURED", "MFA_REQUIRED", "NO_ACTION"])),
        ("Notify", Boolean),
    ]],
);
const NOTIFY: Shape = Structure(
    &["SourceArn"],
    &[&[
        ("BlockEmail", NOTICE),
        ("From", Text(&STRING)),
        ("MfaEmail", NOTICE),
        ("NoActionEmail", NOTICE),
        ("ReplyTo", Text(&STRING)),
        ("SourceArn", Text(&ARN)),
    ]],
);
const NOTICE: Shape = Structure(
    &["Subject"],
    &[&[
        ("HtmlBody", Text(&NOTICE_BODY)),
        ("Subject", Text(&EMAIL_SUBJECT)),
        ("TextBody", Text(&NOTICE_BODY)),
    ]],
);
const NOTICE_BODY: Constraint =
    Constraint::new("body", 6, 20_000, r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+", is_prose);
const RISK_EXCEPTIONS: Shape = Structure(
    &[],
    &[&[
        ("BlockedIPRangeList", List(&Text(&STRING), [0, 200])),
        ("SkippedIPRangeList", List(&Text(&STRING), [0, 200])),
    ]],
);

pub(crate) const SET_LOG_DELIVERY: Shape = Structure(
    &["UserPoolId", "LogConfigurations"],
    &[POOL, &[("LogConfigurations", List(&LOG_CONFIGURATION, [0, 2]))]],
);
const LOG_CONFIGURATION: Shape = Structure(
    &["LogLevel", "EventSource"],
    &[&[
        ("CloudWatchLogsConfiguration", Structure(&[], &[&[("LogGroupArn", Text(&ARN))]])),
        ("EventSource", Enum(&["userNotification", "userAuthEvents"])),
        ("FirehoseConfiguration", Structure(&[], &[&[("StreamArn", Text(&ARN))]])),
        ("LogLevel", Enum(&["ERROR", "INFO"])),
        ("S3Configuration", Structure(&[], &[&[("BucketArn", Text(&BUCKET_ARN))]])),
    ]],
);
const BUCKET_ARN: Constraint = Constraint::new(
    "bucketArn",
    3,
    1024,
    r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
    |arn| arn.starts_with("arn:") && arn.contains(":::"),
);

pub(crate) const SET_UI_CUSTOMIZATION: Shape = Structure(
    &["UserPoolId"],
    &[POOL, CLIENT, &[("CSS", Text(&STRING)), ("ImageFile", Text(&BLOB))]],
);
/// Bytes are base64 on the wire.
const BLOB: Constraint = Constraint::new("blob", 0, 1_400_000, "", |_| true);

pub(crate) const CREATE_BRANDING: Shape =
    Structure(&["UserPoolId", "ClientId"], &[POOL, CLIENT, BRANDING]);
pub(crate) const UPDATE_BRANDING: Shape =
    Structure(&["UserPoolId", "ManagedLoginBrandingId"], &[POOL, BRANDING_ID, BRANDING]);
pub(crate) const NAMED_BRANDING: Shape =
    Structure(&["UserPoolId", "ManagedLoginBrandingId"], &[POOL, BRANDING_ID]);
const BRANDING_ID: &[Member] = &[("ManagedLoginBrandingId", Text(&UUID))];
const BRANDING: &[Member] = &[
    ("Assets", List(&ASSET, [0, 40])),
    ("Settings", Document),
    ("UseCognitoProvidedValues", Boolean),
];
const ASSET: Shape = Structure(
    &["Category", "ColorMode", "Extension"],
    &[&[
        ("Bytes", Text(&BLOB)),
        (
            "Category",
            Enum(&[
                "FAVICON_ICO",
                "FAVICON_SVG",
                "EMAIL_GRAPHIC",
                "SMS_GRAPHIC",
                "AUTH_APP_GRAPHIC",
                "PASSWORD_GRAPHIC",
                "PASSKEY_GRAPHIC",
                "PAGE_HEADER_LOGO",
                "PAGE_HEADER_BACKGROUND",
                "PAGE_FOOTER_LOGO",
                "PAGE_FOOTER_BACKGROUND",
                "PAGE_BACKGROUND",
                "FORM_BACKGROUND",
                "FORM_LOGO",
                "IDP_BUTTON_ICON",
            ]),
        ),
        ("ColorMode", Enum(&["LIGHT", "DARK", "DYNAMIC"])),
        ("Extension", Enum(&["ICO", "JPEG", "PNG", "SVG", "WEBP"])),
        ("ResourceId", Text(&RESOURCE_ID)),
    ]],
);
const RESOURCE_ID: Constraint = Constraint::new("resourceId", 1, 40, r"^[\w\- ]+$", |id| {
    every(id, |c| is_word_or_dash(c) || c == ' ')
});
const UUID: Constraint = Constraint::new(
    "id",
    0,
    131_072,
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
    |id| uuid::Uuid::try_parse(id).is_ok_and(|uuid| uuid.get_version_num() == 4),
);

pub(crate) const CREATE_TERMS: Shape = Structure(
    &["UserPoolId", "ClientId", "TermsName", "TermsSource", "Enforcement"],
    &[POOL, CLIENT, TERMS],
);
pub(crate) const UPDATE_TERMS: Shape =
    Structure(&["UserPoolId", "TermsId"], &[POOL, TERMS_ID, TERMS]);
pub(crate) const NAMED_TERMS: Shape = Structure(&["UserPoolId", "TermsId"], &[POOL, TERMS_ID]);
pub(crate) const TERMS_BY_CLIENT: Shape = Structure(
    &["UserPoolId", "ClientId", "TermsName"],
    &[POOL, CLIENT, &[("TermsName", Text(&TERMS_NAME))]],
);
pub(crate) const LIST_TERMS: Shape = Structure(
    &["UserPoolId"],
    &[POOL, &[("MaxResults", Integer(1, 60)), ("NextToken", Text(&STRING))]],
);
const TERMS_ID: &[Member] = &[("TermsId", Text(&UUID))];
const TERMS: &[Member] = &[
    ("Enforcement", Enum(&["NONE"])),
    ("Links", Map(&LANGUAGE, &Text(&URL), [1, 13])),
    ("TermsName", Text(&TERMS_NAME)),
    ("TermsSource", Enum(&["LINK"])),
];
const TERMS_NAME: Constraint =
    Constraint::new("termsName", 0, 131_072, "^(terms-of-use|privacy-policy)$", |name| {
        ["terms-of-use", "privacy-policy"].contains(&name)
    });
const LANGUAGE: Constraint = Constraint::new(
    "language",
    0,
    131_072,
    "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
    |key| key.strip_prefix("cognito:").is_some_and(|language| LANGUAGES.contains(&language)),
);
const LANGUAGES: [&str; 13] = [
    "default",
    "dutch",
    "english",
    "french",
    "spanish",
    "german",
    "bahasa-indonesia",
    "italian",
    "japanese",
    "korean",
    "portuguese-brazil",
    "chinese-simplified",
    "chinese-traditional",
];

pub(crate) const CREATE_REPLICA: Shape =
    Structure(&["UserPoolId", "RegionName"], &[POOL, REGION_NAME, &[("UserPoolTags", TAGS)]]);
pub(crate) const UPDATE_REPLICA: Shape = Structure(
    &["UserPoolId", "RegionName", "Status"],
    &[POOL, REGION_NAME, &[("Status", Enum(&["ACTIVE", "INACTIVE"]))]],
);
pub(crate) const NAMED_REPLICA: Shape =
    Structure(&["UserPoolId", "RegionName"], &[POOL, REGION_NAME]);
pub(crate) const LIST_REPLICAS: Shape =
    Structure(&["UserPoolId"], &[POOL, &[("NextToken", Text(&NEXT_TOKEN))]]);
const REGION_NAME: &[Member] = &[("RegionName", Text(&REGION))];
