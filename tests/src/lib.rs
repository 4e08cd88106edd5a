//! Shared code of the integration suites and the programs of this package.

pub mod against_aws;
pub mod browser;
pub mod cancelled;
pub mod canned;
pub mod conformance;
pub mod described;
pub mod fault_matrix;
pub mod fixture;
pub mod interposer;
pub mod logs;
pub mod memory;
pub mod mock_server;
pub mod outgoing;
pub mod planted;
pub mod programs;
pub mod recorder;
pub mod refresh_model;
pub mod store_contract;
pub mod unreliable;
