#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The modules of the program name the library as its users do.
#[cfg(feature = "cli")]
extern crate self as cognito_emulator;

mod adapters;
mod flows;
mod model;
mod operations;
#[cfg(feature = "cli")]
pub mod program;
#[cfg(test)]
mod random_requests;
#[cfg(test)]
mod soak;
mod state;

pub use adapters::builder::EmulatorBuilder;
pub use adapters::emulator::Emulator;
pub use adapters::error::EmulatorError;
pub use adapters::in_process::InProcessClient;
pub use adapters::local_identity_pool::{IdentityPoolSettings, LocalIdentityPool};
pub use adapters::local_pool::{LocalPool, Mfa, PoolSettings};
pub use adapters::pool_summary::{ClientSummary, PoolSummary};
pub use adapters::seed_import::{ImportError, ImportedSeed, SeedImport};
pub use adapters::state_file::{StateDurability, StateFileError};
#[cfg(feature = "wiremock")]
pub use adapters::wiremock::Responder;
pub use cognito_types::QuotaCategory;
pub use flows::clock::TestClock;
pub use flows::faults::InjectedFault;
pub use flows::service::IssuerStyle;
pub use flows::triggers::{
    ChallengeResult, Confirmation, CustomAuth, CustomChallengeParameters, CustomChallengeResponse,
    FederatedUser, MessageRequest, MessageText, MigratedUser, MigrationRequest, NextStep,
    SignInAttempt, SignInDone, SignUpDecision, SignUpRequest, TokenChanges, TokenOccasion,
    TokensToIssue,
};
pub use operations::{Support, identity_pool_operations, operations};
pub use state::identity_pool::credentials::CredentialsRecord;
pub use state::keys::SigningKeys;
pub use state::outbox::{Medium, Message, MessageKind};
pub use state::quotas::{InvalidQuotas, QuotaUsage, Quotas};
pub use state::request_log::RequestRecord;
