//! Suites whose dependencies need the AWS SDK with other features: passkeys with a third-party
//! authenticator, administrators from the environment, and tokens compared with another verifier.
//!
//! A separate package, because its dependencies would cause a second build of everything else.

pub mod browser;
