//! The users of a mass change: a list of names, or a query.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cognito_core::{Admin, Filter, Pages, UserRecord};
use serde_json::{Value, json};

use crate::patience::PERMIT_TIMEOUT;

/// The users that a job changes: [`UserNames`] or a [`UserQuery`].
#[derive(Clone, Debug)]
pub struct UserSelection(pub(super) Selection);

#[derive(Clone, Debug)]
pub(super) enum Selection {
    Names(UserNames),
    Query(UserQuery),
}

/// A list of user names. Duplicates are ignored. Files are in UTF-8, or in UTF-16 with a byte order
/// mark.
///
/// The plan, each run and each resumed run read the file: it has to be a regular file, not a pipe or
/// `/dev/stdin`.
///
/// Names may be ids (`sub`), or aliases, such as e-mail addresses, if the pool allows it. Two names
/// of one user are not recognized as the same.
#[derive(Clone, Debug)]
pub struct UserNames(pub(super) NameSource);

#[derive(Clone)]
pub(super) enum NameSource {
    Names(Arc<[String]>),
    Lines(PathBuf),
    JsonLines(PathBuf),
    Csv { path: PathBuf, column: String },
}

impl UserNames {
    /// Creates a list from names in memory. Empty names are ignored.
    pub fn of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into);
        Self(NameSource::Names(names.filter(|name: &String| !name.is_empty()).collect()))
    }

    /// Creates a list from a file with one name per line. Empty lines, and spaces around names, are
    /// ignored.
    pub fn lines(path: impl Into<PathBuf>) -> Self {
        Self(NameSource::Lines(path.into()))
    }

    /// Creates a list from a file in JSON Lines: strings, or objects with `username`, such as those
    /// of an [`Export`](crate::Export).
    pub fn json_lines(path: impl Into<PathBuf>) -> Self {
        Self(NameSource::JsonLines(path.into()))
    }

    /// Creates a list from a column of a CSV file with a header.
    pub fn csv(path: impl Into<PathBuf>, column: impl Into<String>) -> Self {
        Self(NameSource::Csv { path: path.into(), column: column.into() })
    }
}

/// A query for users, which are listed at the start of a job. A resumed job uses the same list.
///
/// Users that are created, or begin to match, after the list are not included.
#[derive(Clone)]
#[must_use]
pub struct UserQuery {
    pub(super) source: QuerySource,
    predicate: Option<Arc<Predicate>>,
}

#[derive(Clone)]
pub(super) enum QuerySource {
    All,
    Filter(Filter),
    MembersOf(String),
}

type Predicate = dyn Fn(&UserRecord) -> bool + Send + Sync;

impl UserQuery {
    /// Creates a query for all users of the pool (ListUsers).
    pub fn all() -> Self {
        Self { source: QuerySource::All, predicate: None }
    }

    /// Creates a query for the users that match a filter of the service (ListUsers).
    pub fn filter(filter: Filter) -> Self {
        Self { source: QuerySource::Filter(filter), predicate: None }
    }

    /// Creates a query for the users of a group (ListUsersInGroup).
    pub fn members_of(group: impl Into<String>) -> Self {
        Self { source: QuerySource::MembersOf(group.into()), predicate: None }
    }

    /// Keeps only the listed users for which a function returns true, for example by a custom
    /// attribute, which the service cannot filter by.
    pub fn matching(
        mut self,
        predicate: impl Fn(&UserRecord) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.predicate = Some(match self.predicate.take() {
            None => Arc::new(predicate),
            Some(before) => Arc::new(move |user| before(user) && predicate(user)),
        });
        self
    }

    pub(super) fn matches(&self, user: &UserRecord) -> bool {
        self.predicate.as_ref().is_none_or(|predicate| predicate(user))
    }

    /// Returns whether the query selects every user of the pool.
    pub(super) fn is_all(&self) -> bool {
        matches!(self.source, QuerySource::All) && self.predicate.is_none()
    }

    pub(super) fn pages(&self, admin: &Admin) -> Pages<UserRecord> {
        match &self.source {
            QuerySource::All => admin.users().timeout(PERMIT_TIMEOUT).pages(),
            QuerySource::Filter(filter) => {
                admin.users().filter(filter.clone()).timeout(PERMIT_TIMEOUT).pages()
            }
            QuerySource::MembersOf(group) => {
                admin.group(group.as_str()).users().timeout(PERMIT_TIMEOUT).pages()
            }
        }
    }
}

impl UserSelection {
    /// Returns the settings that a resumed job has to share. The names of a list are compared by
    /// their digest, and a predicate cannot be compared.
    pub(super) fn settings(&self) -> Value {
        match &self.0 {
            Selection::Names(_) => json!("names"),
            Selection::Query(query) => {
                let source = match &query.source {
                    QuerySource::All => json!("all"),
                    QuerySource::Filter(filter) => json!({ "filter": filter.to_string() }),
                    QuerySource::MembersOf(group) => json!({ "group": group }),
                };
                json!({ "query": source, "has_predicate": query.predicate.is_some() })
            }
        }
    }
}

impl From<UserNames> for UserSelection {
    fn from(names: UserNames) -> Self {
        Self(Selection::Names(names))
    }
}

impl From<UserQuery> for UserSelection {
    fn from(query: UserQuery) -> Self {
        Self(Selection::Query(query))
    }
}

impl fmt::Debug for NameSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Names(names) => write!(f, "{} names", names.len()),
            Self::Lines(path) | Self::JsonLines(path) | Self::Csv { path, .. } => path.fmt(f),
        }
    }
}

impl fmt::Debug for UserQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            QuerySource::All => "all",
            // The value of a filter may be an address.
            QuerySource::Filter(_) => "filter",
            QuerySource::MembersOf(group) => group,
        };
        f.debug_struct("UserQuery").field("source", &source).finish_non_exhaustive()
    }
}
