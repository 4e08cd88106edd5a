#![doc = include_str!("../README.md")]

mod clock;
mod cut_body;
mod emulator;
mod faults;
mod function;
mod http;
mod keys;
mod local_pool;
mod machine_client;
mod model;
mod outbox;
mod random;
#[cfg(feature = "sdk")]
mod sdk;
mod seed_file;
mod served;
mod server;
mod service;
mod triggers;
#[cfg(feature = "wiremock")]
mod wiremock;

pub use clock::MovableClock;
pub use emulator::{Emulator, EmulatorBuilder, EmulatorError};
pub use faults::Fault;
pub use keys::SigningKeys;
pub use local_pool::{LocalPool, Mfa, PoolSettings};
pub use outbox::{Medium, Message, MessageKind};
#[cfg(feature = "sdk")]
pub use sdk::InProcessClient;
pub use served::Served;
pub use service::{IssuerStyle, Support, operations};
pub use triggers::{
    ChallengeResult, Confirmation, CustomAnswer, CustomAuth, CustomChallenge, MessageRequest,
    MessageText, MigratedUser, MigrationRequest, NextStep, SignInAttempt, SignInDone,
    SignUpDecision, SignUpRequest, TokenChanges, TokenOccasion, TokensToIssue,
};
#[cfg(feature = "wiremock")]
pub use wiremock::Responder;
