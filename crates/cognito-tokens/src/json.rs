//! A strict reader of JSON objects that borrows from its input.
//!
//! It is stricter than JSON requires: no duplicate members at any depth, no lone surrogates, no
//! numbers that are not finite, nothing before or after the object. Text that parsers could
//! interpret differently is refused, so that all of them see the same token.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value; text without escapes borrows from the input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Value<'a> {
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

    /// Returns a member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Value::Object(members) => {
                members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// A member that an object may have.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: Option<Value<'a>>,
}

impl Member<'_> {
    /// Returns the member as text; its name as the error if it is not a text.
    pub(crate) fn text(&self) -> Result<Option<&str>, &'static str> {
        match &self.value {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.name),
        }
    }
}

/// An object with a place for each known member; other members are read as strictly and
/// dropped.
pub(crate) trait Object<'a>: Sized {
    fn empty() -> Self;

    fn place(&mut self, name: &str) -> Option<&mut Member<'a>>;

    /// Parses an object; `None` if the text is not one.
    fn parse(text: &'a str) -> Option<Self> {
        let mut object = Self::empty();
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(ObjectVisitor { object: &mut object, text: PhantomData }).ok()?;
        json.end().ok()?;
        Some(object)
    }
}

/// Declares an [`Object`] from the field and the name of each member.
macro_rules! object {
    ($(#[$doc:meta])* $object:ident { $($field:ident $name:literal,)+ }) => {
        $(#[$doc])*
        pub(crate) struct $object<'a> {
            $(pub(crate) $field: $crate::json::Member<'a>,)+
        }

        impl<'a> $crate::json::Object<'a> for $object<'a> {
            fn empty() -> Self {
                Self { $($field: $crate::json::Member { name: $name, value: None },)+ }
            }

            fn place(&mut self, name: &str) -> Option<&mut $crate::json::Member<'a>> {
                match name {
                    $($name => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use object;

/// Fills an object in place, because moving it would cost time.
struct ObjectVisitor<'o, 'de, O> {
    object: &'o mut O,
    text: PhantomData<&'de str>,
}

impl<'de, O: Object<'de>> Visitor<'de> for ObjectVisitor<'_, 'de, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut others = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            let value = map.next_value()?;
            match self.object.place(&name) {
                None => others.push(name),
                Some(Member { value: Some(_), .. }) => return Err(duplicate()),
                Some(member) => member.value = Some(value),
            }
        }
        if has_duplicates(others.iter()) { Err(duplicate()) } else { Ok(()) }
    }
}

/// The number of names up to which comparing all pairs is faster than sorting.
const FEW_NAMES: usize = 16;

/// Returns whether any name occurs twice.
fn has_duplicates<'n>(mut names: impl ExactSizeIterator<Item = &'n Cow<'n, str>> + Clone) -> bool {
    if names.len() <= FEW_NAMES {
        while let Some(name) = names.next() {
            if names.clone().any(|other| other == name) {
                return true;
            }
        }
        return false;
    }
    let mut names: Vec<&str> = names.map(AsRef::as_ref).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

fn duplicate<E: Error>() -> E {
    E::custom("duplicate member")
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The member in which serde_json passes a number if any crate of the build enables its
/// feature `arbitrary_precision`. The result must not depend on that.
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
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        if has_duplicates(members.iter().map(|(name, _)| name)) {
            return Err(duplicate());
        }
        if let [(name, Value::Text(digits))] = &*members
            && name == NUMBER_MEMBER
        {
            let number = digits.parse().map_err(A::Error::custom)?;
            return self.visit_f64(number);
        }
        Ok(Value::Object(members))
    }
}

/// The name of a member, borrowed if possible.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    object!(
        #[derive(Debug)]
        Sample { a "a", b "b", cd "cd", exp "exp", }
    );

    #[test]
    fn members_are_stored_in_their_places() {
        let text = r#" {"a":1,"b":["x",{"y":"z"}],"c\u0064":"\/","other":null} "#;
        let object = Sample::parse(text).unwrap();
        assert_eq!(object.a.value, Some(Value::Number(1.0)));
        let items = object.b.value.as_ref().unwrap().as_array().unwrap();
        assert_eq!(items[0].as_text(), Some("x"));
        assert_eq!(items[1].get("y").unwrap().as_text(), Some("z"));
        assert_eq!(object.cd.text(), Ok(Some("/")));
        assert_eq!(object.a.text(), Err("a"));
        assert_eq!(object.exp.text(), Ok(None));
    }

    #[test]
    fn numbers_do_not_depend_on_features_of_other_crates() {
        let object = Sample::parse(r#"{"exp":{"$serde_json::private::Number":"1.5e3"}}"#);
        assert_eq!(object.unwrap().exp.value, Some(Value::Number(1500.0)));
        let huge = r#"{"exp":{"$serde_json::private::Number":"1e400"}}"#;
        assert!(Sample::parse(huge).is_none());
    }

    #[test]
    fn text_that_parsers_could_interpret_differently_is_refused() {
        let nested = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        let many: String = (0..40).map(|at| format!("\"x{at}\":1,")).collect();
        let texts = [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":1,"x":1}"#,
            r#"{"x":1,"y":2,"\u0078":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"a":{"x":1,"x":2}}"#,
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
            "{\"a\":1}\0",
            "\u{feff}{}",
            "[]",
            "[\"a\"]",
            "1",
            "null",
            "\"{}\"",
            "",
            &nested,
            &format!("{{{many}\"x7\":2}}"),
        ];
        for text in texts {
            assert!(Sample::parse(text).is_none(), "{text}");
        }
        assert!(Sample::parse(&format!("{{{many}\"y\":2}}")).is_some());
    }
}
