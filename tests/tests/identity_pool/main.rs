//! AWS credentials from identity pools: requests, refusals, caches, and clients of the AWS SDK.

mod caches;
mod emulator;
mod logins;
mod processes;
mod refusals;
mod requests;
mod roles;
mod sdk;
mod support;
