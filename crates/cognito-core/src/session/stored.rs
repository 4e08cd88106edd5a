//! The stored form of a session.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_types::{SerializedSecret, StoredSession, TokenSet};
use serde::{Deserialize, Serialize};

use super::own_device::SessionDevice;
use super::request_tokens::RefreshBy;
use crate::device;
use crate::error::{Error, ErrorKind};

/// The version of the format; others are refused.
const VERSION: u32 = 1;

/// The stored form of a session. It borrows its text, so that tokens are not copied.
#[derive(Serialize, Deserialize)]
pub(super) struct Record<'a> {
    version: u32,
    #[serde(borrow)]
    username: Cow<'a, str>,
    /// The user's `sub`, once the tokens are verified; before that, `username` may be an alias.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    subject: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    id_token: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Cow<'a, str>>,
    /// Milliseconds since 1970.
    issued_at: u64,
    /// In seconds.
    lifetime: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<device::Record>,
    #[serde(default, skip_serializing_if = "is_false")]
    device_unconfirmed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    device_undecided: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_kept_as: Option<SerializedSecret>,
    #[serde(default, skip_serializing_if = "RefreshBy::is_api")]
    refresh_by: RefreshBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
}

/// A program's claim to refresh the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    /// The random number of the session in that program.
    holder: u64,
    /// Milliseconds since 1970.
    until: u64,
}

impl Claim {
    pub(super) fn new(holder: u64, until: SystemTime) -> Self {
        Self { holder, until: millis(until) }
    }

    pub(super) fn is_of(&self, holder: u64) -> bool {
        self.holder == holder
    }

    /// Returns whether the claim has expired by the clock of this program, at least this long ago.
    pub(super) fn has_expired(&self, now: SystemTime, ago: Duration) -> bool {
        now.checked_sub(ago).is_some_and(|then| millis(then) >= self.until)
    }
}

