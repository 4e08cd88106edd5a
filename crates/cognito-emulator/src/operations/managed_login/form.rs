//! Queries and forms.

use std::collections::HashSet;

use crate::flows::sign_in::parameters::Parameters;

/// Parses a query or a form; returns `None` if a parameter is repeated (RFC 6749, 3.1 and 3.2).
pub(crate) fn parse(text: &[u8]) -> Option<Parameters> {
    let mut names = HashSet::new();
    let is_unique = form_urlencoded::parse(text).all(|(name, _)| names.insert(name));
    is_unique.then(|| form_urlencoded::parse(text).collect())
}
