//! Serialization of an application's own type as attributes.

use serde::ser::{Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};

use super::AttributeError;

/// Attributes by name, in the order of the fields; `None` for an attribute to remove.
type Fields = Vec<(String, Option<String>)>;

/// Returns the fields of a structure, or the entries of a map.
pub(super) fn fields<T: Serialize + ?Sized>(profile: &T) -> Result<Fields, AttributeError> {
    match profile.serialize(Writer)? {
        Written::Fields(fields) => Ok(fields),
        _ => Err(AttributeError::NotAttributes),
    }
}

/// The outcome of serializing a value.
enum Written {
    Fields(Fields),
    Text(String),
    None,
}

/// Serializes a value as one attribute or as a set of attributes; rejects all other values.
struct Writer;

macro_rules! texts {
    ($($method:ident $type:ty)+) => {$(
        fn $method(self, value: $type) -> Result<Written, AttributeError> {
            Ok(Written::Text(value.to_string()))
        }
    )+};
}

macro_rules! floats {
    ($($method:ident $type:ty)+) => {$(
        fn $method(self, value: $type) -> Result<Written, AttributeError> {
            if !value.is_finite() {
                return Err(AttributeError::NotAttributes);
            }
            Ok(Written::Text(value.to_string()))
        }
    )+};
}

type Refused = Impossible<Written, AttributeError>;

impl Serializer for Writer {
    type Ok = Written;
    type Error = AttributeError;
    type SerializeSeq = Refused;
    type SerializeTuple = Refused;
    type SerializeTupleStruct = Refused;
    type SerializeTupleVariant = Refused;
    type SerializeStructVariant = Refused;
    type SerializeMap = Collector;
    type SerializeStruct = Collector;

    texts! {
        serialize_bool bool
        serialize_i8 i8
        serialize_i16 i16
        serialize_i32 i32
        serialize_i64 i64
        serialize_i128 i128
        serialize_u8 u8
        serialize_u16 u16
        serialize_u32 u32
        serialize_u64 u64
        serialize_u128 u128
        serialize_char char
        serialize_str &str
    }

    floats! {
        serialize_f32 f32
        serialize_f64 f64
    }

