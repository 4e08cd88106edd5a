//! Lists that the service gives in pages.

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

/// The most entries that most lists have on a page.
pub const MAX_PAGE_SIZE: u8 = 60;

/// A list that the service gives in pages.
///
/// Awaited, it is all entries. [`stream`](Self::stream) gives them one by one and asks for a page
/// when it is needed; [`pages`](Self::pages) lets a long job go on where it stopped. A page may
/// have fewer entries than requested, or none, and not be the last.
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
    /// The most entries on the page; the service decides if none is given.
    #[cfg_attr(not(feature = "admin"), allow(dead_code))] // Lists of users set their own.
    pub(crate) limit: Option<i32>,
    /// The token of the page before.
    pub(crate) token: Option<String>,
    /// The time for the request with its repetitions.
    pub(crate) timeout: Option<Duration>,
}

/// One page of a list.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries, perhaps none.
    pub items: Vec<T>,
    /// The token of the next page; none on the last page.
    pub next: Option<PageToken>,
}

/// The start of a page (NextToken or PaginationToken), to continue from there another time.
///
/// It is good for the same list with the same settings, for about an hour.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(String);

impl PageToken {
    /// The token as the service made it.
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

    /// Requests that many entries on a page, 1 to [`MAX_PAGE_SIZE`]: a smaller response sooner, and
    /// more requests.
    ///
    /// The service decides unless it is set. A number beyond either end counts as that end.
    pub fn page_size(self, size: u8) -> Self {
        Self { page_size: Some(size.clamp(1, MAX_PAGE_SIZE)), ..self }
    }

    /// Sets the time for the request of each page with its repetitions, in place of the pool's
    /// `operation_timeout`.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Starts where a page of the same list said that the next one starts.
    pub fn from_page(self, token: PageToken) -> Self {
        Self { start: Some(token), ..self }
    }

    /// The entries, one by one; it ends after an error.
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

    /// The pages, one by one.
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
    /// Digests of the tokens so far, as tokens are long and lists may have 100,000 pages.
    seen: HashSet<[u8; 32]>,
}

enum Place {
    Start,
    At(PageToken),
    End,
}

impl<T> Pages<T> {
    /// The next page, or none after the last.
    ///
    /// After an error, the same page is requested again.
    ///
    /// # Errors
    ///
    /// Those of the list. [`Service`](ErrorKind::Service) when the service names a page again that
    /// it named before, as the list would never end.
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
                let error = Error::new(ErrorKind::Service);
                return Some(Err(error.with_detail("the pages of the list form a ring")));
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
    /// The next entry, or none after the last or after an error.
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
    /// Returns the page of a response.
    pub(crate) fn new<S>(items: Option<Vec<S>>, next: Option<String>) -> Self
    where
        T: From<S>,
    {
        Self::of_items(items.unwrap_or_default().into_iter().map(T::from).collect(), next)
    }

    /// A page of entries; an empty token is none.
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
        // It may hold the name of a user.
        f.write_str("PageToken([redacted])")
    }
}
