//! What the integration suites and the programs of this package share.

pub mod vectors;
