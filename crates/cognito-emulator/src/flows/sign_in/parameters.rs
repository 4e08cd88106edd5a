//! AuthParameters, ChallengeResponses, queries and forms.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::model::ServiceError;
use crate::state::attributes::Attributes;

/// Parameters by name. An empty value counts as missing.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Parameters(HashMap<String, String>);

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Parameters {
    /// Parses a query or a form; returns `None` if a parameter is repeated (RFC 6749, 3.1 and 3.2).
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut names = HashSet::new();
        let is_unique = form_urlencoded::parse(text).all(|(name, _)| names.insert(name));
        is_unique.then(|| form_urlencoded::parse(text).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.get(name).ok_or_else(|| ServiceError::missing_parameter(name))
    }

    /// Returns SRP_A, which is optional and must be hexadecimal.
    pub(crate) fn srp_a(&self) -> Result<Option<&str>, ServiceError> {
        match self.get("SRP_A") {
            Some(srp_a) if !srp_a.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                Err(ServiceError::invalid_parameter(format!(
                    "1 validation error detected: Value '{srp_a}' at 'sRPA' failed to satisfy \
                     constraint: Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$"
                )))
            }
            given => Ok(given),
        }
    }

    pub(crate) fn required_srp_a(&self) -> Result<&str, ServiceError> {
        self.srp_a()?.ok_or_else(|| ServiceError::missing_parameter("SRP_A"))
    }

    /// Returns all parameters, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut pairs: Vec<_> =
            self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.sort_unstable();
        pairs.into_iter()
    }

    /// Returns the parameters with a parameter added or replaced.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Returns whether a parameter was sent, even if it is empty.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the parameters whose names have a prefix, without the prefix.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Attributes {
        let named = self.0.iter().filter_map(|(name, value)| {
            name.strip_prefix(prefix).map(|rest| (rest.to_owned(), value.clone()))
        });
        named.collect()
    }
}
