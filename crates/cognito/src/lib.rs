//! Amazon Cognito user pools: sign people in without their passwords leaving the program, keep
//! them signed in, and verify their tokens.
//!
//! ```
//! use cognito::{Challenge, SignIn, UserPool};
//! # use cognito_emulator::{Emulator, PoolSettings};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = Emulator::builder().in_process();
//! # let local = emulator.create_pool(PoolSettings::default())?;
//! # let builder = UserPool::builder(local.id(), local.client_id());
//! # let pool = builder.endpoint(local.endpoint()).http_client(local.http_client()).build()?;
//! # pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io").send().await?;
//! # pool.confirm_sign_up("alice", local.code_for("alice").ok_or("no code")?).await?;
//! # let password = "Correct-horse1";
//!
//! match pool.sign_in("alice").password(password).send().await? {
//!     SignIn::Done(session) => println!("welcome, {}", session.user().await?.username()),
//!     SignIn::Challenge(Challenge::SoftwareToken(mfa)) => drop(mfa.respond("123456").await?),
//!     SignIn::Challenge(other) => println!("{} asks for more", other.name()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | the root | [`UserPool`]: sign-up, sign-in with every challenge, [`Session`]; [`Admin`] and [`UserPools`]: administration |
//! | [`sdk`] | the AWS SDK for user pools, whose types the settings of pools and app clients are |
//! | [`tokens`] | [`Verifier`](tokens::Verifier) for services that receive tokens, and what lies below it |
//! | [`srp`] | the protocol by itself: client, server, devices, SECRET_HASH |
//! | `http` | tokens on outgoing and incoming requests (features `reqwest`, `m2m`, `session`, `tower`, `axum`) |
//! | `blocking` | the same without `async` (feature `blocking`) |
//! | `emulator` | a user pool in your tests (feature `emulator`) |

pub use cognito_core::*;

/// The SRP protocol of user pools, for users and devices, client and server.
pub use cognito_srp as srp;

#[cfg(feature = "emulator")]
/// A user pool in this process, for tests.
pub use cognito_emulator as emulator;

#[cfg(any(
    feature = "axum",
    feature = "m2m",
    feature = "reqwest",
    feature = "session",
    feature = "tower"
))]
/// Tokens on HTTP requests, outgoing and incoming.
pub use cognito_http as http;

#[cfg(feature = "blocking")]
pub mod blocking;

pub mod tokens {
    //! Verification of tokens, and where tokens come from and are kept.

    #[cfg(feature = "fetch")]
    pub use cognito_tokens::ReqwestFetcher;
    #[cfg(feature = "alb")]
    pub use cognito_tokens::{AlbClaims, AlbVerifier, InvalidLoadBalancerArn, LoadBalancerArn};
    pub use cognito_tokens::{
        CacheStatus, Callers, Clients, CustomClaimsError, DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES,
        FAILURE_BACK_OFF, FETCH_TIME_LIMIT, FetchError, FetchKeys, InvalidKeySet, InvalidSavedKeys,
        KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, KeySet, KeySetStatus, KeysFrom,
        MAX_FAILURE_BACK_OFF, MAX_KEY_SET_BYTES, PoolFailure, PrefetchError, ROTATION_GRACE,
        Reason, Required, RevocationList, TokenIds, TokenRules, UNKNOWN_KEY_COOLDOWN, Verifier,
        VerifierBuilder, VerifyError,
    };
    pub use cognito_types::{
        BoxFuture, FIRST_REJECTION_PAUSE, InvalidRegion, IssuedToken, LONGEST_REJECTION_PAUSE,
        Region, RejectionPauses, Revision, StoreError, StoredSession, Swap, SystemClock,
        TokenError, TokenErrorKind, TokenKind, TokenRequest, TokenSource,
    };
}

/// The guides, whose examples run as tests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/administration.md")]
    struct Administration;
    #[cfg(feature = "blocking")]
    #[doc = include_str!("../../../docs/blocking.md")]
    struct Blocking;
    #[doc = include_str!("../../../docs/challenges.md")]
    struct Challenges;
    #[doc = include_str!("../../../docs/devices.md")]
    struct Devices;
    #[doc = include_str!("../../../docs/emulator.md")]
    struct Emulator;
    #[doc = include_str!("../../../docs/errors.md")]
    struct Errors;
    #[doc = include_str!("../../../docs/first-sign-in.md")]
    struct FirstSignIn;
    #[doc = include_str!("../../../docs/groups-and-roles.md")]
    struct GroupsAndRoles;
    #[doc = include_str!("../../../docs/iam-permissions.md")]
    struct IamPermissions;
    #[doc = include_str!("../../../docs/identity-providers.md")]
    struct IdentityProviders;
    #[cfg(feature = "m2m")]
    #[doc = include_str!("../../../docs/m2m.md")]
    struct M2m;
    #[doc = include_str!("../../../docs/mfa.md")]
    struct Mfa;
    #[cfg(all(feature = "reqwest", feature = "session"))]
    #[doc = include_str!("../../../docs/migrating-from-pycognito.md")]
    struct MigratingFromPycognito;
    #[doc = include_str!("../../../docs/passkeys.md")]
    struct Passkeys;
    #[cfg(all(feature = "reqwest", feature = "session"))]
    #[doc = include_str!("../../../docs/outgoing-requests.md")]
    struct OutgoingRequests;
    #[doc = include_str!("../../../docs/pools-and-app-clients.md")]
    struct PoolsAndAppClients;
    #[doc = include_str!("../../../docs/pycognito.md")]
    struct Pycognito;
    #[doc = include_str!("../../../docs/registration.md")]
    struct Registration;
    #[doc = include_str!("../../../docs/sessions.md")]
    struct Sessions;
    #[doc = include_str!("../../../docs/testing.md")]
    struct Testing;
    #[doc = include_str!("../../../docs/token-stores.md")]
    struct TokenStores;
    #[cfg(feature = "fetch")]
    #[doc = include_str!("../../../docs/verification.md")]
    struct Verification;
    #[cfg(feature = "axum")]
    #[doc = include_str!("../../../docs/web-services.md")]
    struct WebServices;
}

#[cfg(doctest)]
mod misuse;
