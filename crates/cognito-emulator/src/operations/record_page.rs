//! Pages of records.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Deserialize;

use crate::model::ServiceError;
use crate::operations::page::PageRequest;

/// The members of a request for a page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageMembers {
    max_results: Option<usize>,
    #[serde(alias = "PaginationToken")]
    next_token: Option<String>,
    user_pool_id: Option<String>,
}

/// Returns a page of the list of that name, and the token of the next page.
pub(super) fn page<V, T>(
    request: PageMembers,
    list: &str,
    all: &BTreeMap<String, V>,
    entry: impl Fn(&V) -> T,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let PageMembers { max_results, next_token, user_pool_id } = request;
    let list = [user_pool_id.as_deref().unwrap_or_default(), list];
    let request = PageRequest::read(max_results, next_token, &list)?;
    let after = request.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let rest = all.range::<str, _>((after, Bound::Unbounded));
    Ok(request.take(rest.map(|(name, value)| (name.as_str(), entry(value)))))
}
