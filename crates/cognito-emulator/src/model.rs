//! The service's model of its API: the shapes of requests, the one reader of them, and errors with
//! the service's texts.
//!
//! Nothing here knows a user pool. Requests are described by [`shapes`], a generated file.

mod error;
mod pattern;
mod reader;
#[cfg(test)]
mod samples;
mod serialization;
mod shape;
mod shapes;
#[cfg(test)]
mod tests;
mod violations;

pub(crate) use self::error::ServiceError;
pub(crate) use self::shapes::OPERATIONS;
