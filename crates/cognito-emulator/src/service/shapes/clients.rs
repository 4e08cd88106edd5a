//! App clients.

use super::Shape::{self, Boolean, Enum, Integer, List, Structure, Text};
use super::pools::POOL;
use super::{ANY_NUMBER, ARN, NEXT_TOKEN, SCOPE, STRING, URL};
use crate::service::constraint::{
    CLIENT_ID, CLIENT_NAME, CLIENT_SECRET, Constraint, PROVIDER_NAME, every,
};
use crate::service::shape::{Member, Members};

pub(crate) const CREATE: Shape = Structure(
    &["UserPoolId", "ClientName"],
    &[POOL, SETTINGS, &[("ClientSecret", Text(&CLIENT_SECRET)), ("GenerateSecret", Boolean)]],
);
pub(crate) const UPDATE: Shape = Structure(&["UserPoolId", "ClientId"], &[POOL, CLIENT, SETTINGS]);
pub(crate) const NAMED: Shape = Structure(&["UserPoolId", "ClientId"], &[POOL, CLIENT]);
pub(crate) const LIST: Shape = Structure(
    &["UserPoolId"],
    &[
        POOL,
        &[
            ("ClientType", Enum(&["REGULAR", "DCR"])),
            ("MaxResults", Integer(1, 60)),
            ("NextToken", Text(&NEXT_TOKEN)),
        ],
    ],
);
pub(crate) const SET_SESSIONS: Shape = Structure(
    &["UserPoolId", "ClientId", "SSOSession"],
    &[POOL, CLIENT, &[("SSOSession", SSO_SESSION)]],
);
const SSO_SESSION: Shape =
    Structure(&["MaxValidityMinutes"], &[&[("MaxValidityMinutes", Integer(0, 129_600))]]);

/// What of a request is a member of the client.
pub(crate) fn members(mut given: Members) -> Members {
    given.retain(|name, _| SETTINGS.iter().any(|(member, _)| member == name));
    given
}

pub(super) const CLIENT: &[Member] = &[("ClientId", Text(&CLIENT_ID))];

const SETTINGS: &[Member] = &[
    ("ClientName", Text(&CLIENT_NAME)),
    ("AccessTokenValidity", Integer(1, 86_400)),
    ("AllowedOAuthFlows", List(&Enum(&["code", "implicit", "client_credentials"]), [0, 3])),
    ("AllowedOAuthFlowsUserPoolClient", Boolean),
    ("AllowedOAuthScopes", List(&Text(&SCOPE), [0, 50])),
    ("AnalyticsConfiguration", ANALYTICS),
    ("AuthSessionValidity", Integer(3, 15)),
    ("CallbackURLs", List(&Text(&URL), [0, 100])),
    ("DefaultRedirectURI", Text(&URL)),
    ("EnablePropagateAdditionalUserContextData", Boolean),
    ("EnableTokenRevocation", Boolean),
    ("ExplicitAuthFlows", List(&AUTH_FLOW, ANY_NUMBER)),
    ("IdTokenValidity", Integer(1, 86_400)),
    ("LogoutURLs", List(&Text(&URL), [0, 100])),
    ("PreventUserExistenceErrors", Enum(&["LEGACY", "ENABLED"])),
    ("ReadAttributes", List(&Text(&ATTRIBUTE), ANY_NUMBER)),
    ("RefreshTokenRotation", ROTATION),
    ("RefreshTokenValidity", Integer(0, 315_360_000)),
    ("SupportedIdentityProviders", List(&Text(&PROVIDER_NAME), ANY_NUMBER)),
    ("TokenValidityUnits", UNITS),
    ("WriteAttributes", List(&Text(&ATTRIBUTE), ANY_NUMBER)),
];

/// ALLOW_CLIENT_TOKEN_AUTH is in the service's documentation and not in its model.
const AUTH_FLOW: Shape = Enum(&[
    "ADMIN_NO_SRP_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY",
    "USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CLIENT_TOKEN_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
]);

const ATTRIBUTE: Constraint = Constraint::new("attribute", 1, 2048, "", |_| true);

const ANALYTICS: Shape = Structure(
    &[],
    &[&[
        ("ApplicationArn", Text(&ARN)),
        ("ApplicationId", Text(&APPLICATION_ID)),
        ("ExternalId", Text(&STRING)),
        ("RoleArn", Text(&ARN)),
        ("UserDataShared", Boolean),
    ]],
);
const APPLICATION_ID: Constraint =
    Constraint::new("applicationId", 0, 131_072, "^[0-9a-fA-F]+$", |id| {
        every(id, |c| c.is_ascii_hexdigit())
    });

const UNIT: Shape = Enum(&["seconds", "minutes", "hours", "days"]);
const UNITS: Shape =
    Structure(&[], &[&[("AccessToken", UNIT), ("IdToken", UNIT), ("RefreshToken", UNIT)]]);

const ROTATION: Shape = Structure(
    &["Feature"],
    &[&[("Feature", Enum(&["ENABLED", "DISABLED"])), ("RetryGracePeriodSeconds", Integer(0, 60))]],
);
