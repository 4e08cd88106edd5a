#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempts;
#[cfg(feature = "reqwest")]
mod bearer;
#[cfg(feature = "tower-client")]
mod bearer_layer;
mod cached;
#[cfg(any(feature = "m2m", feature = "managed-login"))]
mod domain;
#[cfg(feature = "m2m")]
mod exchange;
#[cfg(feature = "axum")]
mod extract;
mod flight;
mod header_value;
#[cfg(feature = "session")]
mod lazy_session;
#[cfg(feature = "m2m")]
mod m2m;
#[cfg(feature = "managed-login")]
pub mod managed_login;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(any(feature = "reqwest", feature = "tower-client"))]
mod origins;
#[cfg(any(feature = "reqwest", feature = "tower-client"))]
mod outgoing;
mod pause;
#[cfg(any(feature = "m2m", feature = "managed-login"))]
mod post;
#[cfg(feature = "tower")]
mod refusal;
#[cfg(feature = "tower")]
mod require;
#[cfg(feature = "m2m")]
mod token_endpoint_error;
#[cfg(feature = "tower")]
mod token_places;
#[cfg(feature = "tower")]
mod verify;
#[cfg(feature = "tower")]
mod websocket;
#[cfg(any(feature = "reqwest", feature = "tower-client"))]
mod www_authenticate;

#[cfg(feature = "reqwest")]
pub use bearer::{BearerAuth, HeaderAuth, token_error};
#[cfg(feature = "tower-client")]
pub use bearer_layer::{BearerLayer, BearerService};
pub use cached::{CachedTokens, FETCH_TIMEOUT, MIN_REJECTED_AGE};
#[cfg(feature = "m2m")]
pub use exchange::{OnBehalfOf, TokenExchanger, TokenExchangerBuilder};
#[cfg(feature = "axum")]
pub use extract::{CustomClaims, VerifiedAccess, VerifiedId, VerifiedToken};
pub use header_value::bearer_value;
#[cfg(feature = "session")]
pub use lazy_session::{LazySession, SIGN_IN_TIMEOUT};
#[cfg(feature = "m2m")]
pub use m2m::{
    ClientCredentials, ClientCredentialsBuilder, MachineTokenCache, MachineTokenKey,
    MemoryTokenCache,
};
#[cfg(any(feature = "reqwest", feature = "tower-client"))]
pub use origins::{InvalidOrigin, Origins, OriginsBuilder};
#[cfg(any(feature = "reqwest", feature = "tower-client"))]
pub use outgoing::{NoToken, TokenFrom};
pub use pause::{FIRST_PAUSE, LONGEST_PAUSE, LONGEST_REFUSED_PAUSE, REFUSED_PAUSE};
#[cfg(feature = "tower")]
pub use refusal::Refusal;
#[cfg(feature = "tower")]
pub use require::{
    RequireLayer, RequireService, require, require_client, require_clients, require_group,
    require_groups, require_id, require_scope, require_scopes,
};
#[cfg(feature = "m2m")]
pub use token_endpoint_error::TokenEndpointError;
#[cfg(feature = "tower")]
pub use verify::{VerifyLayer, VerifyService};
