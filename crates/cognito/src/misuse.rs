//! Programs that must not compile. Each is the one above it with one mistake.
//!
//! Stable rustdoc sees that they fail, nightly's also that it is for the reason they name.
//!
//! The response to a challenge consumes it:
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
//! Only the refusal gives it back:
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
//! A challenge takes the type of response that it asks for: a new password is no code.
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
//! A token of one use does not stand for the other:
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
//! And neither do claims, of which each use has its own type:
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
//! A secret is not printed by accident, and serde does not write it down:
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
//! Administration requires AWS credentials: a pool alone makes no administrator,
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
//! and has none of an administrator's calls:
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
