#![doc = include_str!("../README.md")]
#![warn(clippy::arithmetic_side_effects)]

mod base64url;
mod claims;
mod client_id;
mod clock;
mod error;
mod fetch;
mod future;
mod json;
mod jws;
mod key_set;
mod key_source;
mod pool_id;
mod rules;
mod secret;
mod source;
mod store;
mod token_set;
mod verifier;

pub use claims::{AccessClaims, CustomClaimsError, IdClaims};
pub use client_id::ClientId;
pub use clock::{Clock, SystemClock};
pub use error::VerifyError;
#[cfg(feature = "fetch")]
pub use fetch::ReqwestFetcher;
pub use fetch::{FetchError, FetchKeys, MAX_KEY_SET_BYTES};
pub use future::BoxFuture;
pub use key_set::{InvalidKeySet, KeySet};
pub use key_source::{
    FAILURE_BACK_OFF, KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, UNKNOWN_KEY_COOLDOWN,
};
pub use pool_id::{InvalidUserPoolId, UserPoolId};
pub use rules::{Clients, DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES, TokenRules};
pub use secret::{
    AccessToken, ChallengeSession, ClientSecret, Code, IdToken, Password, RefreshToken,
    SoftwareTokenSecret,
};
pub use source::{IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSource};
pub use store::{MemoryStore, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
pub use token_set::TokenSet;
pub use verifier::{Verifier, VerifierBuilder};
