//! Lists that the service returns in pages.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cognito_types::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};

/// The maximum number of entries on a page of most lists.
pub const MAX_PAGE_SIZE: u8 = 60;

/// A list that the service returns in pages.
///
/// Awaiting it returns all entries. [`stream`](Self::stream) returns them one by one and requests a
/// page only when it is needed; [`pages`](Self::pages) lets a long job resume where it stopped. A
/// page can have fewer entries than requested, or none, without being the last.
#[must_use = "no request is sent until it is awaited or polled"]
pub struct List<T> {
    fetch: Arc<Fetch<T>>,
    page_size: Option<u8>,
    timeout: Option<Duration>,
    start: Option<PageToken>,
}

type Fetch<T> = dyn Fn(PageRequest) -> BoxFuture<'static, Result<Page<T>, Error>> + Send + Sync;

/// The request for one page.
pub(crate) struct PageRequest {
    /// The maximum number of entries on the page; by default the service decides.
    #[cfg_attr(not(feature = "admin"), allow(dead_code))] // Lists of users set their own.
    pub(crate) limit: Option<i32>,
    /// The token that the previous page returned.
    pub(crate) token: Option<String>,
    /// The time limit for the request with its retries.
    pub(crate) timeout: Option<Duration>,
}

/// One page of a list.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries; may be empty.
    pub items: Vec<T>,
    /// The token of the next page; none on the last page.
    pub next: Option<PageToken>,
}

/// The start of a page (NextToken or PaginationToken), to resume a list there.
///
/// It is valid for the same list with the same settings, for about an hour.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(String);

impl PageToken {
    /// Returns the token as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl From<String> for PageToken {
    fn from(token: String) -> Self {
        Self(token)
    }
}

impl<T: Send + 'static> List<T> {
    pub(crate) fn new<F, Fut>(fetch: F) -> Self
    where
        F: Fn(PageRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Page<T>, Error>> + Send + 'static,
    {
        let fetch = Arc::new(move |request| -> BoxFuture<'static, _> { Box::pin(fetch(request)) });
        Self { fetch, page_size: None, timeout: None, start: None }
    }

    /// Sets the number of entries on a page, 1 to [`MAX_PAGE_SIZE`]: smaller pages arrive sooner
    /// and need more requests.
    ///
    /// By default the service decides. A number out of range is clamped.
    pub fn page_size(self, size: u8) -> Self {
        Self { page_size: Some(size.clamp(1, MAX_PAGE_SIZE)), ..self }
    }

    /// Sets the time limit for the request of each page with its retries, in place of the pool's
    /// `operation_timeout`.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Starts at a page token of the same list, from [`Page::next`].
    pub fn from_page(self, token: PageToken) -> Self {
        Self { start: Some(token), ..self }
    }

    /// Returns a stream of the entries, which ends after an error.
    pub fn stream(self) -> ListStream<T> {
        let state = (self.pages(), VecDeque::new());
        let next = |(mut pages, mut ready): (Pages<T>, VecDeque<T>)| async move {
            loop {
                if let Some(item) = ready.pop_front() {
                    return Some((Ok(item), (pages, ready)));
                }
                match pages.next().await? {
                    Ok(page) => ready = page.items.into(),
                    Err(error) => {
                        pages.place = Place::End;
                        return Some((Err(error), (pages, ready)));
                    }
                }
            }
        };
        ListStream { inner: stream::unfold(state, next).fuse().boxed() }
    }

    /// Returns the pages one by one.
    pub fn pages(self) -> Pages<T> {
        let seen = self.start.iter().map(PageToken::digest).collect();
        let place = self.start.map_or(Place::Start, Place::At);
        Pages { fetch: self.fetch, page_size: self.page_size, timeout: self.timeout, place, seen }
    }
}

impl<T: Send + 'static> IntoFuture for List<T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (mut pages, mut all) = (self.pages(), Vec::new());
            while let Some(page) = pages.next().await {
                all.extend(page?.items);
            }
            Ok(all)
        })
    }
}

/// The pages of a list.
pub struct Pages<T> {
    fetch: Arc<Fetch<T>>,
    page_size: Option<u8>,
    timeout: Option<Duration>,
    place: Place,
    /// Digests of the tokens so far; tokens are long, and lists can have 100,000 pages.
    seen: HashSet<[u8; 32]>,
}

enum Place {
    Start,
    At(PageToken),
    End,
}

impl<T> Pages<T> {
    /// Returns the next page, or none after the last.
    ///
    /// After an error, the same page is requested again.
    ///
    /// # Errors
    ///
    /// The errors of the list. [`Service`](ErrorKind::Service), which is not
    /// [transient](Error::is_transient), when the service returns the token of an earlier page,
    /// because the list would never end.
    pub async fn next(&mut self) -> Option<Result<Page<T>, Error>> {
        let token = match &self.place {
            Place::Start => None,
            Place::At(token) => Some(token.0.clone()),
            Place::End => return None,
        };
        let limit = self.page_size.map(i32::from);
        let page = match (self.fetch)(PageRequest { limit, token, timeout: self.timeout }).await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        match &page.next {
            Some(next) if !self.seen.insert(next.digest()) => {
                let error = Error::new(ErrorKind::Service).permanent();
                return Some(Err(error.with_detail("the pages of the list form a cycle")));
            }
            next => self.place = next.clone().map_or(Place::End, Place::At),
        }
        Some(Ok(page))
    }
}

/// The entries of a list, one by one.
#[must_use = "no request is sent until it is polled"]
pub struct ListStream<T> {
    inner: BoxStream<'static, Result<T, Error>>,
}

impl<T> ListStream<T> {
    /// Returns the next entry, or none after the last or after an error.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.inner.next().await
    }
}

impl<T> Stream for ListStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.as_mut().poll_next(context)
    }
}

impl<T> Page<T> {
    /// Creates a page from the members of a response.
    pub(crate) fn new<S>(items: Option<Vec<S>>, next: Option<String>) -> Self
    where
        T: From<S>,
    {
        Self::of_items(items.unwrap_or_default().into_iter().map(T::from).collect(), next)
    }

    /// Creates a page of entries; an empty token counts as none.
    pub(crate) fn of_items(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next: next.filter(|token| !token.is_empty()).map(PageToken) }
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("page_size", &self.page_size).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("page_size", &self.page_size).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ListStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListStream").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (items, last) = (self.items.len(), self.next.is_none());
        f.debug_struct("Page").field("items", &items).field("last", &last).finish_non_exhaustive()
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may contain the name of a user.
        f.write_str("PageToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cycle_of_pages_is_an_error_that_a_retry_does_not_solve() {
        let list = List::new(|request: PageRequest| async move {
            let next = if request.token.as_deref() == Some("a") { "b" } else { "a" };
            Ok(Page::<u8>::of_items(Vec::new(), Some(next.to_owned())))
        });
        let error = list.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service);
        assert!(!error.is_transient(), "{error}");
        assert_eq!(error.to_string(), "the service failed: the pages of the list form a cycle");
    }
}
