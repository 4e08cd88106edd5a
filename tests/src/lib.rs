//! What the integration suites and the programs of this package share.

pub mod fixture;
pub mod interposer;
pub mod vectors;
