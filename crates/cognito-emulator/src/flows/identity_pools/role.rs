//! The selection of an identity's role.

use super::login::VerifiedLogin;
use crate::model::ServiceError;
use crate::state::identity_pool::IdentityPool;
use crate::state::identity_pool::role_mapping::{Choice, roles_of_token};

/// Returns the role for an identity with these logins: the requested one, the role of a mapping, or
/// the default of the pool. If several logins have a mapping, the first one decides, which is a
/// guess.
pub(super) fn choose(
    pool: &IdentityPool,
    logins: &[VerifiedLogin],
    requested: Option<String>,
) -> Result<String, ServiceError> {
    if let Some(role) = requested {
        let is_offered =
            |login: &VerifiedLogin| roles_of_token(&login.claims).any(|own| own == role);
        return if logins.iter().any(is_offered) { Ok(role) } else { Err(forbidden(&role)) };
    }
    for login in logins {
        let key = &login.mapping_key;
        match pool.role_mappings.get(key).map(|mapping| mapping.choice(&login.claims)) {
            Some(Choice::Role(role)) => return Ok(role.to_owned()),
            Some(Choice::Denied) => return Err(denied(key)),
            Some(Choice::Default) | None => {}
        }
    }
    let kind = if logins.is_empty() { "unauthenticated" } else { "authenticated" };
    pool.roles.get(kind).cloned().ok_or_else(|| {
        ServiceError::invalid_identity_pool_configuration(
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        )
    })
}

/// Returns the message of SetIdentityPoolRoles (boto3#73); the message for CustomRoleArn is not
/// known.
fn forbidden(role: &str) -> ServiceError {
    ServiceError::not_authorized(format!("Access to Role '{role}' is forbidden."))
}

/// Returns the message of a public report (amplify-js#8644), in which the key is omitted.
fn denied(key: &str) -> ServiceError {
    ServiceError::not_authorized(format!(
        "The ambiguous role mapping rules for: {key} denied this request."
    ))
}
