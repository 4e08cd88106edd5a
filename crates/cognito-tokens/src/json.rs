//! A strict reader of JSON objects that borrows from its input.
//!
//! Stricter than JSON asks: no duplicate members at any depth, no lone surrogates, no numbers that
//! are not finite, nothing before or after the object. What several readers might understand
//! differently is refused, so that all of them see the same token.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value; text borrows from the input where it holds no escapes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
    Object(Object<'a>),
}

impl Value<'_> {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// A JSON object whose members have different names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// Reads an object, or says nothing more than that it is none.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        match serde_json::from_str(text).ok()? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The member as text; `Err` when it is there and is something else.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, &'static str> {
        self.get(name).map(|value| value.as_text().ok_or(name)).transpose()
    }

    fn has_duplicates(&self) -> bool {
        let mut names: Vec<&str> = self.members.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The name under which serde_json hands over a number when some crate of the build has switched
/// on its feature `arbitrary_precision`. The result must not depend on that.
const NUMBER_MEMBER: &str = "$serde_json::private::Number";

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }

    #[allow(clippy::as_conversions)] // Only beyond 2^53 does it round, and there nothing is exact.
    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[allow(clippy::as_conversions)] // As above.
    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        if !value.is_finite() {
            return Err(E::custom("number out of range"));
        }
        Ok(Value::Number(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Object { members: Vec::new() };
        while let Some((Name(name), value)) = map.next_entry()? {
            object.members.push((name, value));
        }
        if object.has_duplicates() {
            return Err(A::Error::custom("duplicate member"));
        }
        if let [(name, Value::Text(digits))] = &*object.members
            && name == NUMBER_MEMBER
        {
            let number = digits.parse().map_err(A::Error::custom)?;
            return self.visit_f64(number);
        }
        Ok(Value::Object(object))
    }
}

/// A member's name, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Text(name) => Ok(Self(name)),
            _ => Err(D::Error::custom("a member's name is text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name() {
        let object = Object::parse(r#" {"a":1,"b":["x"],"c\u0064":"\/"} "#).unwrap();
        assert_eq!(object.get("a"), Some(&Value::Number(1.0)));
        assert_eq!(object.get("b").unwrap().as_array().unwrap()[0].as_text(), Some("x"));
        assert_eq!(object.text("cd"), Ok(Some("/")));
        assert_eq!(object.text("a"), Err("a"));
        assert_eq!(object.text("z"), Ok(None));
    }

    #[test]
    fn numbers_do_not_depend_on_features_of_other_crates() {
        let object = Object::parse(r#"{"exp":{"$serde_json::private::Number":"1.5e3"}}"#);
        assert_eq!(object.unwrap().get("exp"), Some(&Value::Number(1500.0)));
        let huge = r#"{"exp":{"$serde_json::private::Number":"1e400"}}"#;
        assert_eq!(Object::parse(huge), None);
    }

    #[test]
    fn what_readers_could_take_differently_is_refused() {
        let nested = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        let texts = [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"x":{"y":"\udc00"}}"#,
            r#"{"a":1e400}"#,
            r#"{"a":NaN}"#,
            r#"{"a":01}"#,
            r#"{"a":+1}"#,
            r#"{"a":0x10}"#,
            r#"{"a":1,}"#,
            r#"{"a":1} x"#,
            r#"{"a":1}{}"#,
            "{\"a\":\"\u{1}\"}",
            "\u{feff}{}",
            "[]",
            "1",
            "null",
            "\"{}\"",
            "",
            &nested,
        ];
        for text in texts {
            assert_eq!(Object::parse(text), None, "{text}");
        }
    }
}
