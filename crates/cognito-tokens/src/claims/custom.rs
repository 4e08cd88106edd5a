//! Deserializing claims into a type of the program, with booleans that are texts.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

use super::CustomClaimsError;

/// Deserializes a payload as JSON; if that fails, again with booleans that are texts.
///
/// For the service, attributes are texts: it keeps the administrator's spelling, such as `True`
/// (amplify-js#8205).
pub(crate) fn read<T: DeserializeOwned>(payload: &str) -> Result<T, CustomClaimsError> {
    serde_json::from_str(payload).or_else(|error| {
        let value: Value = serde_json::from_str(payload).map_err(CustomClaimsError)?;
        let read = T::deserialize(Lenient(value.clone()));
        // serde reads the members of a flattened struct before their types are known.
        let read = read.or_else(|_| T::deserialize(Lenient(with_booleans(value))));
        read.map_err(|_| CustomClaimsError(error))
    })
}

fn with_booleans(value: Value) -> Value {
    match value {
        Value::String(text) => boolean(&text).map_or(Value::String(text), Value::Bool),
        Value::Array(items) => items.into_iter().map(with_booleans).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, with_booleans(value))).collect()
        }
        other => other,
    }
}

fn boolean(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

/// A value in which booleans may be texts at any depth.
struct Lenient(Value);

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                visitor.visit_map(MapDeserializer::new(members))
            }
            Value::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Self)))
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.as_str().and_then(boolean) {
            Some(boolean) => visitor.visit_bool(boolean),
            None => self.0.deserialize_bool(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Number;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Profile {
        email_verified: bool,
        #[serde(rename = "custom:vip")]
        vip: Option<bool>,
        #[serde(default)]
        flags: Vec<bool>,
        name: Option<String>,
    }

    #[test]
    fn booleans_are_read_from_texts() {
        for (verified, vip, expected) in [
            ("true", "false", (true, false)),
            ("\"true\"", "\"false\"", (true, false)),
            ("\"True\"", "\"FALSE\"", (true, false)),
            ("false", "\"true\"", (false, true)),
        ] {
            let text = format!(
                r#"{{"email_verified":{verified},"custom:vip":{vip},"flags":["true",false],"name":"true"}}"#
            );
            let profile: Profile = read(&text).unwrap();
            assert_eq!((profile.email_verified, profile.vip), (expected.0, Some(expected.1)));
            assert_eq!(profile.flags, [true, false]);
            assert_eq!(profile.name.as_deref(), Some("true"), "a text stays a text");
        }
        let absent: Profile = read(r#"{"email_verified":"true","custom:vip":null}"#).unwrap();
        assert_eq!(absent.vip, None);
        for other in ["\"yes\"", "\"\"", "1", "null", "[]"] {
            let text = format!(r#"{{"email_verified":{other}}}"#);
            assert!(read::<Profile>(&text).is_err(), "{other}");
        }
    }

    #[test]
    fn booleans_of_flattened_and_nested_types_are_read_from_texts() {
        #[derive(Deserialize)]
        struct Verified {
            email_verified: bool,
        }

        #[derive(Deserialize)]
        struct User {
            name: String,
            #[serde(flatten)]
            verified: Verified,
            more: (Verified, [bool; 1]),
        }

        let text =
            r#"{"name":"a","email_verified":"True","more":[{"email_verified":"false"},["true"]]}"#;
        let user: User = read(text).unwrap();
        assert_eq!(user.name, "a");
        assert!(user.verified.email_verified && user.more.1[0]);
        assert!(!user.more.0.email_verified);
    }

    #[test]
    fn numbers_keep_their_value() {
        let value: Value = read(r#"{"big":9007199254740993,"huge":1e300}"#).unwrap();
        assert_eq!(value["big"], 9_007_199_254_740_993_u64);
        assert_eq!(value["huge"], Value::Number(Number::from_f64(1e300).unwrap()));
    }
}
