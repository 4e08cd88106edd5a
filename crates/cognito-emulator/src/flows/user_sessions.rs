//! The sessions of a user: token sessions, and the browser sessions of managed login through which
//! some of them came. The emulator tracks both in every pool.

use serde::Deserialize;

use crate::flows::managed_login::session;
use crate::flows::step::Step;
use crate::model::ServiceError;
use crate::state::managed_login::AuthenticatedUser;
use crate::state::sign_in_record::SignInRecord;

/// The sessions that are revoked with another (RevokeAssociatedSessionsType).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Associated {
    #[default]
    None,
    /// The browser session of a token session, or the token sessions of a browser session.
    Linked,
}

/// Returns the token sessions of a user, without those of a deleted user with the same name.
pub(crate) fn token_sessions<'a>(
    step: &'a Step<'_>,
    username: &str,
) -> impl Iterator<Item = &'a SignInRecord> {
    let sessions = step.pool.sign_ins.sessions(username, step.now());
    sessions.filter(|record| step.pool.user_of(record).is_some())
}

/// Returns the browser sessions of a user who may sign in.
pub(crate) fn browser_sessions<'a>(
    step: &'a Step<'_>,
    username: &str,
) -> impl Iterator<Item = &'a AuthenticatedUser> {
    let sessions = step.pool.managed_login.sessions_of(username, step.now());
    sessions.filter(move |user| session::is_valid(step.pool, user))
}

/// Revokes a session of a user by its id.
pub(crate) fn revoke(
    step: &mut Step<'_>,
    username: &str,
    id: &str,
    associated: Associated,
) -> Result<(), ServiceError> {
    let record = token_sessions(step, username).find(|record| record.session_id == id);
    if let Some(record) = record.cloned() {
        step.pool.sign_ins.revoke_sign_in(&record.origin_jti);
        revoke_browser_session_of(step, &record, associated);
        return Ok(());
    }
    if !has_browser_session(step, username, id) {
        return Err(ServiceError::resource_not_found("Session does not exist."));
    }
    step.pool.managed_login.revoke_session(id);
    if associated == Associated::Linked {
        revoke_token_sessions_of(step, username, id);
        let now = step.now();
        step.pool.managed_login.revoke_grants_of(id, now);
    }
    Ok(())
}

/// Returns whether a user has a browser session with an id. That of a disabled user counts: it would
/// be valid again after the user is enabled.
fn has_browser_session(step: &Step<'_>, username: &str, id: &str) -> bool {
    let mut sessions = step.pool.managed_login.sessions_of(username, step.now());
    sessions.any(|user| user.has_session(id) && session::user_of(step.pool, user).is_some())
}

/// Revokes the browser session of a revoked token session, if it is included. The other token
/// sessions that came through it remain (API reference, RevokeToken).
pub(crate) fn revoke_browser_session_of(
    step: &mut Step<'_>,
    record: &SignInRecord,
    associated: Associated,
) {
    if let (Associated::Linked, Some(id)) = (associated, &record.browser_session_id) {
        step.pool.managed_login.revoke_session(id);
    }
}

fn revoke_token_sessions_of(step: &mut Step<'_>, username: &str, browser_session_id: &str) {
    let came_through =
        |record: &&SignInRecord| record.browser_session_id.as_deref() == Some(browser_session_id);
    let sessions = token_sessions(step, username).filter(came_through);
    let revoked: Vec<_> = sessions.map(|record| record.origin_jti.clone()).collect();
    revoked.iter().for_each(|origin_jti| step.pool.sign_ins.revoke_sign_in(origin_jti));
}
