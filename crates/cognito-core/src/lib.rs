#![doc = include_str!("../README.md")]

mod attributes;
mod carrier;
mod challenge;
mod client_secret;
mod delivery;
mod enrolment;
mod error;
mod file_store;
mod http_client;
mod key_fetcher;
mod mfa;
mod passkey;
mod pool;
mod refused;
mod session;
mod sign_in;
mod sign_up;
mod user;

pub use attributes::{AttributeChanges, AttributeError, AttributeNames, Attributes};
pub use challenge::{
    Challenge, EmailOtp, MfaSetup, NewPassword, OtherChallenge, SelectMfa, SmsMfa, SoftwareToken,
    SoftwareTokenSetup,
};
// What every program that signs users in needs of the crate below.
pub use cognito_tokens::{
    AccessClaims, AccessToken, ChallengeSession, ClientId, ClientSecret, Clock, Code, IdClaims,
    IdToken, InvalidUserPoolId, MemoryStore, Password, RefreshToken, SessionKey,
    SoftwareTokenSecret, TokenSet, TokenStore, UserPoolId,
};
pub use delivery::CodeDelivery;
pub use enrolment::OtpAuthUri;
#[cfg(feature = "qr")]
pub use enrolment::{QrCodeTooLong, QrText};
pub use error::{Error, ErrorKind, Fault};
pub use file_store::{
    FILE_STORE_LOCK_TIMEOUT, FILE_STORE_MAX_SESSION_BYTES, FileStore, FileStoreError,
};
pub use mfa::{Factor, MfaPreference, SoftwareTokenAssociation};
pub use passkey::{
    InvalidPasskey, PasskeyAssertion, PasskeyCreationOptions, PasskeyDescriptor,
    PasskeyRegistration, PasskeyRequestOptions,
};
pub use pool::{
    DEFAULT_ATTEMPT_TIMEOUT, DEFAULT_AUTH_SESSION_VALIDITY, DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_OPERATION_TIMEOUT, UserPool, UserPoolBuilder,
};
pub use refused::Refused;
pub use session::Session;
pub use sign_in::{PasswordSignIn, SignIn, SignInBuilder};
pub use sign_up::{SignUp, SignUpBuilder, SignedUp};
pub use user::User;
