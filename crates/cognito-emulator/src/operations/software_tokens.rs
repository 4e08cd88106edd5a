//! AssociateSoftwareToken and VerifySoftwareToken, with an access token or during a sign-in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::flows::caller::Caller;
use crate::flows::service::{PoolCell, Service};
use crate::flows::sign_in::challenges::set_up;
use crate::flows::step::Step;
use crate::flows::tokens::authorized;
use crate::model::ServiceError;
use crate::state::challenge::invalid_session;
use crate::state::totp::{SoftwareToken, set_up_mismatch};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociateRequest {
    access_token: Option<String>,
    session: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociateResponse {
    secret_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

pub(super) fn associate(
    service: &Service,
    request: AssociateRequest,
) -> Result<AssociateResponse, ServiceError> {
    match (request.access_token, request.session) {
        (Some(token), _) => authorized(service, &token, &mut Caller::default(), |step, record| {
            set_up::check_offers_software_tokens(step.pool)?;
            let software_token = SoftwareToken::new(step.random.bytes());
            let secret = software_token.secret_code();
            let user = step.pool.user_mut(&record.username)?;
            user.change_extras(|extras| extras.associated_token = Some(software_token));
            Ok(AssociateResponse { secret_code: secret, session: None })
        }),
        (None, Some(session)) => in_session(service, &session, |step| {
            let (secret, session) = set_up::associate(step, &session)?;
            Ok(AssociateResponse { secret_code: secret, session: Some(session) })
        }),
        (None, None) => Err(neither()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VerifyRequest {
    access_token: Option<String>,
    session: Option<String>,
    user_code: String,
    friendly_device_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VerifyResponse {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
}

pub(super) fn verify(
    service: &Service,
    request: VerifyRequest,
) -> Result<VerifyResponse, ServiceError> {
    let VerifyRequest { access_token, session, user_code: code, friendly_device_name: name } =
        request;
    match (access_token, session) {
        (Some(token), _) => authorized(service, &token, &mut Caller::default(), |step, record| {
            let now = step.now();
            let user = step.pool.user_mut(&record.username)?;
            let extras = user.extras_mut().ok_or_else(set_up_mismatch)?;
            let associated = extras.associated_token.as_mut().ok_or_else(set_up_mismatch)?;
            associated.check(&code, now).accepted_or(set_up_mismatch())?;
            associated.name = name;
            extras.software_token = extras.associated_token.take();
            Ok(VerifyResponse { status: "SUCCESS", session: None })
        }),
        (None, Some(session)) => in_session(service, &session, |step| {
            let session = set_up::verify(step, &session, &code, name)?;
            Ok(VerifyResponse { status: "SUCCESS", session: Some(session) })
        }),
        (None, None) => Err(neither()),
    }
}

/// Runs one step in the pool that has a challenge with the Session.
fn in_session<T>(
    service: &Service,
    session: &str,
    work: impl FnOnce(&mut Step<'_>) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let caller = &mut Caller::default();
    let mut has_it = |pool: &&Arc<PoolCell>| {
        let found =
            pool.step(&service.shared, caller, |step| Ok(step.pool.challenges.contains(session)));
        found.unwrap_or_default()
    };
    let pool = service.pools().iter().find(|pool| has_it(pool)).cloned();
    pool.ok_or_else(invalid_session)?.step(&service.shared, &mut Caller::default(), work)
}

fn neither() -> ServiceError {
    ServiceError::invalid_parameter("Either an access token or a session must be given.")
}
