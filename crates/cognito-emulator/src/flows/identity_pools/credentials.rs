//! Fake AWS credentials of identities.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::login::{Logins, VerifiedLogin};
use super::{identity, role};
use crate::flows::service::Service;
use crate::model::ServiceError;
use crate::state::identity_pool::credentials::{
    CredentialsRecord, IssuedCredentials, LIFETIME, SESSION_NAME,
};

/// The credentials in a response.
pub(crate) struct AwsCredentials {
    pub(crate) identity_id: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: String,
    /// Seconds since 1970.
    pub(crate) expiration: u64,
}

/// Issues credentials of the requested role, or of the role that the identity pool selects.
pub(crate) fn issue(
    service: &Service,
    identity_id: &str,
    logins: &Logins,
    requested_role: Option<String>,
) -> Result<AwsCredentials, ServiceError> {
    let (pool, logins) = identity::verified(service, identity_id, logins)?;
    let (date, now) = (service.shared.date(), service.shared.now());
    let issued = service.with_identity_pools(|pools| {
        let union = identity::resolve(pools, identity_id, &logins)?;
        // Selected before the identity changes, because a rejected request must not link or merge.
        let role_arn = role::choose(&pool, &logins, requested_role)?;
        Ok::<_, ServiceError>(IssuedCredentials {
            identity_pool_id: pool.id.clone(),
            identity_id: union.apply(pools, &logins, date),
            role_arn,
            role_session_name: SESSION_NAME.to_owned(),
            logins: logins.iter().map(provider).collect(),
        })
    })?;
    Ok(make_up(service, issued, now.saturating_add(LIFETIME)))
}

/// Creates fake credentials with an expiration time, and stores their record.
pub(super) fn make_up(
    service: &Service,
    issued: IssuedCredentials,
    expiration: u64,
) -> AwsCredentials {
    let credentials = random(service, &issued, expiration);
    let (key, now) = (credentials.access_key_id.clone(), service.shared.now());
    service.with_identity_pools(|pools| pools.credentials.insert(key, issued, expiration, now));
    credentials
}

/// Returns the identity and the role of credentials, or `None` if they are unknown or were dropped.
pub(crate) fn find(service: &Service, access_key_id: &str) -> Option<CredentialsRecord> {
    service.with_identity_pools(|pools| {
        let (issued, ends) = pools.credentials.get(access_key_id)?;
        Some(issued.record(access_key_id, ends))
    })
}

fn provider(login: &VerifiedLogin) -> String {
    login.login.provider.clone()
}

fn random(service: &Service, issued: &IssuedCredentials, expiration: u64) -> AwsCredentials {
    let mut random = service.random();
    AwsCredentials {
        identity_id: issued.identity_id.clone(),
        access_key_id: random.access_key_id(),
        secret_key: STANDARD.encode(random.bytes::<30>()),
        session_token: issued.session_token(&random.opaque(64)),
        expiration,
    }
}
