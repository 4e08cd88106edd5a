//! What a verified token says.
//!
//! There is no way to make these types but by verification.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;

use crate::client_id::ClientId;
use crate::error::VerifyError;
use crate::json::{Object, Value};

/// The claims of a token as text and as an object, not verified yet.
pub(crate) struct ClaimsText<'a> {
    pub(crate) text: &'a str,
    pub(crate) object: Object<'a>,
}

/// A kind of token, told apart by `token_use`.
pub(crate) trait TokenClaims: Sized {
    const TOKEN_USE: &'static str;

    fn read(claims: &Object<'_>, text: &str) -> Result<Self, VerifyError>;

    /// The app client that the token was issued to.
    fn client(&self) -> &ClientId;
}

/// The claims of a verified access token.
#[derive(Clone, Debug)]
pub struct AccessClaims {
    common: CommonClaims,
    client_id: ClientId,
    username: Option<String>,
    scope: String,
    device_key: Option<String>,
    audience: Vec<String>,
}

impl TokenClaims for AccessClaims {
    const TOKEN_USE: &'static str = "access";

    fn read(claims: &Object<'_>, text: &str) -> Result<Self, VerifyError> {
        Ok(Self {
            common: CommonClaims::read(claims, text)?,
            client_id: required_text(claims, "client_id")?.into(),
            username: optional_text(claims, "username")?,
            scope: optional_text(claims, "scope")?.unwrap_or_default(),
            device_key: optional_text(claims, "device_key")?,
            audience: claims.get("aud").map_or(Ok(Vec::new()), |aud| one_or_more(aud, "aud"))?,
        })
    }

    fn client(&self) -> &ClientId {
        &self.client_id
    }
}

impl AccessClaims {
    /// The app client that the token was issued to (`client_id`).
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The user's name (`username`); none in tokens of machines.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The scopes that were granted (`scope`).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether exactly that scope was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// The device that signed in (`device_key`), in pools that track devices.
    pub fn device_key(&self) -> Option<&str> {
        self.device_key.as_deref()
    }

    /// The resources that the token is bound to (`aud`, RFC 8707); normally none.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }
}

/// The claims of a verified ID token.
#[derive(Clone)]
pub struct IdClaims {
    common: CommonClaims,
    audience: ClientId,
    username: Option<String>,
    email: Option<String>,
}

impl TokenClaims for IdClaims {
    const TOKEN_USE: &'static str = "id";

    fn read(claims: &Object<'_>, text: &str) -> Result<Self, VerifyError> {
        Ok(Self {
            common: CommonClaims::read(claims, text)?,
            // A single client as text; lists of audiences are not Cognito's.
            audience: required_text(claims, "aud")?.into(),
            username: optional_text(claims, "cognito:username")?,
            email: optional_text(claims, "email")?,
        })
    }

    fn client(&self) -> &ClientId {
        &self.audience
    }
}

impl IdClaims {
    /// The app client that the token was issued to (`aud`).
    pub fn audience(&self) -> &ClientId {
        &self.audience
    }

