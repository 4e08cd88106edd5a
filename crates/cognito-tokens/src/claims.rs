//! What a verified token says.
//!
//! There is no way to make these types but by verification.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use aws_lc_rs::digest::{self, SHA256};
use serde::de::DeserializeOwned;

use crate::base64url;
use crate::client_id::ClientId;
use crate::error::VerifyError;
use crate::json::{Member, Value};
use crate::policy::{Check, Checks, TokenIds};
use crate::secret::AccessToken;
use crate::verifier::{Cache, Table};

pub(crate) mod payload;

use payload::Payload;

/// The claims of a verified access token; cheap to clone.
///
/// See [the access token](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html).
#[derive(Clone)]
pub struct AccessClaims(Arc<Verified<Access>>);

/// The claims of a verified ID token; cheap to clone.
///
/// See [the ID token](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html).
#[derive(Clone)]
pub struct IdClaims(Arc<Verified<Id>>);

impl AccessClaims {
    /// The app client that the token was issued to (`client_id`).
    pub fn client_id(&self) -> &ClientId {
        &self.0.client
    }

    /// The user's name (`username`); none in tokens of machines.
    pub fn username(&self) -> Option<&str> {
        self.0.text(&self.0.said.username)
    }

    /// Whether the token is a program's own and no user's: one of the client-credentials grant.
    ///
    /// Such a token has no user name, and its subject is its client.
    pub fn is_machine(&self) -> bool {
        self.0.said.username.is_none() && self.subject() == self.client_id().as_str()
    }

    /// The scopes that were granted (`scope`).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.0.text(&self.0.said.scope).unwrap_or_default();
        scope.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether exactly that scope was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// The device that signed in (`device_key`), in pools that track devices.
    pub fn device_key(&self) -> Option<&str> {
        self.0.text(&self.0.said.device_key)
    }

    /// The resources that the token is bound to (`aud`, RFC 8707); normally none.
    pub fn audience(&self) -> &[String] {
        &self.0.said.audience
    }
}

impl IdClaims {
    /// The app client that the token was issued to (`aud`).
    pub fn audience(&self) -> &ClientId {
        &self.0.client
    }

    /// The user's name (`cognito:username`).
    pub fn username(&self) -> Option<&str> {
        self.0.text(&self.0.said.username)
    }

    /// The user's e-mail address (`email`), verified or not.
    pub fn email(&self) -> Option<&str> {
        self.0.text(&self.0.said.email)
    }

    /// The value that the sign-in was started with (`nonce`), in tokens of managed login.
    pub fn nonce(&self) -> Option<&str> {
        self.0.text(&self.0.said.nonce)
    }

    /// Refuses a token of another sign-in than the one that was started with this `nonce`.
    ///
    /// See [OpenID Connect, 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation).
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingClaim`] or [`VerifyError::WrongNonce`].
    pub fn require_nonce(&self, nonce: &str) -> Result<(), VerifyError> {
        let found = self.nonce().ok_or(VerifyError::MissingClaim("nonce"))?;
        (found == nonce).then_some(()).ok_or(VerifyError::WrongNonce)
    }

    /// Refuses an access token that was not issued together with this ID token (`at_hash`).
    ///
    /// Tokens of managed login have the claim; those of the API do not.
    /// See [OpenID Connect, 3.1.3.6](https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken).
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingClaim`] or [`VerifyError::WrongAccessToken`].
    pub fn require_access_token(&self, token: &AccessToken) -> Result<(), VerifyError> {
        let hash = self.0.text(&self.0.said.at_hash);
        let hash = hash.ok_or(VerifyError::MissingClaim("at_hash"))?;
        let digest = digest::digest(&SHA256, token.expose_secret().as_bytes());
        let half = digest.as_ref().get(..16).unwrap_or_default();
        let same = base64url::decode(hash).is_some_and(|hash| hash == half);
        same.then_some(()).ok_or(VerifyError::WrongAccessToken)
    }
}

