//! Pages of lists: their length, and pagination tokens.

use std::collections::BTreeMap;
use std::ops::Bound;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::model::ServiceError;
use crate::state::user::Lists;

/// The maximum and default length of a page.
const MOST: usize = 60;

/// The members of a request for a page of records.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageMembers {
    max_results: Option<usize>,
    #[serde(alias = "PaginationToken")]
    next_token: Option<String>,
    user_pool_id: Option<String>,
}

/// A request for a page of a list.
pub(crate) struct PageRequest {
    limit: usize,
    /// The key of the last entry on the previous page.
    pub(crate) after: Option<String>,
    /// The number of empty pages to return before and after it.
    empty: [u8; 2],
    list: ListId,
}

/// The hash of a list's name, so that a token is rejected by other lists.
type ListId = [u8; 8];

impl PageRequest {
    /// Parses a request for a page. The limit was validated before.
    ///
    /// `list` must contain everything that determines the content of the list.
    pub(crate) fn read(
        limit: Option<usize>,
        token: Option<String>,
        list: &[&str],
    ) -> Result<Self, ServiceError> {
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(MOST);
        let list = list_id(list);
        let read = |token: String| read_token(&token, list).ok_or_else(invalid_token);
        let (empty, after) = token.map(read).transpose()?.unzip();
        Ok(Self { limit, after, empty: [empty.unwrap_or_default(), 0], list })
    }

    /// Applies the list settings of a test.
    pub(crate) fn of(mut self, lists: &Lists) -> Self {
        let [_, after] = &mut self.empty;
        *after = lists.empty_pages;
        self.limit = lists.page_at_most.map_or(self.limit, |most| self.limit.min(most.max(1)));
        self
    }

    /// Returns a page of the entries, which must be sorted by key and follow the previous page, and
    /// the token of the next page, if there is one.
    pub(crate) fn take<K: AsRef<str>, T>(
        &self,
        entries: impl IntoIterator<Item = (K, T)>,
    ) -> (Vec<T>, Option<String>) {
        let [before, after] = self.empty;
        if let (Some(left), Some(last)) = (before.checked_sub(1), &self.after) {
            return (Vec::new(), Some(self.token(last, left)));
        }
        let mut entries = entries.into_iter();
        let mut last = None;
        let mut page = Vec::new();
        for (key, entry) in entries.by_ref().take(self.limit) {
            last = Some(key);
            page.push(entry);
        }
        let more = entries.next().is_some();
        (page, last.filter(|_| more).map(|last| self.token(last.as_ref(), after)))
    }

    /// Returns the token for the position after an entry and a number of empty pages.
    fn token(&self, last: &str, empty: u8) -> String {
        let parts = [&self.list[..], &[empty], last.as_bytes()];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }
}

/// Returns a page of a named list, and the token of the next page.
pub(super) fn records<V, T>(
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

fn read_token(token: &str, list: ListId) -> Option<(u8, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (empty, after) = bytes.strip_prefix(&list[..])?.split_first()?;
    Some((*empty, String::from_utf8(after.to_vec()).ok()?))
}

fn list_id(parts: &[&str]) -> ListId {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
        text.push('\0');
    }
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

fn invalid_token() -> ServiceError {
    ServiceError::invalid_parameter("Invalid pagination token given.")
}
