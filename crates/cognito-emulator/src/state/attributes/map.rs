//! A compact map of attributes, because pools may have a million users.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Attributes with one value each, sorted by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes(Vec<(Name, Box<str>)>);

/// The name of an attribute. Standard names need no allocation.
#[derive(Clone, PartialEq, Eq)]
enum Name {
    /// An index into [`STANDARD`].
    Standard(u8),
    Custom(Box<str>),
}

/// The names of standard attributes, sorted.
const STANDARD: [&str; 21] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "identities",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "website",
    "zoneinfo",
];

impl Name {
    fn new(name: String) -> Self {
        let standard = STANDARD.binary_search(&name.as_str()).ok();
        let standard = standard.and_then(|index| u8::try_from(index).ok());
        standard.map_or_else(|| Self::Custom(name.into()), Self::Standard)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Standard(index) => STANDARD.get(usize::from(*index)).copied().unwrap_or_default(),
            Self::Custom(name) => name,
        }
    }
}

impl Attributes {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.get(self.position(name).ok()?)?;
        Some(value)
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Sets the value of an attribute.
    pub(crate) fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into().into_boxed_str());
        match self.position(&name) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = value;
                }
            }
            Err(at) => self.0.insert(at, (Name::new(name), value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Ok(at) = self.position(name) {
            self.0.remove(at);
        }
    }

    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&str, &str) -> bool) {
        self.0.retain(|(name, value)| keeps(name.as_str(), value));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn to_strings(&self) -> BTreeMap<String, String> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Releases unused memory.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Returns the index of an attribute, or `Err` with the index for its insertion.
    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(name))
    }
}

impl FromIterator<(String, String)> for Attributes {
    /// For a duplicate name, the last value is used.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut attributes = Self::default();
        attributes.extend(pairs);
        attributes
    }
}

impl Extend<(String, String)> for Attributes {
    fn extend<I: IntoIterator<Item = (String, String)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(name, value)| self.insert(name, value));
    }
}

impl IntoIterator for Attributes {
    type Item = (String, String);
    type IntoIter = Box<dyn Iterator<Item = (String, String)>>;

    fn into_iter(self) -> Self::IntoIter {
        let owned = |name: Name| match name {
            Name::Standard(_) => name.as_str().to_owned(),
            Name::Custom(name) => name.into_string(),
        };
        Box::new(self.0.into_iter().map(move |(name, value)| (owned(name), value.into_string())))
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::<String, String>::deserialize(deserializer)
            .map(|pairs| pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_names_are_sorted() {
        assert!(STANDARD.is_sorted());
        assert_eq!(size_of::<(Name, Box<str>)>(), 32);
    }

    #[test]
    fn attributes_are_a_map_sorted_by_name() {
        let pairs = [("name", "A"), ("custom:plan", "x"), ("email", "a@b"), ("name", "B")];
        let mut attributes: Attributes =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        let expected = [("custom:plan", "x"), ("email", "a@b"), ("name", "B")];
        assert_eq!(attributes.iter().collect::<Vec<_>>(), expected);
        attributes.remove("email");
        attributes.retain(|_, value| value != "x");
        assert_eq!(attributes.keys().collect::<Vec<_>>(), ["name"]);
        assert_eq!((attributes.get("name"), attributes.get("email")), (Some("B"), None));
        let text = serde_json::to_string(&attributes).unwrap();
        assert_eq!(text, r#"{"name":"B"}"#);
        assert_eq!(serde_json::from_str::<Attributes>(&text).unwrap(), attributes);
    }
}
