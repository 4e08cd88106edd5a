//! A client for Amazon Cognito user pools: sign users in without sending their passwords, keep them
//! signed in, and verify their tokens.
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
//! # pool.sign_up("alice").password("Correct-horse1").attribute("email", "a@b.io").await?;
//! # pool.confirm_sign_up("alice", local.code_for("alice").ok_or("no code")?).await?;
//! # let password = "Correct-horse1";
//!
//! match pool.sign_in("alice").password(password).await? {
//!     SignIn::Done(session) => println!("welcome, {}", session.user().await?.username()),
//!     SignIn::Challenge(Challenge::SoftwareToken(mfa)) => drop(mfa.respond("123456").await?),
//!     SignIn::Challenge(other) => println!("not supported: {}", other.name()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [The guides](guide) have a page for each task, such as [the first sign-in](guide::first_sign_in),
//! [testing with the emulator](guide::testing) and [errors and their remedies](guide::errors).
//!
//! The most used types are at the root. Every type is in the module of its task:
//!
//! | module | contents |
//! | --- | --- |
//! | [`sign_in`] | pools, sign-up, sign-in with every challenge, password recovery |
//! | [`session`] | sessions, their tokens and their stores |
//! | [`account`] | profile, MFA, passkeys and devices of a signed-in user |
//! | [`admin`] | users, groups, app clients and pools, with AWS credentials |
//! | `identity_pool` | AWS credentials from identity pools (feature `credentials`) |
//! | `bulk` | jobs over whole pools, within the account's quotas (features `bulk`, `bulk-redis`) |
//! | [`verify`] | verification of tokens, for services that receive them |
//! | `managed_login` | sign-in in the browser: authorization code with PKCE (feature `managed-login`) |
//! | `http` | tokens on outgoing and incoming requests (features `reqwest`, `tower-client`, `m2m`, `session`, `tower`, `axum`) |
//! | `blocking` | use without `async` (feature `blocking`) |
//! | `emulator` | a user pool in this process, for tests (feature `emulator`) |
//! | [`guide`] | a guide for each task |
//! | [`types`] | ids, secrets, lists and the clock, which the other modules share |
//! | [`srp`], [`sdk`] | the SRP protocol; the AWS SDK, with the types of pool settings |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
pub mod blocking;

#[cfg(feature = "file-store")]
pub use cognito_core::FileStore;
/// The AWS SDK for user pools, with the types of the settings of pools and app clients.
#[cfg(feature = "admin")]
#[doc(no_inline)]
pub use cognito_core::sdk;
#[cfg(feature = "admin")]
pub use cognito_core::{Admin, UserPools};
pub use cognito_core::{
    Challenge, Error, ErrorKind, Fault, MemoryStore, Session, SignIn, TokenStore, UserPool,
    UserPoolId,
};
#[cfg(feature = "managed-login")]
pub use cognito_http::managed_login;
/// The SRP protocol of user pools, for users and devices, client and server.
pub use cognito_srp as srp;
pub use cognito_tokens::{AccessClaims, IdClaims, Verifier};

// A type that several modules export has one page in the documentation: that of the root, or that
// of the first module. The other modules name it with `no_inline`. Globs would export it again.

pub mod sign_in {
    //! User pools, sign-up, sign-in with every challenge, and password recovery.
    //!
    //! Start at [`UserPool`]. A sign-in returns [`SignIn`]: a session, or a [`Challenge`].

    pub use cognito_core::{
        ChallengeKind, CodeChallenge, CodeDelivery, ConfirmForgotPassword, ConfirmSignUp,
        ConfirmedSignUp, ContextData, CustomChallenge, DEFAULT_ATTEMPT_TIMEOUT,
        DEFAULT_AUTH_SESSION_VALIDITY, DEFAULT_CONNECT_TIMEOUT, DEFAULT_FIRST_PAUSE,
        DEFAULT_MAX_ATTEMPTS, DEFAULT_OPERATION_TIMEOUT, FirstFactor, ForgotPassword, HttpsClient,
        LONGEST_RETRY_PAUSE, MfaSetup, NewPassword, OtherChallenge, PasskeyAssertion,
        PasskeyChallenge, PasskeyDescriptor, PasskeyRequestOptions, PasswordChallenge, PasswordSrp,
        Refused, ResendConfirmationCode, Respond, Retries, SavedChallenge, SelectChallenge,
        SelectMfa, SignInBuilder, SignInRequest, SignUp, SignUpBuilder, SignedUp,
        SoftwareTokenSetup, UserPoolBuilder,
    };

    #[doc(no_inline)]
    pub use crate::{Challenge, SignIn, UserPool};
}

pub mod session {
    //! Sessions, their tokens, and the stores that keep them.
    //!
    //! A [`Session`] is a [`TokenSource`]; a [`TokenStore`] keeps it when the program restarts.

