//! The conformance suites on the emulator, and values that other implementations computed.

mod mock_server;
mod settings;
mod users;
mod vectors;
