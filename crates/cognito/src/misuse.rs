//! Programs that must not compile. Each differs by one mistake from the program above it.
//!
//! Stable rustdoc checks that they fail to compile, nightly rustdoc also checks the error code.
//!
//! Responding to a challenge consumes it:
//!
//! ```
//! use cognito::sign_in::CodeChallenge;
//! use cognito::{Error, SignIn};
//!
//! async fn respond(mfa: CodeChallenge) -> Result<SignIn, Error> {
//!     Ok(mfa.respond("123456").await?)
//! }
//! ```
//!
//! ```compile_fail,E0382
//! use cognito::sign_in::CodeChallenge;
//! use cognito::{Error, SignIn};
//!
//! async fn respond(mfa: CodeChallenge) -> Result<SignIn, Error> {
//!     drop(mfa.respond("123456").await?);
//!     Ok(mfa.respond("123456").await?)
//! }
//! ```
//!
//! Only a refused response returns it:
//!
//! ```
//! use cognito::sign_in::CodeChallenge;
//! use cognito::{Error, SignIn};
//!
//! async fn respond(mfa: CodeChallenge) -> Result<SignIn, Error> {
//!     match mfa.respond("123456").await {
//!         Ok(next) => Ok(next),
//!         Err(refused) => Ok(refused.retry()?.respond("234567").await?),
//!     }
//! }
//! ```
//!
//! ```compile_fail,E0382
//! use cognito::sign_in::CodeChallenge;
//! use cognito::{Error, SignIn};
//!
//! async fn respond(mfa: CodeChallenge) -> Result<SignIn, Error> {
//!     match mfa.respond("123456").await {
//!         Ok(next) => Ok(next),
//!         Err(_) => Ok(mfa.respond("234567").await?),
//!     }
//! }
//! ```
//!
//! A challenge accepts only its own type of response: a password is not a code.
//!
//! ```
//! use cognito::sign_in::CodeChallenge;
//! use cognito::types::Code;
//!
//! fn respond(mfa: CodeChallenge, code: Code) {
//!     drop(mfa.respond(code));
//! }
//! ```
//!
//! ```compile_fail,E0277
//! use cognito::sign_in::CodeChallenge;
//! use cognito::types::Password;
//!
//! fn respond(mfa: CodeChallenge, code: Password) {
//!     drop(mfa.respond(code));
//! }
//! ```
//!
//! An ID token is not accepted in place of an access token:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use cognito::session::TokenSet;
//! use cognito::types::AccessToken;
//!
//! fn set(token: AccessToken, now: SystemTime) -> TokenSet {
//!     TokenSet::new(token, now, Duration::from_secs(300))
//! }
//! ```
//!
//! ```compile_fail,E0277
//! use std::time::{Duration, SystemTime};
//! use cognito::session::TokenSet;
//! use cognito::types::IdToken;
//!
//! fn set(token: IdToken, now: SystemTime) -> TokenSet {
//!     TokenSet::new(token, now, Duration::from_secs(300))
//! }
//! ```
//!
//! The claims of access tokens and ID tokens have separate types:
//!
//! ```
//! use cognito::verify::VerifyError;
//! use cognito::{AccessClaims, Verifier};
//!
//! async fn claims(verifier: &Verifier, token: &str) -> Result<AccessClaims, VerifyError> {
//!     verifier.access_token(token).await
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use cognito::verify::VerifyError;
//! use cognito::{AccessClaims, Verifier};
//!
//! async fn claims(verifier: &Verifier, token: &str) -> Result<AccessClaims, VerifyError> {
//!     verifier.id_token(token).await
//! }
//! ```
//!
//! Sign-out consumes the session:
//!
//! ```
//! use cognito::Session;
//! use cognito::session::SessionError;
//!
//! async fn leave(session: Session) -> Result<(), SessionError> {
//!     drop(session.access_token().await?);
//!     session.sign_out().await
//! }
//! ```
//!
//! ```compile_fail,E0382
//! use cognito::Session;
//! use cognito::session::SessionError;
//!
//! async fn leave(session: Session) -> Result<(), SessionError> {
//!     session.sign_out().await?;
//!     drop(session.access_token().await?);
//!     Ok(())
//! }
//! ```
//!
//! A secret cannot be printed or serialized by accident:
//!
//! ```
//! fn show(token: cognito::types::AccessToken) -> String {
//!     format!("{token:?}")
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn show(token: cognito::types::AccessToken) -> String {
//!     format!("{token}")
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn show(token: cognito::types::AccessToken) -> Result<String, serde_json::Error> {
//!     serde_json::to_string(&token)
//! }
//! ```
//!
//! Administration requires AWS credentials: a pool id is not enough,
//!
//! ```
//! use cognito::{Admin, Error, UserPoolId};
//!
//! async fn disable(config: &cognito::admin::SdkConfig, id: UserPoolId) -> Result<(), Error> {
//!     Admin::new(config, id).user("bob").disable().await
//! }
//! ```
//!
//! ```compile_fail,E0061
//! use cognito::{Admin, Error, UserPoolId};
//!
//! async fn disable(id: UserPoolId) -> Result<(), Error> {
//!     Admin::new(id).user("bob").disable().await
//! }
//! ```
//!
//! and a pool has no methods of an administrator:
//!
//! ```
//! use cognito::{Error, UserPool};
//!
//! async fn disable(config: &cognito::admin::SdkConfig, pool: UserPool) -> Result<(), Error> {
//!     pool.admin(config).user("bob").disable().await
//! }
//! ```
//!
//! ```compile_fail,E0599
//! use cognito::{Error, UserPool};
//!
//! async fn disable(pool: UserPool) -> Result<(), Error> {
//!     pool.user("bob").disable().await
//! }
//! ```
