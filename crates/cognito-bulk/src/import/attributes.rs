//! The attributes of a user as a JSON object.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Number;

use super::rejection::{self, RejectionReason};
use super::user::InputUser;

/// The attributes of a user.
#[derive(Default)]
pub(super) struct Attributes(BTreeMap<String, Option<Value>>);

/// The value of an attribute, which the service stores as text.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Flag(bool),
    Number(Number),
}

impl Attributes {
    /// Adds the attributes to a user. Fails for a number whose text may not be that of the input.
    pub(super) fn add_to(self, user: &mut InputUser) -> Result<(), RejectionReason> {
        for (name, value) in self.0 {
            let value = match value {
                Some(value) => value
                    .into_text()
                    .ok_or_else(|| RejectionReason::InexactNumber(rejection::name(&name)))?,
                None => String::new(),
            };
            user.add_attribute(name, value);
        }
        Ok(())
    }
}

impl Value {
    /// Returns the text, or `None` for a number that was read as floating point: `1.10` and `1e3`
    /// would become `1.1` and `1000.0`.
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Number(number) => (!number.is_f64()).then(|| number.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject)
    }
}

struct OfObject;

impl<'de> Visitor<'de> for OfObject {
    type Value = Attributes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Attributes, A::Error> {
        let mut attributes = BTreeMap::new();
        while let Some(name) = object.next_key::<String>()? {
            if attributes.insert(name, object.next_value()?).is_some() {
                return Err(de::Error::custom("an attribute has two values"));
            }
        }
        Ok(Attributes(attributes))
    }
}
