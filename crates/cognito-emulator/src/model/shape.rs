//! The types of the generated tables: operations, shapes and limits.

use crate::model::pattern::Pattern;

/// An operation of the service.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Signatures are not checked; pages of other web sites may not call signed operations.
    pub(crate) auth: Auth,
    /// The structure of the request.
    pub(crate) input: &'static Shape,
    /// The exceptions in the model, except for those that any operation can return.
    pub(crate) exceptions: &'static [&'static str],
}

/// The authorization of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// By its content: a password, a code, an access token.
    None,
    /// By a signature with AWS credentials.
    Iam,
}

/// The shape of a value in a request.
pub(crate) struct Shape {
    pub(super) kind: Kind,
    /// True if messages must not contain the value or its members.
    pub(super) sensitive: bool,
    /// True if the settings of the pool decide whether a blank string is allowed.
    pub(super) blank: bool,
}

/// The type of a value, with its limits.
pub(super) enum Kind {
    /// Bytes, which are base64 in JSON; the limits apply to the decoded bytes.
    Blob(Limits),
    Boolean,
    /// Any JSON.
    Document,
    /// One of these strings, in the order of the service's messages.
    Enum(&'static [&'static str]),
    Integer(Limits),
    List(&'static Shape, Limits),
    /// The shapes of keys and values.
    Map(&'static Shape, &'static Shape, Limits),
    /// Members in the order of the model.
    Structure(&'static [Member]),
    Text(Limits, Option<&'static Pattern>),
    /// Seconds since 1970.
    Timestamp,
}

/// A member of a structure.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: &'static Shape,
}

/// The minimum and the maximum length or value.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
}

pub(super) const ANY: Limits = Limits { min: None, max: None };

pub(super) const fn at_least(min: i64) -> Limits {
    Limits { min: Some(min), max: None }
}

pub(super) const fn at_most(max: i64) -> Limits {
    Limits { min: None, max: Some(max) }
}

pub(super) const fn between(min: i64, max: i64) -> Limits {
    Limits { min: Some(min), max: Some(max) }
}

pub(super) const fn shape(kind: Kind) -> Shape {
    Shape { kind, sensitive: false, blank: false }
}

pub(super) const fn sensitive(kind: Kind) -> Shape {
    Shape { kind, sensitive: true, blank: false }
}

pub(super) const fn or_blank(shape: Shape) -> Shape {
    Shape { blank: true, ..shape }
}

pub(super) const fn required(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: true, shape }
}

pub(super) const fn optional(name: &'static str, shape: &'static Shape) -> Member {
    Member { name, required: false, shape }
}

impl Shape {
    /// Returns whether the shape is a scalar. A list of scalars violates constraints as a whole.
    pub(super) const fn is_scalar(&self) -> bool {
        !matches!(self.kind, Kind::List(..) | Kind::Map(..) | Kind::Structure(_))
    }
}
