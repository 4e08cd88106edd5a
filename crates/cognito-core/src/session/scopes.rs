//! The scopes of a session's token: the one that operations of signed-in users require, checked
//! before a request is sent, and those that a client requests.

use cognito_tokens::AccessClaims;
use cognito_types::{AccessToken, TokenKind, TokenRequest};

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::transport::Operation;

/// The scope that operations of signed-in users require in the access token.
///
/// Tokens of sign-ins with the API have it. Tokens of managed login have it if it was requested and
/// the app client allows it.
pub const API_SCOPE: &str = "aws.cognito.signin.user.admin";

impl Session {
    /// Returns the access token for an operation, refreshing it first if it has expired.
    pub(super) async fn token_for(&self, operation: Operation) -> Result<AccessToken, Error> {
        let current = self.fresh().await?;
        require_scope(&current.claims.access, operation)?;
        Ok(current.tokens.set.access_token().clone())
    }
}

fn require_scope(claims: &AccessClaims, operation: Operation) -> Result<(), Error> {
    // A token without any scope, such as one of another emulator, is left to the service to check.
    if claims.has_scope(API_SCOPE) || claims.scopes().next().is_none() {
        return Ok(());
    }
    let name = operation.name();
    let error = Error::new(ErrorKind::MissingScope).not_sent().of_operation(name);
    Err(error.with_detail(format!("{name} requires {API_SCOPE}; sign in with it")))
}

/// Checks that the token has the requested scopes: a refresh does not change them, so a session
/// cannot get another token.
pub(super) fn require_requested(
    claims: &AccessClaims,
    request: &TokenRequest,
) -> Result<(), Error> {
    let is_access = request.kind() == TokenKind::Access;
    let missing = request.scopes().iter().find(|scope| !is_access || !claims.has_scope(scope));
    let Some(scope) = missing else { return Ok(()) };
    let detail = if is_access {
        format!("the session's access token does not have the scope {scope}; sign in with it")
    } else {
        "an ID token has no scopes; request an access token, or no scopes".to_owned()
    };
    Err(Error::new(ErrorKind::Configuration).with_detail(detail))
}
