#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

extern crate alloc;

mod challenge;
mod client;
mod comb;
mod device;
mod error;
mod exponent;
mod field;
mod hash;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod identity;
mod integer;
mod server;
mod stack;
mod timestamp;

pub use challenge::SrpChallenge;
pub use client::{EphemeralKeyPair, PasswordClaim};
pub use device::DeviceSecret;
pub use error::SrpError;
pub use hash::secret_hash;
pub use identity::Identity;
pub use server::{PasswordVerifier, ServerExchange};
pub use timestamp::Timestamp;
