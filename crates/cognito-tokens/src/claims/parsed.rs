//! Claims that are read and stored without copying most of their texts.

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use cognito_types::ClientId;

use super::payload::Payload;
use super::{AccessClaims, IdClaims};
use crate::error::VerifyError;
use crate::json::{Member, Value};
use crate::policy::{Bearer, Check, Checks, TokenIds};
use crate::verifier::{Cache, Table};

/// The kind of token that `token_use` names.
pub(crate) trait TokenClaims: Clone + Send + Sync + 'static {
    const TOKEN_USE: &'static str;

    /// The parsed claims, in which most texts are ranges of the payload.
    type ParsedClaims: ParsedClaims;

    fn new(verified: Verified<Self::ParsedClaims>) -> Self;

    fn verified(&self) -> &Verified<Self::ParsedClaims>;

    /// Returns whether a scope is granted, for rules that require it.
    fn grants(&self, scope: &str) -> bool;

    /// Returns whether the token is for an audience, for rules that require it.
    fn is_for(&self, audience: &str) -> bool;

    /// Returns the resources that the token is bound to.
    fn bound_to(&self) -> &[String];

    /// Returns the kind of party that the token was issued to, as far as its claims tell.
    fn bearer(&self) -> Bearer;

    fn checks(checks: &Checks) -> &[Check<Self>];

    /// Returns the cache of tokens of this kind.
    fn table(cache: &Cache) -> &Table<Self>;
}

/// The parsed claims of one kind of token.
pub(crate) trait ParsedClaims: Sized + Send + Sync {
    fn read(payload: &Payload<'_>, text: &str) -> Result<Self, VerifyError>;

    fn common(&self) -> &Common;
}

/// The claims of a token whose signature is valid.
pub(crate) struct Verified<P> {
    pub(crate) parsed: P,
    pub(crate) issuer: Arc<str>,
    pub(crate) client: ClientId,
    /// The payload, in which the texts of most claims are ranges.
    pub(crate) payload: String,
}

impl<P: ParsedClaims> Verified<P> {
    pub(crate) fn common(&self) -> &Common {
        self.parsed.common()
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

    pub(super) fn text<'a>(&'a self, text: &'a Option<Text>) -> Option<&'a str> {
        text.as_ref().map(|text| text.within(&self.payload))
    }
}

/// Claims that access and ID tokens share.
pub(crate) struct Common {
    pub(super) subject: Option<Text>,
    /// `client_id` or `aud`.
    client: Text,
    pub(crate) groups: Vec<String>,
    pub(crate) actors: Vec<String>,
    pub(crate) expires_at: SystemTime,
    pub(crate) not_before: Option<SystemTime>,
    pub(crate) issued_at: Option<SystemTime>,
    pub(crate) auth_time: Option<SystemTime>,
    pub(super) jti: Option<Text>,
    pub(super) origin_jti: Option<Text>,
    pub(super) event_id: Option<Text>,
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
    pub(super) username: Option<Text>,
    pub(super) scope: Option<Text>,
    pub(super) device_key: Option<Text>,
    pub(super) audience: Vec<String>,
}

impl ParsedClaims for Access {
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

    type ParsedClaims = Access;

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

    fn bound_to(&self) -> &[String] {
        self.audience()
    }

    fn bearer(&self) -> Bearer {
        if self.is_machine() {
            Bearer::Machine
        } else if self.username().is_some_and(|name| !name.is_empty()) {
            Bearer::User
        } else {
            Bearer::Unknown
        }
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
    pub(super) username: Option<Text>,
    pub(super) email: Option<Text>,
    pub(super) nonce: Option<Text>,
    pub(super) at_hash: Option<Text>,
}

impl ParsedClaims for Id {
    fn read(payload: &Payload<'_>, text: &str) -> Result<Self, VerifyError> {
        // Cognito issues no lists of audiences.
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

    type ParsedClaims = Id;

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

    fn bound_to(&self) -> &[String] {
        // The audience of an ID token is its app client, which has its own check.
        &[]
    }

    fn bearer(&self) -> Bearer {
        Bearer::User
    }

    fn checks(checks: &Checks) -> &[Check<Self>] {
        &checks.id
    }

    fn table(cache: &Cache) -> &Table<Self> {
        &cache.id
    }
}

/// The text of a claim: a range of the payload, or a copy if the payload has escapes.
pub(super) enum Text {
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

/// Returns the subjects of `act`: each object has a `sub` and may have a nested `act`.
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
