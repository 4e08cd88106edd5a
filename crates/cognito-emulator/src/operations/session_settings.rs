//! The settings of tracked and shared sessions. They are stored only: the emulator tracks all
//! sessions.

use crate::flows::step::Step;
use crate::operations::subject::Bare;
use serde_json::{Value, json};

use crate::model::ServiceError;
use crate::operations::Output;
use crate::state::members::{Members, MembersExt};
use crate::state::pool::Pool;

pub(super) fn get(step: &mut Step<'_>, _: Bare) -> Output {
    let pool = &mut *step.pool;
    let defaults =
        || json!({ "UserSessionTracking": "DISABLED", "TokenSession": { "MaxPerUser": 20 } });
    let mut settings = pool.records.sessions.clone().map_or_else(defaults, Value::Object);
    if let Some(members) = settings.as_object_mut() {
        members.insert("UserPoolId".to_owned(), pool.id.as_str().into());
    }
    Ok(settings)
}

pub(super) fn set(step: &mut Step<'_>, given: Members) -> Output {
    let pool = &mut *step.pool;
    check_tier(pool)?;
    pool.records.sessions = Some(given.clone());
    Ok(Value::Object(given))
}

pub(super) fn get_of_client(step: &mut Step<'_>, given: Members) -> Output {
    let pool = &mut *step.pool;
    let client = pool.client(given.text("ClientId"))?;
    let mut settings = given.clone();
    let session = pool.records.client_sessions.get(&client.id).cloned();
    let session = session.unwrap_or_else(|| json!({ "MaxValidityMinutes": 60 }));
    settings.insert("SSOSession".to_owned(), session);
    Ok(Value::Object(settings))
}

pub(super) fn set_of_client(step: &mut Step<'_>, given: Members) -> Output {
    const UNTRACKED: &str = "Session tracking is not enabled for the user pool.";
    let pool = &mut *step.pool;
    check_tier(pool)?;
    let client = pool.client(given.text("ClientId"))?.id.clone();
    let tracks = |settings: &Members| settings.text("UserSessionTracking") == "ENABLED";
    if !pool.records.sessions.as_ref().is_some_and(tracks) {
        return Err(ServiceError::invalid_parameter(UNTRACKED));
    }
    let session = given.get("SSOSession").cloned().unwrap_or_default();
    pool.records.client_sessions.insert(client, session);
    Ok(Value::Object(given))
}

fn check_tier(pool: &Pool) -> Result<(), ServiceError> {
    const MESSAGE: &str = "The following feature is not available for the LITE pricing tier \
                           configured: Session tracking";
    match pool.is_lite() {
        true => Err(ServiceError::feature_unavailable_in_tier(MESSAGE)),
        false => Ok(()),
    }
}
