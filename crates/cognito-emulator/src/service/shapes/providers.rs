//! Identity providers and domains.

use super::Shape::{self, Enum, Integer, List, Map, Structure, Text};
use super::pools::POOL;
use super::{ACR_LEVEL, ACR_VALUE, ANY_NUMBER, ARN, NEXT_TOKEN, REGION, STRING};
use crate::service::constraint::{Constraint, PROVIDER_NAME, every, is_visible, is_word};
use crate::service::shape::Member;

pub(crate) const CREATE: Shape = Structure(
    &["UserPoolId", "ProviderName", "ProviderType", "ProviderDetails"],
    &[POOL, SETTINGS, &[("ProviderName", Text(&NEW_PROVIDER_NAME)), ("ProviderType", Enum(TYPES))]],
);
pub(crate) const UPDATE: Shape =
    Structure(&["UserPoolId", "ProviderName"], &[POOL, PROVIDER, SETTINGS]);
pub(crate) const NAMED: Shape = Structure(&["UserPoolId", "ProviderName"], &[POOL, PROVIDER]);
pub(crate) const BY_IDENTIFIER: Shape =
    Structure(&["UserPoolId", "IdpIdentifier"], &[POOL, &[("IdpIdentifier", Text(&IDENTIFIER))]]);
pub(crate) const LIST: Shape = Structure(
    &["UserPoolId"],
    &[POOL, &[("MaxResults", Integer(0, 60)), ("NextToken", Text(&NEXT_TOKEN))]],
);

pub(crate) const CREATE_DOMAIN: Shape =
    Structure(&["Domain", "UserPoolId"], &[POOL, DOMAIN, DOMAIN_SETTINGS]);
pub(crate) const DESCRIBE_DOMAIN: Shape = Structure(&["Domain"], &[DOMAIN]);
pub(crate) const DELETE_DOMAIN: Shape = Structure(&["Domain", "UserPoolId"], &[POOL, DOMAIN]);

/// IdentityProviderTypeType.
const TYPES: &[&str] =
    &["SAML", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple", "OIDC"];

const PROVIDER: &[Member] = &[("ProviderName", Text(&PROVIDER_NAME))];
const NEW_PROVIDER_NAME: Constraint = Constraint::new(
    "providerName",
    3,
    32,
    r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+",
    |name| {
        let allowed = |c: char| c != '_' && !c.is_whitespace();
        let mut letters = name.chars();
        letters.next().is_some_and(allowed)
            && letters.next().is_some_and(is_visible)
            && letters.all(allowed)
    },
);

const SETTINGS: &[Member] = &[
    ("AcrMapping", Map(&ACR_LEVEL, &Text(&ACR_VALUE), [0, 4])),
    ("AttributeMapping", Map(&MAPPED_ATTRIBUTE, &Text(&STRING), ANY_NUMBER)),
    ("IdpIdentifiers", List(&Text(&IDENTIFIER), [0, 50])),
    ("ProviderDetails", Map(&STRING, &Text(&STRING), ANY_NUMBER)),
];
const MAPPED_ATTRIBUTE: Constraint = Constraint::new("attributeMapping", 1, 32, "", |_| true);
const IDENTIFIER: Constraint =
    Constraint::new("idpIdentifier", 1, 40, r"[\w\s+=.@-]+", |identifier| {
        every(identifier, |c| is_word(c) || c.is_whitespace() || "+=.@-".contains(c))
    });

const DOMAIN: &[Member] = &[("Domain", Text(&DOMAIN_NAME))];
/// The domains of a pool's owner have dots, whatever the model says.
const DOMAIN_NAME: Constraint =
    Constraint::new("domain", 1, 63, r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$", |domain| {
        domain.split('.').all(is_label)
    });
const DOMAIN_SETTINGS: &[Member] = &[
    ("CustomDomainConfig", CUSTOM_DOMAIN),
    ("ManagedLoginVersion", Integer(1, 2)),
    ("Routing", ROUTING),
];
const CUSTOM_DOMAIN: Shape = Structure(
    &["CertificateArn"],
    &[&[
        ("CertificateArn", Text(&ARN)),
        ("SecurityPolicy", Enum(&["TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025"])),
    ]],
);
const ROUTING: Shape = Structure(&[], &[&[("Failover", FAILOVER)]]);
const FAILOVER: Shape = Structure(
    &["SecondaryRegion", "PrimaryRoute53HealthCheckId"],
    &[&[("PrimaryRoute53HealthCheckId", Text(&HEALTH_CHECK)), ("SecondaryRegion", Text(&REGION))]],
);
const HEALTH_CHECK: Constraint = Constraint::new("healthCheckId", 0, 64, "", |_| true);

fn is_label(label: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    every(label, allowed) && !label.starts_with('-') && !label.ends_with('-')
}
