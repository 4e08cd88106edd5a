//! Suites whose dependencies have the AWS SDK compiled with other features: passkeys with an
//! authenticator that others wrote, and administrators whom the environment makes.
//!
//! A package of its own, as its dependencies would have everything else built a second time.

pub mod browser;