    pub use cognito_core::{
        API_SCOPE, AdoptedSession, DerivedToken, DeviceCredentials, STORE_TIMEOUT, SessionError,
        SessionEvent, TokenExchange,
    };
    #[cfg(feature = "file-store")]
    pub use cognito_core::{FILE_STORE_LOCK_TIMEOUT, FILE_STORE_MAX_SESSION_BYTES, FileStoreError};
    #[cfg(feature = "keyring-store")]
    pub use cognito_core::{KeyringStore, KeyringStoreError};
    #[cfg(feature = "redis-store")]
    pub use cognito_core::{REDIS_STORE_MAX_SESSION_BYTES, RedisStore, RedisStoreError};
    pub use cognito_types::{
        FIRST_REJECTION_PAUSE, IssuedToken, LONGEST_REJECTION_PAUSE, RejectionPauses, Revision,
        SecurityToken, SecurityTokenKind, SessionKey, StoreError, StoredSession, Swap, TokenError,
        TokenErrorKind, TokenKind, TokenRefresher, TokenRequest, TokenSet, TokenSource,
    };

    #[cfg(feature = "file-store")]
    #[doc(no_inline)]
    pub use crate::FileStore;
    #[doc(no_inline)]
    pub use crate::{MemoryStore, Session, TokenStore};
}

pub mod account {
    //! Profile, MFA, passkeys and devices of a signed-in user: arguments and results of the methods
    //! of [`Session`](crate::Session).

    pub use cognito_core::{
        AttributeChanges, AttributeError, AttributeNames, Attributes, AuthFactors, Device, Factor,
        InvalidPasskey, MfaOption, MfaPreference, OtpAuthUri, Passkey, PasskeyCreationOptions,
        PasskeyRegistration, SendAttributeCode, SoftwareTokenAssociation, UpdateUserAttributes,
        User, UserSession, VerifySoftwareToken,
    };
    #[cfg(feature = "qr")]
    pub use cognito_core::{QrCodeTooLong, QrText};
}

#[cfg(feature = "admin")]
pub mod admin {
    //! Administration of users, groups, app clients and user pools, with AWS credentials.
    //!
    //! Start at [`Admin`] for one pool and at [`UserPools`] for the pools of an account.

    pub use cognito_core::{
        AppClientSecret, AttemptOutcome, ClientHandle, ConfirmUser, CreateGroup, CreateUser,
        DomainHandle, ExternalIdentity, Filter, FilterField, Group, GroupHandle,
        IdentityProviderHandle, ImportJobHandle, Permits, PoolAsAdmin, PoolHandle, RequestAttempt,
        ResendInvitation, ResetPassword, ResourceServerHandle, SdkHttpClient, UpdateAttributes,
        UpdateGroup, UserHandle, UserList, UserRecord, UserStatus,
    };
    #[doc(no_inline)]
    pub use {
        aws_credential_types::{Credentials, provider::SharedCredentialsProvider},
        aws_types::{SdkConfig, region::Region as SdkRegion},
    };

    #[doc(no_inline)]
    pub use crate::{Admin, UserPools};
}

#[cfg(feature = "credentials")]
pub mod identity_pool {
    //! AWS credentials for a signed-in session or a guest, from an identity pool.
    //!
    //! Start at [`IdentityPoolCredentials`], a credentials provider for clients of the AWS SDK.

    #[doc(no_inline)]
    pub use aws_credential_types::{Credentials, provider::ProvideCredentials};
    pub use cognito_core::{
        IdentityCache, IdentityCredentials, IdentityKey, IdentityPoolCredentials,
        IdentityPoolCredentialsBuilder, IdentityPoolLogin, OpenIdToken,
    };
    pub use cognito_types::{IdentityId, IdentityPoolId, InvalidIdentityPoolId};
}

#[cfg(feature = "bulk")]
pub mod bulk {
    //! Jobs over whole pools, and request rates within the quotas of an account.

    pub use cognito_bulk::{
        Audit, AuditCost, AuditPlan, AuditReport, CategoryUsage, ClosedQuotes, CsvImport,
        CsvImportPlan, CsvImportReport, DEFAULT_RESERVE, DEFAULT_SHARD_USERS, DEFAULT_STALE_AFTER,
        Export, ExportPlan, ExportReport, Finding, FindingKind, GroupOverlap, GroupSummary, Import,
        ImportPlan, InvalidJobShard, ItemOutcome, JobError, JobEvent, JobProgress, JobRun,
        JobShard, LIMIT_OF_USER, MAX_REJECTED_LINES, MAX_USERS_OF_JOB, MAX_UTILIZATION, MassChange,
        MassChangePlan, Memberships, OpenQuotes, OutcomeCounts, Quota, QuotaBuilder, RejectedLine,
        RejectionReason, StatusCount, StopHandle, UserChange, UserImportJobOutcome, UserNames,
        UserQuery, UserSelection, WriteReport, plan_with_events,
    };
    #[cfg(feature = "bulk-redis")]
    pub use cognito_bulk::{
        ClaimError, ClaimOutcome, DEFAULT_LEASE, MAX_CLAIMED_PARTS, PartClaim, PartState,
        PartStatus, RedisClaims, RedisPermits, RedisServerError,
    };

    #[doc(no_inline)]
    pub use crate::types::QuotaCategory;
}

pub mod verify {
    //! Verification of tokens, for services that receive them.
    //!
    //! Start at [`Verifier`]; [`TokenRules`] checks claims without I/O.

