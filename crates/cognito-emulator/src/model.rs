//! The service's model of its API: the shapes of requests, the one reader of them, and errors with
//! the service's texts.
//!
//! Nothing here knows a user pool. Requests are described by [`shapes`], a generated file.

mod error;
mod pattern;
mod reader;
#[cfg(test)]
pub(crate) mod samples;
mod serialization;
mod shape;
pub(crate) mod shapes;
#[cfg(test)]
mod tests;
mod violations;

pub(crate) use self::error::ServiceError;
pub(crate) use self::reader::{check_text, fit, fit_known, parse, typed};
pub(crate) use self::shape::{Operation, Shape};
pub(crate) use self::shapes::OPERATIONS;

/// Returns an operation of the service by its name.
pub(crate) fn operation(name: &str) -> Option<&'static Operation> {
    // They are in order, which a test checks.
    let found = OPERATIONS.binary_search_by_key(&name, |operation| operation.name);
    found.ok().and_then(|index| OPERATIONS.get(index))
}