    fn serialize_none(self) -> Result<Written, AttributeError> {
        Ok(Written::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Written, AttributeError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Written, AttributeError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Written, AttributeError> {
        self.serialize_str(variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Collector, AttributeError> {
        Ok(Collector::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Collector, AttributeError> {
        Ok(Collector::default())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Written, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_unit(self) -> Result<Written, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Written, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Written, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Refused, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_tuple(self, _: usize) -> Result<Refused, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Refused, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Refused, AttributeError> {
        Err(AttributeError::NotAttributes)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Refused, AttributeError> {
        Err(AttributeError::NotAttributes)
    }
}

/// Collects the fields of a structure or the entries of a map.
#[derive(Default)]
struct Collector {
    fields: Fields,
    /// The name of the entry whose value is next.
    name: String,
}

impl Collector {
    fn add<T: Serialize + ?Sized>(
        &mut self,
        name: String,
        value: &T,
    ) -> Result<(), AttributeError> {
        let value = match value.serialize(Writer) {
            Ok(Written::Text(text)) => Some(text),
            Ok(Written::None) => None,
            Ok(Written::Fields(_)) | Err(_) => return Err(AttributeError::Unwritable { name }),
        };
        self.fields.push((name, value));
        Ok(())
    }
}

impl SerializeStruct for Collector {
    type Ok = Written;
    type Error = AttributeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), AttributeError> {
        self.add(name.to_owned(), value)
    }

    fn end(self) -> Result<Written, AttributeError> {
        Ok(Written::Fields(self.fields))
    }
}

impl SerializeMap for Collector {
    type Ok = Written;
    type Error = AttributeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), AttributeError> {
        let Written::Text(name) = name.serialize(Writer)? else {
            return Err(AttributeError::NotAttributes);
        };
        self.name = name;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), AttributeError> {
        let name = std::mem::take(&mut self.name);
        self.add(name, value)
    }

    fn end(self) -> Result<Written, AttributeError> {
        Ok(Written::Fields(self.fields))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::super::{AttributeError, Attributes};

    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Plan {
        Pro,
    }

    #[derive(Serialize)]
    struct Email(&'static str);

    #[derive(Serialize)]
    struct Profile {
        email: Email,
        email_verified: bool,
        nickname: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        locale: Option<&'static str>,
        #[serde(rename = "custom:share")]
        share: f32,
        #[serde(rename = "custom:seats")]
        seats: Option<i64>,
        #[serde(rename = "custom:plan")]
        plan: Plan,
    }

    const PROFILE: Profile = Profile {
        email: Email("a@b.io"),
        email_verified: true,
        nickname: None,
        locale: None,
        share: 0.1,
        seats: Some(-3),
        plan: Plan::Pro,
    };

    #[test]
    fn every_field_is_written_as_text() {
        let written = Attributes::from_serialize(&PROFILE).unwrap();
        let expected = [
            ("custom:plan", "pro"),
            ("custom:seats", "-3"),
            ("custom:share", "0.1"),
            ("email", "a@b.io"),
            ("email_verified", "true"),
        ];
        assert_eq!(written.iter().collect::<Vec<_>>(), expected);
        let map: BTreeMap<_, _> = written.iter().collect();
        assert_eq!(Attributes::from_serialize(&map).unwrap(), written);
    }

    #[test]
    fn none_removes_an_attribute_and_a_skipped_field_leaves_it() {
        let before = [("nickname", "al"), ("locale", "en"), ("sub", "1f0c")];
        let mut attributes: Attributes = before.into_iter().collect();
        attributes.apply(&PROFILE).unwrap();
        assert_eq!(attributes.nickname(), None);
        assert_eq!(attributes.locale(), Some("en"));
        assert_eq!(attributes.sub(), Some("1f0c"));
    }

    #[test]
    fn attributes_without_a_field_can_be_kept_in_a_flattened_map() {
        #[derive(Serialize, Deserialize)]
        struct Open {
            email_verified: bool,
            #[serde(flatten)]
            rest: BTreeMap<String, String>,
        }
        let pairs = [("email_verified", "true"), ("sub", "1f0c"), ("custom:seats", "3")];
        let read: Attributes = pairs.into_iter().collect();
        let open: Open = read.deserialize().unwrap();
        assert_eq!((open.email_verified, open.rest.len()), (true, 2));
        assert_eq!(Attributes::from_serialize(&open).unwrap(), read);
    }

    #[test]
    fn a_value_that_is_not_text_is_refused_and_changes_nothing() {
        #[derive(Serialize)]
        struct Wrong<T> {
            email: &'static str,
            planted: T,
        }
        fn refused(value: impl Serialize) {
            let mut attributes = Attributes::new();
            let wrong = Wrong { email: "a@b.io", planted: value };
            let error = attributes.apply(&wrong).unwrap_err();
            assert_eq!(error, AttributeError::Unwritable { name: "planted".to_owned() });
            assert!(attributes.is_empty());
        }
        refused([1, 2]);
        refused(("a", 1));
        refused(());
        refused(f64::NAN);
        refused(f32::INFINITY);
        refused(BTreeMap::from([("a", "b")]));
        refused(Wrong { email: "", planted: 1 });
        refused(Ok::<u8, u8>(1));
        for error in [
            Attributes::from_serialize("text").unwrap_err(),
            Attributes::from_serialize(&[("a", "b")]).unwrap_err(),
            Attributes::from_serialize(&BTreeMap::from([(None::<u8>, "b")])).unwrap_err(),
        ] {
            assert_eq!(error, AttributeError::NotAttributes);
        }
    }
}
