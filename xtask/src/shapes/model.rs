//! The parts of a `service-2.json` from which the tables are generated.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// A service, with its operations and shapes by their names.
#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) input: Reference,
    #[serde(default)]
    pub(super) errors: Vec<Reference>,
    /// `none` for operations whose requests are not signed.
    pub(super) authtype: Option<String>,
}

/// The name of a shape.
#[derive(Clone, Deserialize)]
pub(super) struct Reference {
    pub(super) shape: String,
}

/// A shape of a request or of a part of it. The members that apply depend on `kind`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: Vec<String>,
    #[serde(deserialize_with = "in_order")]
    pub(super) members: Vec<(String, Reference)>,
    pub(super) member: Option<Reference>,
    pub(super) key: Option<Reference>,
    pub(super) value: Option<Reference>,
    #[serde(rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<String>,
    /// The pattern that values must match, if it differs from the one in messages.
    #[serde(skip)]
    pub(super) matched_by: Option<String>,
    pub(super) sensitive: bool,
    /// True if the settings of the pool determine whether a blank text is accepted.
    #[serde(skip)]
    pub(super) blank: bool,
    /// True if any JSON is accepted.
    pub(super) document: bool,
}

impl Model {
    pub(super) fn shape(&self, name: &str) -> Result<&Shape, String> {
        self.shapes.get(name).ok_or_else(|| format!("the service model has no shape {name}"))
    }
}

impl Shape {
    /// Returns the names of the shapes of members, elements, keys and values.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let items = [&self.member, &self.key, &self.value].into_iter().flatten();
        let members = self.members.iter().map(|(_, member)| member);
        items.chain(members).map(|part| part.shape.as_str())
    }
}

/// Deserializes the members of a structure in the order of the model, which a map would lose.
fn in_order<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, Reference)>, D::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, Reference)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the members of a structure")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }

    from.deserialize_map(Members)
}
