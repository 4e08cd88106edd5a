#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::arithmetic_side_effects)]

#[cfg(feature = "alb")]
mod alb;
#[cfg(feature = "api-gateway")]
mod api_gateway;
mod base64url;
mod claims;
mod error;
mod fetch;
mod fetched;
mod json;
mod jws;
mod key_set;
mod key_source;
mod pipeline;
mod plain_http;
mod policy;
mod rules;
#[cfg(test)]
mod testing;
mod unverified;
mod verifier;

#[cfg(feature = "alb")]
pub use alb::{AlbClaims, AlbVerifier, InvalidLoadBalancerArn, LoadBalancerArn};
#[cfg(feature = "api-gateway")]
pub use api_gateway::{
    ApiGateway, AuthorizerError, AuthorizerEvent, AuthorizerGrant, AuthorizerResponse,
    LambdaAuthorizer,
};
pub use claims::{AccessClaims, CustomClaimsError, IdClaims};
// Types of a lower crate that the settings of a verifier need.
pub use cognito_types::{
    BoxFuture, ClientId, Clock, InvalidRegion, InvalidUserPoolId, Region, SystemClock, UserPoolId,
};
pub use error::{Reason, VerifyError};
#[cfg(feature = "fetch")]
pub use fetch::ReqwestFetcher;
pub use fetch::{FETCH_TIME_LIMIT, FetchError, FetchKeys, MAX_KEY_SET_BYTES};
pub use fetched::{FAILURE_BACK_OFF, MAX_FAILURE_BACK_OFF};
pub use key_set::{InvalidKeySet, KeySet};
pub use key_source::{
    KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, KeySetStatus, ROTATION_GRACE,
    UNKNOWN_KEY_COOLDOWN,
};
#[doc(hidden)]
pub use plain_http::{PlainHttpHosts, is_loopback};
pub use policy::{Callers, Clients, Required, RevocationList, TokenIds};
pub use rules::{DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES, TokenRules};
#[doc(hidden)]
pub use unverified::{unverified_claims, unverified_expiry, unverified_lifetime};
pub use verifier::{
    CacheStatus, InvalidSavedKeys, KeysFrom, PoolFailure, PrefetchError, Verifier, VerifierBuilder,
};
