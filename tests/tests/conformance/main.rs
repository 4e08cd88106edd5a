//! The conformance suites on the emulator.

mod mock_server;
mod settings;
mod users;
