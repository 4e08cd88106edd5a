//! `POST /oauth2/revoke`: revokes a refresh token and its session (RFC 7009).

use std::sync::Arc;

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::tokens::revocation::{self, RevocationError};
use crate::flows::user_sessions::Associated;
use crate::operations::managed_login::client::{ClientRequest, OAuthError, authenticate};

/// Revokes a token. A token of another client is treated as unknown, which is not an error.
pub(crate) fn revoke(
    service: &Arc<Service>,
    request: &ClientRequest<'_>,
) -> Result<(), OAuthError> {
    let ClientRequest { form, login, .. } = request;
    let context = authenticate(service, request, Caller::client(&login.id))?;
    let token = form.get("token").ok_or(OAuthError::INVALID_REQUEST)?;
    let revoke = |step: &mut Step<'_>| revocation::revoke(step, &login.id, token, Associated::None);
    let revoked = context.step(revoke);
    match revoked.map_err(|_| OAuthError::INVALID_CLIENT)? {
        Ok(()) | Err(RevocationError::OtherClient) => Ok(()),
        Err(RevocationError::Disabled) => Err(OAuthError::INVALID_REQUEST),
        Err(RevocationError::NoRefreshToken) => Err(OAuthError::UNSUPPORTED_TOKEN_TYPE),
    }
}
