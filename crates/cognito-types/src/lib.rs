#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client_id;
mod clock;
mod future;
mod identity_pool_id;
mod lifetime;
mod pool_id;
mod published_secret;
mod quota_category;
mod rejection;
mod runtime;
mod secret;
mod secret_source;
mod security_token;
mod send_http;
mod single_flight;
mod source;
mod store;
mod token_set;

pub use client_id::ClientId;
pub use clock::{Clock, Moment, SystemClock};
pub use future::BoxFuture;
pub use identity_pool_id::{IdentityId, IdentityPoolId, InvalidIdentityPoolId};
pub use lifetime::Lifetime;
pub use pool_id::{InvalidRegion, InvalidUserPoolId, Region, UserPoolId};
pub use published_secret::PublishedSecret;
pub use quota_category::QuotaCategory;
pub use rejection::{FIRST_REJECTION_PAUSE, LONGEST_REJECTION_PAUSE, RejectionPauses};
pub use runtime::{PerRuntime, RuntimeId};
#[doc(hidden)]
pub use secret::SerializedSecret;
pub use secret::{
    AccessToken, ChallengeSession, ClientSecret, Code, IdToken, Password, RefreshToken,
    SoftwareTokenSecret,
};
pub use secret_source::{InvalidClientSecret, SecretSource};
pub use security_token::{SecurityToken, SecurityTokenKind};
pub use send_http::{HttpError, HttpErrorKind, SendHttp};
pub use single_flight::{FlightError, SingleFlight};
pub use source::{
    IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenRefresher, TokenRequest, TokenSource,
};
pub use store::{MemoryStore, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
pub use token_set::TokenSet;
