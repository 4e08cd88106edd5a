//! A record of named fields.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A record of named fields, in order. The names are the same in every format and every command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Vec<(Cow<'static, str>, Value)>);

impl Record {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a field; `null` for a value that is missing.
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    pub(crate) fn get(&self, name: &str) -> &Value {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or(&Value::Null, |(_, value)| value)
    }

    /// Returns the selected fields as an object of JSON.
    pub(crate) fn object(&self, selected: &[&str]) -> Value {
        let fields = selected.iter().map(|name| ((*name).to_owned(), self.get(name).clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}
