//! Suites whose dependencies have the AWS SDK compiled with other features: passkeys with an
//! authenticator that others wrote, administrators whom the environment makes, and tokens
//! beside another verifier.
//!
//! A package of its own, as its dependencies would have everything else built a second time.

pub mod browser;
