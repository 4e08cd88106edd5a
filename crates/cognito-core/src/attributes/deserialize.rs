//! Deserialization of attributes as an application's own type.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{AttributeError, Attributes};

/// Deserializes attributes as a structure or a map.
pub(super) struct Reader<'a>(pub(super) &'a Attributes);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = AttributeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AttributeError> {
        visitor.visit_map(Entries { rest: self.0.iter(), current: None })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, AttributeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'a, I> {
    rest: I,
    current: Option<(&'a str, &'a str)>,
}

impl<'de, 'a, I: Iterator<Item = (&'a str, &'a str)>> MapAccess<'de> for Entries<'a, I> {
    type Error = AttributeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, AttributeError> {
        self.current = self.rest.next();
        let name = self.current.map(|(name, _)| StrDeserializer::new(name));
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, AttributeError> {
        let (name, text) = self.current.ok_or(AttributeError::NotAttributes)?;
        let unreadable = |_| AttributeError::Unreadable { name: name.to_owned() };
        seed.deserialize(Text(text)).map_err(unreadable)
    }
}

/// Deserializes the text of an attribute as the type of its field.
struct Text<'a>(&'a str);

macro_rules! parsed {
    ($($deserialize:ident $visit:ident)+) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AttributeError> {
            visitor.$visit(self.0.parse().map_err(AttributeError::custom)?)
        }
    )+};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = AttributeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AttributeError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AttributeError> {
        visitor.visit_bool(super::boolean(self.0).ok_or(AttributeError::NotAttributes)?)
    }

    parsed! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
        deserialize_f32 visit_f32
        deserialize_f64 visit_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AttributeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, AttributeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, AttributeError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;

    fn attributes() -> Attributes {
        let pairs = [
            ("email", "planted@example.com"),
            ("email_verified", "true"),
            ("custom:seats", "-3"),
            ("custom:share", "0.25"),
            ("custom:plan", "pro"),
        ];
        pairs.into_iter().collect()
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Basic,
        Pro,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Email(String);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Profile {
        email: Email,
        email_verified: bool,
        #[serde(rename = "custom:seats")]
        seats: Option<i16>,
        #[serde(rename = "custom:share")]
        share: f32,
        #[serde(rename = "custom:plan")]
        plan: Plan,
        nickname: Option<String>,
        #[serde(default)]
        locale: String,
    }

    #[test]
    fn every_field_is_parsed_as_its_type() {
        let expected = Profile {
            email: Email("planted@example.com".to_owned()),
            email_verified: true,
            seats: Some(-3),
            share: 0.25,
            plan: Plan::Pro,
            nickname: None,
            locale: String::new(),
        };
        assert_eq!(attributes().deserialize::<Profile>().unwrap(), expected);
        let map: HashMap<String, String> = attributes().deserialize().unwrap();
        assert_eq!(map.len(), 5);
        assert_eq!(map["custom:seats"], "-3");
    }

    #[test]
    fn booleans_are_deserialized_in_any_case() {
        let read: Attributes =
            [("email_verified", "True"), ("custom:beta", "FALSE")].into_iter().collect();
        let flags: HashMap<String, bool> = read.deserialize().unwrap();
        assert_eq!((flags["email_verified"], flags["custom:beta"]), (true, false));
    }

    /// Deserializes with one more attribute and expects an error that names the attribute and not
    /// its value.
    fn refused<T: serde::de::DeserializeOwned>(name: &str, value: &str) -> AttributeError {
        let mut attributes = attributes();
        attributes.set(name, value);
        let error = attributes.deserialize::<T>().map(drop).unwrap_err();
        let printed = format!("{error}{error:?}");
        assert!(printed.contains(name) && !printed.contains("planted"), "{printed}");
        error
    }

    fn checked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(format!("{text} is not to my liking")))
    }

    #[test]
    fn errors_name_the_attribute_and_not_its_value() {
        #[derive(Deserialize)]
        struct Picky {
            #[serde(deserialize_with = "checked", rename = "website")]
            _website: String,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {}

        let unreadable = |name: &str| AttributeError::Unreadable { name: name.to_owned() };
        for (name, value) in [
            ("email_verified", "planted"),
            ("custom:seats", "32768planted"),
            ("custom:seats", "99999"),
            ("custom:plan", "planted"),
            ("custom:share", ""),
        ] {
            assert_eq!(refused::<Profile>(name, value), unreadable(name));
        }
        assert_eq!(refused::<Picky>("website", "planted"), unreadable("website"));
        assert_eq!(refused::<HashMap<String, u8>>("a", "planted"), unreadable("a"));
        assert_eq!(refused::<HashMap<String, Vec<u8>>>("a", "planted"), unreadable("a"));
        let unknown = AttributeError::Unknown { name: "a".to_owned() };
        assert_eq!(refused::<Strict>("a", "planted"), unknown);

        let mut attributes = attributes();
        attributes.remove("email");
        let missing = attributes.deserialize::<Profile>().unwrap_err();
        assert_eq!(missing, AttributeError::Missing { name: "email".to_owned() });
        let no_attributes = attributes.deserialize::<Vec<String>>().unwrap_err();
        assert_eq!(no_attributes, AttributeError::NotAttributes);
    }
}
