//! The service's API model: shapes of requests, their validation, and errors with the service's
//! messages.
//!
//! This module does not depend on user pools. Requests are described by [`shapes`] and
//! [`identity_shapes`], which are generated, and by [`sts`].

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
pub(crate) use self::error::{ServiceError, http_status};
pub(crate) use self::known::retain_known;
pub(crate) use self::reader::{check_text, fit, fit_known, parse, typed};
pub(crate) use self::shape::{Operation, Shape};