fn millis(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

fn is_false(value: &bool) -> bool {
    !value
}

impl<'a> Record<'a> {
    pub(super) fn new(
        username: &'a str,
        subject: Option<&'a str>,
        set: &'a TokenSet,
        device: Option<&SessionDevice>,
    ) -> Self {
        Self {
            version: VERSION,
            username: username.into(),
            subject: subject.map(Into::into),
            access_token: set.access_token().expose_secret().into(),
            id_token: set.id_token().map(|token| token.expose_secret().into()),
            refresh_token: set.refresh_token().map(|token| token.expose_secret().into()),
            issued_at: millis(set.issued_at()),
            lifetime: set.lifetime().as_secs(),
            device: device.map(|device| device.credentials().into()),
            device_unconfirmed: device.is_some_and(|device| !device.confirmed),
            device_undecided: device.is_some_and(|device| device.undecided),
            device_kept_as: device.and_then(|device| device.kept_as.clone()),
            refresh_by: RefreshBy::Api,
            claim: None,
        }
    }

    pub(super) fn with_claim(self, claim: Option<Claim>) -> Self {
        Self { claim, ..self }
    }

    pub(super) fn with_refresh_by(self, refresh_by: RefreshBy) -> Self {
        Self { refresh_by, ..self }
    }

    pub(super) fn encode(&self) -> Result<StoredSession, Error> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::new(ErrorKind::Store).with_source(error))?;
        Ok(bytes.into())
    }

    /// Decodes the output of [`encode`](Self::encode).
    ///
    /// The error does not quote the input, which may contain tokens.
    pub(super) fn decode(stored: &'a StoredSession) -> Result<Self, Error> {
        let record: Option<Self> = serde_json::from_slice(stored.expose_secret()).ok();
        let known = record.filter(|record| record.version == VERSION);
        known.ok_or_else(|| ErrorKind::UnreadableSession.into())
    }

    pub(super) fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub(super) fn access_token(&self) -> &str {
        &self.access_token
    }

    pub(super) fn claim(&self) -> Option<Claim> {
        self.claim
    }

    pub(super) fn refresh_by(&self) -> RefreshBy {
        self.refresh_by
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    pub(super) fn device(&self) -> Option<SessionDevice> {
        Some(SessionDevice {
            credentials: self.device.clone()?.into(),
            confirmed: !self.device_unconfirmed,
            undecided: self.device_undecided,
            kept_as: self.device_kept_as.clone(),
        })
    }

    pub(super) fn tokens(&self) -> TokenSet {
        let issued_at = UNIX_EPOCH.checked_add(Duration::from_millis(self.issued_at));
        let lifetime = Duration::from_secs(self.lifetime);
        let set = TokenSet::new(&*self.access_token, issued_at.unwrap_or(UNIX_EPOCH), lifetime);
        let set = match &self.id_token {
            Some(token) => set.with_id_token(&**token),
            None => set,
        };
        match &self.refresh_token {
            Some(token) => set.with_refresh_token(&**token),
            None => set,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceCredentials;

    #[test]
    fn a_session_survives_encoding_and_decoding() {
        let issued_at = UNIX_EPOCH + Duration::from_millis(1_767_582_249_123);
        let set = TokenSet::new("access", issued_at, Duration::from_secs(300))
            .with_refresh_token("refresh");
        let device = DeviceCredentials::new("us-east-1_0f1e", "-abCdEfGh", "cGFzc3dvcmQ=");
        let kept_as = Some(SerializedSecret::from("browser"));
        let device =
            SessionDevice { credentials: device, confirmed: false, undecided: true, kept_as };
        let until = issued_at + Duration::from_secs(30);
        let record = Record::new("alice", Some("sub"), &set, Some(&device));
        let stored = record.with_claim(Some(Claim::new(7, until))).encode().unwrap();
        let record = Record::decode(&stored).unwrap();
        let read = record.tokens();
        assert_eq!((record.username(), record.subject()), ("alice", Some("sub")));
        let claim = record.claim().unwrap();
        assert!(claim.is_of(7) && !claim.is_of(8));
        let second = Duration::from_secs(1);
        assert!(!claim.has_expired(issued_at, Duration::ZERO));
        assert!(claim.has_expired(until, Duration::ZERO) && !claim.has_expired(until, second));
        assert!(claim.has_expired(until + second, second));
        let device = record.device().unwrap();
        assert_eq!(device.credentials().key(), "us-east-1_0f1e");
        assert!(!device.confirmed && device.undecided);
        assert_eq!(device.kept_as.unwrap().expose_secret(), "browser");
        assert_eq!(read.issued_at(), issued_at);
        assert_eq!(read.lifetime(), Duration::from_secs(300));
        assert_eq!(read.access_token().expose_secret(), "access");
        assert_eq!(read.refresh_token().unwrap().expose_secret(), "refresh");
        assert!(read.id_token().is_none());
    }

    /// Programs of different versions share records, so a change of the format needs a new version.
    #[test]
    fn version_1_of_the_format_does_not_change() {
        let tokens = r#""access_token":"a","id_token":"i","refresh_token":"r""#;
        let device = concat!(
            r#""device":{"version":1,"device_key":"k","device_group_key":"g","#,
            r#""device_password":"p"},"device_unconfirmed":true,"device_undecided":true,"device_kept_as":"b""#,
        );
        let claim = r#""refresh_by":"token_endpoint","claim":{"holder":7,"until":1767582279123}"#;
        let text = format!(
            r#"{{"version":1,"username":"alice","subject":"s",{tokens},"issued_at":1767582249123,"lifetime":300,{device},{claim}}}"#
        );
        let stored = text.clone().into_bytes().into();
        let encoded = Record::decode(&stored).unwrap().encode().unwrap();
        assert_eq!(String::from_utf8_lossy(encoded.expose_secret()), text);
        let newer = text.replacen("\"version\":1", "\"version\":2", 1).into_bytes().into();
        let error = Record::decode(&newer).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::UnreadableSession);
    }

    #[test]
    fn a_malformed_record_is_unreadable() {
        for bytes in ["", "{}", "null", r#"{"version":2,"username":"a","access_token":"b"}"#] {
            let error = Record::decode(&bytes.as_bytes().to_vec().into()).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::UnreadableSession, "{bytes}");
        }
    }
}
