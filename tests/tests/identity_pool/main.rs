//! AWS credentials from identity pools: requests, rejections, caches, and clients of the AWS SDK.

mod caches;
mod cancelled;
mod emulator;
mod lifetimes;
mod logins;
mod refusals;
mod requests;
mod roles;
mod sdk;
mod sharing;
mod support;