    /// The user's name (`cognito:username`).
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The user's e-mail address (`email`), verified or not.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}

impl fmt::Debug for IdClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdClaims")
            .field("common", &self.common)
            .field("audience", &self.audience)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Claims that access and ID tokens share.
#[derive(Clone)]
struct CommonClaims {
    subject: String,
    issuer: String,
    groups: Vec<String>,
    expires_at: SystemTime,
    issued_at: Option<SystemTime>,
    auth_time: Option<SystemTime>,
    jti: Option<String>,
    origin_jti: Option<String>,
    event_id: Option<String>,
    payload: Box<str>,
}

impl CommonClaims {
    fn read(claims: &Object<'_>, payload: &str) -> Result<Self, VerifyError> {
        Ok(Self {
            subject: required_text(claims, "sub")?.to_owned(),
            issuer: required_text(claims, "iss")?.to_owned(),
            groups: claims.get(GROUPS).map_or(Ok(Vec::new()), groups)?,
            expires_at: time(claims, "exp")?.ok_or(VerifyError::MissingClaim("exp"))?,
            issued_at: time(claims, "iat")?,
            auth_time: time(claims, "auth_time")?,
            jti: optional_text(claims, "jti")?,
            origin_jti: optional_text(claims, "origin_jti")?,
            event_id: optional_text(claims, "event_id")?,
            payload: payload.into(),
        })
    }
}

impl fmt::Debug for CommonClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who and until when, but not what else a token may say of a person.
        f.debug_struct("Claims")
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

macro_rules! common_accessors {
    ($($claims:ident)+) => {$(
        impl $claims {
            /// The user, or for tokens of machines the client (`sub`).
            pub fn subject(&self) -> &str {
                &self.common.subject
            }

            /// The pool that issued the token (`iss`).
            pub fn issuer(&self) -> &str {
                &self.common.issuer
            }

            /// The user's groups (`cognito:groups`).
            pub fn groups(&self) -> &[String] {
                &self.common.groups
            }

            /// Whether the user is in that group.
            pub fn in_group(&self, group: &str) -> bool {
                self.common.groups.iter().any(|member| member == group)
            }

            /// When the token expires (`exp`).
            pub fn expires_at(&self) -> SystemTime {
                self.common.expires_at
            }

            /// When the token was issued (`iat`).
            pub fn issued_at(&self) -> Option<SystemTime> {
                self.common.issued_at
            }

            /// When the user signed in (`auth_time`), however often tokens were renewed since.
            pub fn auth_time(&self) -> Option<SystemTime> {
                self.common.auth_time
            }

            /// The token's own id (`jti`).
            pub fn jti(&self) -> Option<&str> {
                self.common.jti.as_deref()
            }

            /// The id of the sign-in (`origin_jti`), by which tokens are revoked.
            pub fn origin_jti(&self) -> Option<&str> {
                self.common.origin_jti.as_deref()
            }

            /// The id of the sign-in in the pool's logs (`event_id`).
            pub fn event_id(&self) -> Option<&str> {
                self.common.event_id.as_deref()
            }

            /// All claims of the token, read as a type of your own.
            ///
            /// # Errors
            ///
            /// [`CustomClaimsError`] when the claims are not of that shape.
            pub fn extra<T: DeserializeOwned>(&self) -> Result<T, CustomClaimsError> {
                serde_json::from_str(&self.common.payload).map_err(CustomClaimsError)
            }
        }
    )+};
}

common_accessors!(AccessClaims IdClaims);

/// The claims of a token are not of the shape that was asked for.
#[derive(Debug)]
pub struct CustomClaimsError(serde_json::Error);

impl fmt::Display for CustomClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token's claims are not of the expected shape")
    }
}

impl std::error::Error for CustomClaimsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Up to here every integer is a double, so no time is rounded.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// A NumericDate of RFC 7519: seconds since 1970, possibly with a fraction.
pub(crate) fn time(
    claims: &Object<'_>,
    name: &'static str,
) -> Result<Option<SystemTime>, VerifyError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_number().filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
    let since_epoch = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = since_epoch.and_then(|duration| UNIX_EPOCH.checked_add(duration));
    time.map(Some).ok_or(VerifyError::InvalidClaim(name))
}

pub(crate) fn required_text<'a>(
    claims: &'a Object<'_>,
    name: &'static str,
) -> Result<&'a str, VerifyError> {
    let text = claims.text(name).map_err(VerifyError::InvalidClaim)?;
    text.ok_or(VerifyError::MissingClaim(name))
}

fn optional_text(claims: &Object<'_>, name: &'static str) -> Result<Option<String>, VerifyError> {
    let text = claims.text(name).map_err(VerifyError::InvalidClaim)?;
    Ok(text.map(str::to_owned))
}

const GROUPS: &str = "cognito:groups";

fn groups(value: &Value<'_>) -> Result<Vec<String>, VerifyError> {
    texts(value.as_array().ok_or(VerifyError::InvalidClaim(GROUPS))?, GROUPS)
}

fn one_or_more(value: &Value<'_>, name: &'static str) -> Result<Vec<String>, VerifyError> {
    texts(value.as_array().unwrap_or_else(|| std::slice::from_ref(value)), name)
}

fn texts(items: &[Value<'_>], name: &'static str) -> Result<Vec<String>, VerifyError> {
    let texts = items.iter().map(|item| item.as_text().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or(VerifyError::InvalidClaim(name))
}
