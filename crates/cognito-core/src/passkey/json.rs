//! Access to members of a JSON document by path.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

/// Base64url. WebAuthn uses no padding, but some servers add it, so it is accepted.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A document that is not valid WebAuthn JSON. The error quotes nothing of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidPasskey(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("the text is not JSON")]
    NoJson,
    #[error("{0}: not a JSON object")]
    NoObject(&'static str),
    #[error("{0}: the member {1} is missing or wrong")]
    Member(&'static str, &'static str),
}

impl InvalidPasskey {
    /// Returns the member that is missing or malformed, such as `user.id`.
    pub fn member(&self) -> Option<&'static str> {
        match self.0 {
            Reason::Member(_, member) => Some(member),
            _ => None,
        }
    }
}

pub(super) fn parse(json: &str) -> Result<Value, InvalidPasskey> {
    // The error of the parser may quote its input.
    serde_json::from_str(json).map_err(|_| InvalidPasskey(Reason::NoJson))
}

/// Parses members of an object by paths such as `user.id`; `null` counts as missing.
pub(super) struct Reader<'a> {
    document: &'static str,
    object: &'a Value,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'static str, object: &'a Value) -> Result<Self, InvalidPasskey> {
        if !object.is_object() {
            return Err(InvalidPasskey(Reason::NoObject(document)));
        }
        Ok(Self { document, object })
    }

    pub(super) fn bytes(&self, path: &'static str) -> Result<Vec<u8>, InvalidPasskey> {
        self.optional_bytes(path)?.ok_or_else(|| self.invalid(path))
    }

    pub(super) fn optional_bytes(
        &self,
        path: &'static str,
    ) -> Result<Option<Vec<u8>>, InvalidPasskey> {
        let decode = |value: &Value| BASE64URL.decode(value.as_str()?).ok();
        let bytes = member(self.object, path).map(decode);
        bytes.map(|bytes| bytes.ok_or_else(|| self.invalid(path))).transpose()
    }

    pub(super) fn integer(&self, path: &'static str) -> Result<i64, InvalidPasskey> {
        let integer = member(self.object, path).and_then(Value::as_i64);
        integer.ok_or_else(|| self.invalid(path))
    }

    pub(super) fn list(&self, path: &'static str) -> Result<Vec<Self>, InvalidPasskey> {
        let list = member(self.object, path).and_then(Value::as_array);
        let list = list.ok_or_else(|| self.invalid(path))?;
        Ok(list.iter().map(|object| Self { document: self.document, object }).collect())
    }

    pub(super) fn optional_list(&self, path: &'static str) -> Result<Vec<Self>, InvalidPasskey> {
        match member(self.object, path) {
            None => Ok(Vec::new()),
            Some(_) => self.list(path),
        }
    }

    /// Returns the texts of an optional list.
    pub(super) fn texts(&self, path: &'static str) -> Vec<String> {
        let list = member(self.object, path).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    fn invalid(&self, path: &'static str) -> InvalidPasskey {
        InvalidPasskey(Reason::Member(self.document, path))
    }
}

/// Returns an optional text member; `None` for any other type.
pub(super) fn text<'a>(object: &'a Value, path: &str) -> Option<&'a str> {
    member(object, path).and_then(Value::as_str)
}

/// Returns a member that is a number of milliseconds.
pub(super) fn milliseconds(object: &Value, path: &str) -> Option<Duration> {
    member(object, path).and_then(Value::as_u64).map(Duration::from_millis)
}

fn member<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path.split('.').try_fold(object, |object, name| object.get(name));
    found.filter(|value| !value.is_null())
}
