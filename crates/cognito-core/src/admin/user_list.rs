//! Lists of users.

use std::future::IntoFuture;
use std::time::Duration;

use cognito_types::BoxFuture;

use super::sdk_client::sent;
use super::{Admin, Filter, UserRecord};
use crate::error::Error;
use crate::list::{List, ListStream, Page, PageToken, Pages};
use crate::transport::Operation;

/// The users of a pool, optionally filtered (ListUsers).
///
/// Awaiting it returns all of them. New users and changes appear with a short delay.
#[derive(Clone, Debug)]
#[must_use = "no request is sent until it is awaited or polled"]
pub struct UserList {
    admin: Admin,
    filter: Option<Filter>,
    attributes: Option<Vec<String>>,
    page_size: Option<u8>,
    timeout: Option<Duration>,
    start: Option<PageToken>,
}

impl UserList {
    pub(super) fn new(admin: &Admin) -> Self {
        let admin = admin.clone();
        Self { admin, filter: None, attributes: None, page_size: None, timeout: None, start: None }
    }

    /// Returns only users that match the filter.
    pub fn filter(self, filter: Filter) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// Requests only these attributes (AttributesToGet).
    ///
    /// The service may refuse a list in which a user lacks one of them: request attributes that the
    /// pool requires, or filter by them.
    pub fn attributes<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { attributes: Some(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Sets the number of entries on a page; see [`List::page_size`].
    pub fn page_size(self, size: u8) -> Self {
        Self { page_size: Some(size), ..self }
    }

    /// Sets the time limit for each page; see [`List::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Starts at a page token; see [`List::from_page`].
    pub fn from_page(self, token: PageToken) -> Self {
        Self { start: Some(token), ..self }
    }

    /// Returns a stream of the users; see [`List::stream`].
    pub fn stream(self) -> ListStream<UserRecord> {
        self.list().stream()
    }

    /// Returns the pages one by one; see [`List::pages`].
    pub fn pages(self) -> Pages<UserRecord> {
        self.list().pages()
    }

    fn list(self) -> List<UserRecord> {
        let Self { admin, filter, attributes, page_size, timeout, start } = self;
        let filter = filter.map(|filter| filter.to_string());
        let list = List::new(move |page| {
            let call = admin.sdk().list_users().user_pool_id(admin.id());
            let call = call.set_filter(filter.clone());
            let call = call.set_attributes_to_get(attributes.clone());
            let call = call.set_limit(page.limit).set_pagination_token(page.token);
            let admin = admin.clone();
            let limits = admin.limits().within(page.timeout);
            async move {
                let output = sent(limits, Operation::ListUsers, || call.clone().send()).await?;
                let users = output.users.unwrap_or_default().into_iter();
                let users = users.map(|user| UserRecord::listed(&admin, user)).collect();
                Ok(Page::of_items(users, output.pagination_token))
            }
        });
        let list = start.into_iter().fold(list, List::from_page);
        let list = timeout.into_iter().fold(list, List::timeout);
        page_size.into_iter().fold(list, List::page_size)
    }
}

impl IntoFuture for UserList {
    type Output = Result<Vec<UserRecord>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.list().into_future()
    }
}
