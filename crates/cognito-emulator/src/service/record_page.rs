//! Pages of what is kept by name.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde_json::Value;

use super::error::ApiError;
use super::page::{self, PageRequest};

/// Some of the records of a list, and the token of the page after them if there is one.
pub(crate) struct RecordPage<'a, V> {
    list: &'static str,
    entries: Vec<(&'a String, &'a V)>,
    next: Option<String>,
}

impl<'a, V> RecordPage<'a, V> {
    /// The page that a token stands for, or the first; the list is named as in the answer.
    pub(crate) fn of(
        list: &'static str,
        all: &'a BTreeMap<String, V>,
        limit: usize,
        token: Option<&str>,
    ) -> Result<Self, ApiError> {
        let limit = ("maxResults", i64::try_from(limit).ok());
        let page = PageRequest::read(limit, token.map(str::to_owned), &[list])?;
        let after = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let rest = all.range::<str, _>((after, Bound::Unbounded));
        let (entries, next) = page.take(rest.map(|record| (record.0.as_str(), record)));
        Ok(Self { list, entries, next })
    }

    /// The answer that lists the records, with the token under its name in that operation.
    pub(crate) fn to_json(&self, record: impl Fn(&String, &V) -> Value, token: &str) -> Value {
        let items = self.entries.iter().map(|(name, value)| record(name, value)).collect();
        page::answer(self.list, items, (token, self.next.clone()))
    }
}
