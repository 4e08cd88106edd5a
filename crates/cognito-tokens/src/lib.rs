#![doc = include_str!("../README.md")]
#![warn(clippy::arithmetic_side_effects)]

#[cfg(feature = "alb")]
mod alb;
mod base64url;
mod claims;
mod client_id;
mod clock;
mod error;
mod fetch;
mod fetched;
mod future;
mod json;
mod jws;
mod key_set;
mod key_source;
mod plain_http;
mod policy;
mod pool_id;
mod rejection;
mod rules;
mod secret;
mod source;
mod store;
#[cfg(test)]
mod testing;
mod token_set;
mod verifier;

#[cfg(feature = "alb")]
pub use alb::{AlbClaims, AlbVerifier, InvalidLoadBalancerArn, LoadBalancerArn};
pub use claims::{AccessClaims, CustomClaimsError, IdClaims};
pub use client_id::ClientId;
pub use clock::{Clock, SystemClock};
pub use error::{Reason, VerifyError};
#[cfg(feature = "fetch")]
pub use fetch::ReqwestFetcher;
pub use fetch::{FETCH_TIME_LIMIT, FetchError, FetchKeys, MAX_KEY_SET_BYTES};
pub use fetched::{FAILURE_BACK_OFF, MAX_FAILURE_BACK_OFF};
pub use future::BoxFuture;
pub use key_set::{InvalidKeySet, KeySet};
pub use key_source::{
    KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, KeySetStatus, ROTATION_GRACE,
    UNKNOWN_KEY_COOLDOWN,
};
#[doc(hidden)]
pub use plain_http::{PlainHttpHosts, is_loopback};
pub use policy::{Callers, Clients, Required, RevocationList, TokenIds};
pub use pool_id::{InvalidRegion, InvalidUserPoolId, Region, UserPoolId};
pub use rejection::{FIRST_REJECTION_PAUSE, LONGEST_REJECTION_PAUSE, RejectionPauses};
pub use rules::{DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES, TokenRules};
pub use secret::{
    AccessToken, ChallengeSession, ClientSecret, Code, IdToken, Password, RefreshToken,
    SoftwareTokenSecret,
};
pub use source::{IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSource};
pub use store::{MemoryStore, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
pub use token_set::TokenSet;
pub use verifier::{
    CacheStatus, InvalidSavedKeys, KeysFrom, PoolFailure, PrefetchError, Verifier, VerifierBuilder,
};