macro_rules! common_accessors {
    ($($claims:ident)+) => {$(
        impl $claims {
            /// The user, or for tokens of machines the client (`sub`).
            pub fn subject(&self) -> &str {
                self.0.text(&self.0.common().subject).unwrap_or_default()
            }

            /// The pool that issued the token (`iss`).
            pub fn issuer(&self) -> &str {
                &self.0.issuer
            }

            /// The user's groups (`cognito:groups`).
            pub fn groups(&self) -> &[String] {
                &self.0.common().groups
            }

            /// Whether the user is in that group.
            pub fn in_group(&self, group: &str) -> bool {
                self.groups().iter().any(|member| member == group)
            }

            /// When the token expires (`exp`).
            pub fn expires_at(&self) -> SystemTime {
                self.0.common().expires_at
            }

            /// When the token was issued (`iat`).
            pub fn issued_at(&self) -> Option<SystemTime> {
                self.0.common().issued_at
            }

            /// When the user signed in (`auth_time`), however often tokens were renewed since.
            pub fn auth_time(&self) -> Option<SystemTime> {
                self.0.common().auth_time
            }

            /// The token's own id (`jti`).
            pub fn jti(&self) -> Option<&str> {
                self.0.text(&self.0.common().jti)
            }

            /// The id of the sign-in (`origin_jti`), by which tokens are revoked.
            pub fn origin_jti(&self) -> Option<&str> {
                self.0.text(&self.0.common().origin_jti)
            }

            /// The id of the sign-in in the pool's logs (`event_id`).
            pub fn event_id(&self) -> Option<&str> {
                self.0.text(&self.0.common().event_id)
            }

            /// Who acts for the user (`act`, RFC 8693, 4.1): the last one first, then those who
            /// delegated to it. Empty in tokens that were not exchanged.
            pub fn actors(&self) -> &[String] {
                &self.0.common().actors
            }

            /// All claims of the token, read as a type of your own.
            ///
            /// Costs nothing until it is called.
            ///
            /// # Errors
            ///
            /// [`CustomClaimsError`] when the claims are not of that shape.
            pub fn extra<T: DeserializeOwned>(&self) -> Result<T, CustomClaimsError> {
                serde_json::from_str(&self.0.payload).map_err(CustomClaimsError)
            }
        }

        impl fmt::Debug for $claims {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Who and until when, but not what else a token may say of a person.
                f.debug_struct(stringify!($claims))
                    .field("subject", &self.subject())
                    .field("issuer", &self.issuer())
                    .field("client", &self.0.client)
                    .field("expires_at", &self.expires_at())
                    .finish_non_exhaustive()
            }
        }
    )+};
}

common_accessors!(AccessClaims IdClaims);

/// The claims of a token are not of the shape that was asked for.
#[derive(Debug)]
pub struct CustomClaimsError(pub(crate) serde_json::Error);

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

/// A kind of token, told apart by `token_use`.
pub(crate) trait TokenClaims: Clone + Send + Sync + 'static {
    const TOKEN_USE: &'static str;

    /// The claims as they are read, with a place in the payload for most texts.
    type Said: Said;

    fn new(verified: Verified<Self::Said>) -> Self;

    fn verified(&self) -> &Verified<Self::Said>;

    /// The scopes, for rules that ask for some.
    fn grants(&self, scope: &str) -> bool;

    /// The audience, for rules that ask for one.
    fn is_for(&self, audience: &str) -> bool;

    fn is_machine(&self) -> bool;

    fn checks(checks: &Checks) -> &[Check<Self>];

    /// Where tokens of this kind are cached.
    fn table(cache: &Cache) -> &Table<Self>;
}

/// Claims before and after the signature is verified.
pub(crate) trait Said: Sized + Send + Sync {
    fn read(payload: &Payload<'_>, text: &str) -> Result<Self, VerifyError>;

    fn common(&self) -> &Common;
}

/// The claims of a token whose signature is right.
pub(crate) struct Verified<S> {
    pub(crate) said: S,
    pub(crate) issuer: Arc<str>,
    pub(crate) client: ClientId,
    /// The whole payload: the texts of most claims are places in it.
    pub(crate) payload: String,
}

impl<S: Said> Verified<S> {
    pub(crate) fn common(&self) -> &Common {
        self.said.common()
    }

    pub(crate) fn ids(&self) -> TokenIds<'_> {
        let common = self.common();
        TokenIds {
            issuer: &self.issuer,
            subject: self.text(&common.subject).unwrap_or_default(),
            jti: self.text(&common.jti),
            origin_jti: self.text(&common.origin_jti),
            issued_at: common.issued_at,
            auth_time: common.auth_time,
        }
    }

    fn text<'a>(&'a self, text: &'a Option<Text>) -> Option<&'a str> {
        text.as_ref().map(|text| text.within(&self.payload))
    }
}

/// Claims that access and ID tokens share.
pub(crate) struct Common {
    subject: Option<Text>,
    /// `client_id` or `aud`.
    client: Text,
    pub(crate) groups: Vec<String>,
    pub(crate) actors: Vec<String>,
    pub(crate) expires_at: SystemTime,
    pub(crate) not_before: Option<SystemTime>,
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) auth_time: Option<SystemTime>,
    jti: Option<Text>,
    origin_jti: Option<Text>,
    event_id: Option<Text>,
}

