//! The attributes of a user as a JSON object.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Number;

use super::user::InputUser;

/// Integers of at least this absolute value are not exact in floating point.
const INEXACT: f64 = 9_007_199_254_740_992.0;

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
    /// Adds the attributes to a user.
    pub(super) fn add_to(self, user: &mut InputUser) {
        for (name, value) in self.0 {
            user.add_attribute(name, value.map(Value::into_text).unwrap_or_default());
        }
    }
}

impl Value {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// Returns whether the value is a number of which only the first digits were read.
    fn is_inexact(&self) -> bool {
        match self {
            Self::Number(number) if number.is_f64() => {
                number.as_f64().is_none_or(|number| number.abs() >= INEXACT)
            }
            _ => false,
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
            let value: Option<Value> = object.next_value()?;
            if value.as_ref().is_some_and(Value::is_inexact) {
                return Err(de::Error::custom("a number has too many digits"));
            }
            if attributes.insert(name, value).is_some() {
                return Err(de::Error::custom("an attribute has two values"));
            }
        }
        Ok(Attributes(attributes))
    }
}
