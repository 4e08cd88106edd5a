#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "admin")]
mod admin;
mod admin_access;
mod app_client;
mod attributes;
mod challenge;
mod context;
mod delivery;
mod derived_token;
mod device;
mod enrolment;
mod error;
#[cfg(feature = "file-store")]
mod file_store;
#[cfg(feature = "credentials")]
mod identity_pool;
mod kept_device;
mod key_fetcher;
#[cfg(feature = "keyring-store")]
mod keyring_store;
mod list;
mod mfa;
mod passkey;
mod pool;
#[cfg(feature = "admin")]
mod pool_as_admin;
mod profile;
mod recovery;
#[cfg(feature = "redis-store")]
mod redis_store;
mod refused;
mod request;
mod saved;
mod session;
#[cfg(any(feature = "file-store", feature = "redis-store"))]
mod session_format;
mod settings;
mod sign_in;
mod sign_up;
mod token_exchange;
mod transport;
mod unverified;
mod user;
mod user_session;

#[cfg(feature = "admin")]
pub use admin::{
    Admin, AppClientSecret, ClientHandle, ConfirmUser, CreateGroup, CreateUser, DomainHandle,
    ExternalIdentity, Filter, FilterField, Group, GroupHandle, IdentityProviderHandle,
    ImportJobHandle, PoolHandle, ResendInvitation, ResetPassword, ResourceServerHandle,
    SdkHttpClient, UpdateAttributes, UpdateGroup, UserHandle, UserList, UserPools, UserRecord,
    UserStatus,
};
pub use attributes::{AttributeChanges, AttributeError, AttributeNames, Attributes};
/// The AWS SDK for user pools, with the types of the settings of pools and app clients.
#[cfg(feature = "admin")]
pub use aws_sdk_cognitoidentityprovider as sdk;
pub use challenge::{
    Challenge, ChallengeKind, CodeChallenge, CustomChallenge, MfaSetup, NewPassword,
    OtherChallenge, PasskeyChallenge, PasswordChallenge, PasswordSrp, Respond, SelectChallenge,
    SelectMfa, SignIn, SoftwareTokenSetup,
};
// Programs that sign users in need these types of the lower crates.
pub use cognito_tokens::{AccessClaims, IdClaims};
pub use cognito_types::{
    AccessToken, ChallengeSession, ClientId, ClientSecret, Clock, Code, IdToken, InvalidUserPoolId,
    MemoryStore, Password, RefreshToken, SessionKey, SoftwareTokenSecret, TokenSet, TokenStore,
    UserPoolId,
};
pub use context::ContextData;
pub use delivery::CodeDelivery;
pub use derived_token::DerivedToken;
pub use device::{Device, DeviceCredentials};
pub use enrolment::OtpAuthUri;
#[cfg(feature = "qr")]
pub use enrolment::{QrCodeTooLong, QrText};
pub use error::{Error, ErrorKind, Fault};
#[cfg(feature = "file-store")]
pub use file_store::{
    FILE_STORE_LOCK_TIMEOUT, FILE_STORE_MAX_SESSION_BYTES, FileStore, FileStoreError,
};
#[cfg(feature = "credentials")]
pub use identity_pool::{
    IdentityCache, IdentityCredentials, IdentityKey, IdentityPoolCredentials,
    IdentityPoolCredentialsBuilder, IdentityPoolLogin, OpenIdToken,
};
#[cfg(feature = "keyring-store")]
pub use keyring_store::{KeyringStore, KeyringStoreError};
pub use list::{List, ListStream, MAX_PAGE_SIZE, Page, PageToken, Pages};
pub use mfa::{Factor, MfaOption, MfaPreference, SoftwareTokenAssociation};
pub use passkey::{
    InvalidPasskey, PasskeyAssertion, PasskeyCreationOptions, PasskeyDescriptor,
    PasskeyRegistration, PasskeyRequestOptions,
};
pub use pool::{DEFAULT_AUTH_SESSION_VALIDITY, UserPool, UserPoolBuilder};
#[cfg(feature = "admin")]
pub use pool_as_admin::PoolAsAdmin;
pub use recovery::{ConfirmForgotPassword, ForgotPassword};
#[cfg(feature = "redis-store")]
pub use redis_store::{REDIS_STORE_MAX_SESSION_BYTES, RedisStore, RedisStoreError};
pub use refused::Refused;
pub use request::Request;
pub use saved::SavedChallenge;
pub use session::{
    API_SCOPE, AdoptedSession, STORE_TIMEOUT, SendAttributeCode, Session, SessionError,
    SessionEvent, UpdateUserAttributes, VerifySoftwareToken,
};
pub use sign_in::{FirstFactor, SignInBuilder, SignInRequest};
pub use sign_up::{
    ConfirmSignUp, ConfirmedSignUp, ResendConfirmationCode, SignUp, SignUpBuilder, SignedUp,
};
pub use token_exchange::TokenExchange;
pub use transport::{
    AttemptOutcome, DEFAULT_ATTEMPT_TIMEOUT, DEFAULT_CONNECT_TIMEOUT, DEFAULT_FIRST_PAUSE,
    DEFAULT_MAX_ATTEMPTS, DEFAULT_OPERATION_TIMEOUT, HttpsClient, LONGEST_RETRY_PAUSE, Permits,
    RequestAttempt, Retries,
};
pub use user::{AuthFactors, Passkey, User};
pub use user_session::UserSession;