impl Common {
    fn read(payload: &Payload<'_>, text: &str, client: Text) -> Result<Self, VerifyError> {
        let optional = |member| Text::optional(member, text);
        Ok(Self {
            subject: Some(Text::new(payload.sub.required()?, text)),
            client,
            groups: payload.groups.texts()?,
            actors: actors(payload)?,
            expires_at: payload.exp.time()?.ok_or(VerifyError::MissingClaim("exp"))?,
            not_before: payload.nbf.time()?,
            issued_at: payload.iat.time()?,
            auth_time: payload.auth_time.time()?,
            jti: optional(&payload.jti)?,
            origin_jti: optional(&payload.origin_jti)?,
            event_id: optional(&payload.event_id)?,
        })
    }

    pub(crate) fn client<'a>(&'a self, payload: &'a str) -> &'a str {
        self.client.within(payload)
    }
}

pub(crate) struct Access {
    common: Common,
    username: Option<Text>,
    scope: Option<Text>,
    device_key: Option<Text>,
    audience: Vec<String>,
}

impl Said for Access {
    fn read(payload: &Payload<'_>, text: &str) -> Result<Self, VerifyError> {
        let client = Text::new(payload.client_id.required()?, text);
        Ok(Self {
            common: Common::read(payload, text, client)?,
            username: Text::optional(&payload.username, text)?,
            scope: Text::optional(&payload.scope, text)?,
            device_key: Text::optional(&payload.device_key, text)?,
            audience: payload.aud.text_or_texts()?,
        })
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

impl TokenClaims for AccessClaims {
    const TOKEN_USE: &'static str = "access";

    type Said = Access;

    fn new(verified: Verified<Access>) -> Self {
        Self(Arc::new(verified))
    }

    fn verified(&self) -> &Verified<Access> {
        &self.0
    }

    fn grants(&self, scope: &str) -> bool {
        self.has_scope(scope)
    }

    fn is_for(&self, audience: &str) -> bool {
        self.audience().iter().any(|found| found == audience)
    }

    fn is_machine(&self) -> bool {
        self.is_machine()
    }

    fn checks(checks: &Checks) -> &[Check<Self>] {
        &checks.access
    }

    fn table(cache: &Cache) -> &Table<Self> {
        &cache.access
    }
}

pub(crate) struct Id {
    common: Common,
    username: Option<Text>,
    email: Option<Text>,
    nonce: Option<Text>,
    at_hash: Option<Text>,
}

impl Said for Id {
    fn read(payload: &Payload<'_>, text: &str) -> Result<Self, VerifyError> {
        // A single client as text; lists of audiences are not Cognito's.
        let client = Text::new(payload.aud.required()?, text);
        Ok(Self {
            common: Common::read(payload, text, client)?,
            username: Text::optional(&payload.cognito_username, text)?,
            email: Text::optional(&payload.email, text)?,
            nonce: Text::optional(&payload.nonce, text)?,
            at_hash: Text::optional(&payload.at_hash, text)?,
        })
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

impl TokenClaims for IdClaims {
    const TOKEN_USE: &'static str = "id";

    type Said = Id;

    fn new(verified: Verified<Id>) -> Self {
        Self(Arc::new(verified))
    }

    fn verified(&self) -> &Verified<Id> {
        &self.0
    }

    fn grants(&self, _: &str) -> bool {
        false
    }

    fn is_for(&self, audience: &str) -> bool {
        self.0.client.as_str() == audience
    }

    fn is_machine(&self) -> bool {
        false
    }

    fn checks(checks: &Checks) -> &[Check<Self>] {
        &checks.id
    }

    fn table(cache: &Cache) -> &Table<Self> {
        &cache.id
    }
}

/// The text of a claim: a place in the payload, or a copy where the payload has escapes.
enum Text {
    Place(Range<usize>),
    Copy(Box<str>),
}

impl Text {
    fn new(text: &str, payload: &str) -> Self {
        let place = || {
            let start = text.as_ptr().addr().checked_sub(payload.as_ptr().addr())?;
            let place = start..start.checked_add(text.len())?;
            payload.get(place.clone()).is_some_and(|found| found == text).then_some(place)
        };
        place().map_or_else(|| Self::Copy(text.into()), Self::Place)
    }

    fn optional(member: &Member<'_>, payload: &str) -> Result<Option<Self>, VerifyError> {
        Ok(member.optional()?.map(|text| Self::new(text, payload)))
    }

    fn within<'a>(&'a self, payload: &'a str) -> &'a str {
        match self {
            Self::Place(place) => payload.get(place.clone()).unwrap_or_default(),
            Self::Copy(text) => text,
        }
    }
}

/// The chain of `act`, whose members hold a `sub` and perhaps an `act` in turn.
fn actors(payload: &Payload<'_>) -> Result<Vec<String>, VerifyError> {
    let mut actors = Vec::new();
    let mut next = payload.act.value.as_ref();
    while let Some(actor) = next {
        let subject = actor.get("sub").and_then(Value::as_text);
        actors.push(subject.ok_or_else(|| payload.act.invalid())?.to_owned());
        next = actor.get("act");
    }
    Ok(actors)
}
