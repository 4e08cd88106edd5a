//! AssumeRoleWithWebIdentity with an OpenID token of an identity, in the classic flow.

use serde_json::{Map, Value};

use super::credentials::{self, AwsCredentials};
use super::login::text;
use super::open_id_token::{self, TokenError};
use crate::flows::service::Service;
use crate::state::identity_pool::credentials::IssuedCredentials;

/// A request to assume a role.
pub(crate) struct Assumption {
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) token: String,
    /// The validity of the credentials in seconds.
    pub(crate) lifetime: u64,
}

/// The credentials of an assumed role, with their identity.
pub(crate) struct AssumedRole {
    /// The identity.
    pub(crate) subject: String,
    /// The identity pool.
    pub(crate) audience: String,
    pub(crate) credentials: AwsCredentials,
}

/// Assumes a role. Every role can be assumed, because the emulator has no trust policies.
pub(crate) fn assume(service: &Service, assumption: Assumption) -> Result<AssumedRole, TokenError> {
    let Assumption { role_arn, session_name, token, lifetime } = assumption;
    let claims = open_id_token::verify(service, &token)?;
    let claim = |name| text(&claims, name).unwrap_or_default().to_owned();
    let (subject, audience) = (claim("sub"), claim("aud"));
    let issued = IssuedCredentials {
        identity_pool_id: audience.clone(),
        identity_id: subject.clone(),
        role_arn,
        role_session_name: session_name,
        logins: providers(&claims),
    };
    let expiration = service.shared.now().saturating_add(lifetime);
    let credentials = credentials::make_up(service, issued, expiration);
    Ok(AssumedRole { subject, audience, credentials })
}

/// Returns the providers in `amr`, where each is followed by the user.
fn providers(claims: &Map<String, Value>) -> Vec<String> {
    let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    methods.skip(1).step_by(2).filter_map(Value::as_str).map(str::to_owned).collect()
}
