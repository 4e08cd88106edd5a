//! AWS credentials from identity pools: requests, refusals, caches, and clients of the AWS SDK.

mod caches;
mod logins;
mod refusals;
mod requests;
mod sdk;
mod support;
