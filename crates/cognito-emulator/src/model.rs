//! The service's model of its API: the shapes of requests, the one reader of them, and errors with
//! the service's texts.
//!
//! Nothing here knows a user pool. Requests are described by [`shapes`] and [`identity_shapes`],
//! which are generated files, and by [`sts`].

mod api;
mod error;
pub(crate) mod identity_shapes;
mod known;
mod pattern;
#[cfg(test)]
pub(crate) mod random;
mod reader;
#[cfg(test)]
pub(crate) mod samples;
mod serialization;
mod shape;
pub(crate) mod shapes;
pub(crate) mod sts;
#[cfg(test)]
mod tests;
mod violations;

pub(crate) use self::api::{Api, Target};
pub(crate) use self::error::ServiceError;
pub(crate) use self::known::retain_known;
pub(crate) use self::reader::{check_text, fit, fit_known, parse, typed};
pub(crate) use self::shape::Shape;
