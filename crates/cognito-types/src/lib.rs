#![doc = include_str!("../README.md")]

mod client_id;
mod clock;
mod future;
mod pool_id;
mod rejection;
mod secret;
mod source;
mod store;
mod token_set;

pub use client_id::ClientId;
#[doc(hidden)]
pub use clock::Moment;
pub use clock::{Clock, SystemClock};
pub use future::BoxFuture;
pub use pool_id::{InvalidRegion, InvalidUserPoolId, Region, UserPoolId};
pub use rejection::{FIRST_REJECTION_PAUSE, LONGEST_REJECTION_PAUSE, RejectionPauses};
pub use secret::{
    AccessToken, ChallengeSession, ClientSecret, Code, IdToken, Password, RefreshToken,
    SoftwareTokenSecret,
};
pub use source::{IssuedToken, TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSource};
pub use store::{MemoryStore, Revision, SessionKey, StoreError, StoredSession, Swap, TokenStore};
pub use token_set::TokenSet;
