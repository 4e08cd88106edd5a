//! Revocation of a refresh token and of all tokens of its sign-in.

use crate::flows::step::Step;
use crate::flows::user_sessions::{Associated, revoke_browser_session_of};
use crate::model::ServiceError;

/// The reason why a token is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevocationError {
    /// The client's EnableTokenRevocation is off.
    Disabled,
    /// The token is an access or ID token.
    NoRefreshToken,
    /// The token was issued to another client.
    OtherClient,
}

/// Revokes a token of a client, and the associated sessions that are included. An unknown token is
/// ignored.
pub(crate) fn revoke(
    step: &mut Step<'_>,
    client_id: &str,
    token: &str,
    associated: Associated,
) -> Result<Result<(), RevocationError>, ServiceError> {
    if !step.pool.client(client_id)?.settings.can_revoke() {
        return Ok(Err(RevocationError::Disabled));
    }
    // Access and ID tokens have three parts, refresh tokens five.
    if token.split('.').count() == 3 {
        return Ok(Err(RevocationError::NoRefreshToken));
    }
    if step.pool.sign_ins.client_of(token).is_some_and(|owner| owner != client_id) {
        return Ok(Err(RevocationError::OtherClient));
    }
    if let Some(record) = step.pool.sign_ins.revoke(token).cloned() {
        // Without session tracking, the member has no effect (API reference, RevokeToken).
        if step.pool.records.sessions.are_tracked() {
            revoke_browser_session_of(step, &record, associated);
        }
    }
    Ok(Ok(()))
}
