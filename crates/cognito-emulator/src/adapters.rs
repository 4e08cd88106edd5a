//! Entry points to the operations (HTTP, in-process clients, mock servers), seed files and state
//! files.

pub(crate) mod builder;
pub(crate) mod emulator;
pub(crate) mod error;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod in_process;
pub(crate) mod local_identity_pool;
pub(crate) mod local_pool;
pub(crate) mod origins;
pub(crate) mod pool_summary;
mod private_file;
#[cfg(feature = "sdk")]
mod sdk;
pub(crate) mod seed_file;
pub(crate) mod seed_import;
pub(crate) mod server;
pub(crate) mod state_file;
#[cfg(feature = "tls")]
mod tls;
pub(crate) mod truncated_body;
#[cfg(feature = "wiremock")]
pub(crate) mod wiremock;
