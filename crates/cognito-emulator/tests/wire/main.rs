//! The wire format of the service.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod browsers;
mod callbacks;
mod faults;
mod functions;
mod http;
#[cfg(feature = "sdk")]
mod in_process;
#[cfg(feature = "wiremock")]
mod mock_server;
mod quotas;
mod service;
mod sign_in_callbacks;
mod support;
mod test_interface;
mod tokens;
