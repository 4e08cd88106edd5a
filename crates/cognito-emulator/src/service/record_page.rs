//! Pages of what is kept by name.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::error::ApiError;

/// So many entries at most, and the token of the page after them if there is one.
pub(crate) struct RecordPage<'a, V> {
    pub(crate) entries: Vec<(&'a String, &'a V)>,
    next: Option<String>,
}

impl<'a, V> RecordPage<'a, V> {
    /// The page that a token stands for, or the first.
    pub(crate) fn of(
        all: &'a BTreeMap<String, V>,
        limit: usize,
        token: Option<&str>,
    ) -> Result<Self, ApiError> {
        let after = match token {
            None => Bound::Unbounded,
            Some(token) => Bound::Excluded(last_before(token)?),
        };
        let mut rest = all.range((after, Bound::Unbounded)).peekable();
        let entries: Vec<_> = rest.by_ref().take(limit).collect();
        let last = entries.last().filter(|_| rest.peek().is_some());
        let next = last.map(|(name, _)| URL_SAFE_NO_PAD.encode(name));
        Ok(Self { entries, next })
    }

    /// The answer that lists the entries, with the token under its name in that operation.
    pub(crate) fn to_json(
        &self,
        list: &str,
        entry: impl Fn(&String, &V) -> Value,
        token: &str,
    ) -> Value {
        let items = self.entries.iter().map(|(name, value)| entry(name, value)).collect();
        let mut answer = Map::new();
        answer.insert(list.to_owned(), items);
        if let Some(next) = &self.next {
            answer.insert(token.to_owned(), next.as_str().into());
        }
        Value::Object(answer)
    }
}

fn last_before(token: &str) -> Result<String, ApiError> {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok().and_then(|last| String::from_utf8(last).ok());
    decoded.ok_or_else(|| ApiError::invalid_parameter("Invalid pagination token given."))
}