    #[cfg(feature = "fetch")]
    pub use cognito_tokens::ReqwestFetcher;
    #[cfg(feature = "alb")]
    pub use cognito_tokens::{AlbClaims, AlbVerifier, InvalidLoadBalancerArn, LoadBalancerArn};
    #[cfg(feature = "api-gateway")]
    pub use cognito_tokens::{
        ApiGateway, AuthorizerError, AuthorizerEvent, AuthorizerGrant, AuthorizerResponse,
        LambdaAuthorizer,
    };
    pub use cognito_tokens::{
        CacheStatus, Callers, Clients, CustomClaimsError, DEFAULT_LEEWAY, DEFAULT_MAX_TOKEN_BYTES,
        FAILURE_BACK_OFF, FETCH_TIME_LIMIT, FetchError, FetchKeys, InvalidKeySet, InvalidSavedKeys,
        KEY_SET_MAX_AGE, KEY_SET_OUTAGE_LIMIT, KEY_SET_REFRESH_AGE, KeySet, KeySetStatus, KeysFrom,
        MAX_FAILURE_BACK_OFF, MAX_KEY_SET_BYTES, PoolFailure, PrefetchError, ROTATION_GRACE,
        Reason, Required, RevocationList, TokenIds, TokenRules, UNKNOWN_KEY_COOLDOWN,
        VerifierBuilder, VerifyError,
    };

    #[doc(hidden)]
    pub use cognito_tokens::{PlainHttpHosts, is_loopback};

    #[doc(no_inline)]
    pub use crate::{AccessClaims, IdClaims, Verifier};
}

#[cfg(any(
    feature = "axum",
    feature = "m2m",
    feature = "managed-login",
    feature = "reqwest",
    feature = "session",
    feature = "tower",
    feature = "tower-client"
))]
pub mod http {
    //! Tokens on outgoing and incoming HTTP requests.
    //!
    //! Outgoing: `BearerAuth` is middleware for reqwest (feature `reqwest`), `BearerLayer` a layer
    //! for tower clients (`tower-client`). [`CachedTokens`] caches tokens that your own function
    //! fetches, `ClientCredentials` fetches tokens of programs and `TokenExchanger` tokens on
    //! behalf of users (`m2m`), and `LazySession` signs a user in when a token is first needed
    //! (`session`).
    //!
    //! Incoming: `VerifyLayer` and rules such as `require_scope` for tower (`tower`), and
    //! extractors for axum (`axum`).

    #[cfg(feature = "reqwest")]
    pub use cognito_http::{BearerAuth, HeaderAuth, token_error};
    #[cfg(feature = "tower-client")]
    pub use cognito_http::{BearerLayer, BearerService};
    pub use cognito_http::{
        CachedTokens, FETCH_TIMEOUT, FIRST_PAUSE, LONGEST_PAUSE, LONGEST_REFUSED_PAUSE,
        MIN_REJECTED_AGE, REFUSED_PAUSE, bearer_value,
    };
    #[cfg(feature = "m2m")]
    pub use cognito_http::{
        ClientCredentials, ClientCredentialsBuilder, MachineTokenCache, MachineTokenKey,
        MemoryTokenCache, OnBehalfOf, TokenEndpointError, TokenExchanger, TokenExchangerBuilder,
    };
    #[cfg(feature = "axum")]
    pub use cognito_http::{CustomClaims, VerifiedAccess, VerifiedId, VerifiedToken};
    #[cfg(any(feature = "reqwest", feature = "tower-client"))]
    pub use cognito_http::{InvalidOrigin, NoToken, Origins, OriginsBuilder, TokenFrom};
    #[cfg(feature = "session")]
    pub use cognito_http::{LazySession, SIGN_IN_TIMEOUT};
    #[cfg(feature = "tower")]
    pub use cognito_http::{
        Refusal, RequireLayer, RequireService, VerifyLayer, VerifyService, require, require_client,
        require_clients, require_group, require_groups, require_id, require_scope, require_scopes,
    };

    #[cfg(feature = "managed-login")]
    #[doc(no_inline)]
    pub use crate::managed_login;
}

#[cfg(feature = "emulator")]
pub mod emulator;

pub mod types {
    //! Ids, secrets, requests, lists, quota categories and the clock, which the other modules share.

    pub use cognito_core::{List, ListStream, MAX_PAGE_SIZE, Page, PageToken, Pages, Request};
    pub use cognito_types::{
        AccessToken, BoxFuture, ChallengeSession, ClientId, ClientSecret, Clock, Code, FlightError,
        HttpError, HttpErrorKind, IdToken, InvalidClientSecret, InvalidRegion, InvalidUserPoolId,
        Lifetime, Moment, Password, PerRuntime, PublishedSecret, QuotaCategory, RefreshToken,
        Region, RuntimeId, SecretSource, SendHttp, SingleFlight, SoftwareTokenSecret, SystemClock,
    };

    #[doc(no_inline)]
    pub use crate::UserPoolId;
}

#[cfg(all(doc, not(doctest)))]
pub mod guide;

#[cfg(doctest)]
mod misuse;
