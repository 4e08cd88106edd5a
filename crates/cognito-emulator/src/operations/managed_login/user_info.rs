//! `GET` and `POST /oauth2/userInfo`: the attributes of a user, for an access token with `openid`.

use serde_json::{Map, Value};

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::flows::tokens::authorized_for;
use crate::model::ServiceError;
use crate::operations::managed_login::client::OAuthError;
use crate::operations::managed_login::pool;
use crate::state::identity;
use crate::state::managed_login::Grant;
use crate::state::sign_in_record::SignInRecord;

/// Returns the attributes that the scopes of a token allow. All values are strings: the service
/// returns `"email_verified":"true"` (zitadel/oidc#137, coreos/go-oidc#249).
///
/// # Errors
///
/// Returns `invalid_request` without a token, and `invalid_token` for a token without the scope or
/// of another pool than the host.
pub(crate) fn user_info(
    service: &Service,
    host: Option<&str>,
    token: Option<&str>,
) -> Result<Map<String, Value>, OAuthError> {
    const MALFORMED: &str = "Bad OAuth2 request at UserInfo Endpoint";
    const INVALID: &str = "Access token is expired, disabled, or deleted, or the user has globally \
                           signed out.";
    let token = token.ok_or_else(|| OAuthError::INVALID_REQUEST.described(MALFORMED))?;
    let of_host = host.and_then(|host| pool::of_host(service, host));
    let shown =
        authorized_for(service, token, "openid", &mut Caller::default(), |step, record, scopes| {
            match of_host.is_none_or(|id| id == step.pool.id.as_str()) {
                true => shown(step, record, scopes),
                false => Err(ServiceError::not_authorized(INVALID)),
            }
        });
    // The guide documents the same description for every invalid token.
    shown.map_err(|_| OAuthError::INVALID_TOKEN.described(INVALID))
}

fn shown(
    step: &mut Step<'_>,
    record: &SignInRecord,
    scopes: Vec<String>,
) -> Result<Map<String, Value>, ServiceError> {
    let client = step.pool.client(&record.client_id)?;
    let user = step.pool.users.get(&record.username).ok_or_else(ServiceError::user_unknown)?;
    let grant = Grant { scopes, resource: None };
    let is_shown = |name: &str| client.can_read(name) && grant.shows(name);
    let attributes = user.attributes().iter().filter(|(name, _)| is_shown(name));
    let attributes =
        attributes.map(|(name, value)| (name.to_owned(), identity::shown(name, value).into()));
    let own = [("sub", &*user.sub), ("username", &*user.username)];
    Ok(attributes.chain(own.map(|(name, value)| (name.to_owned(), value.into()))).collect())
}
