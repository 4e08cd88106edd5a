//! Sessions of browsers.

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::state::managed_login::AuthenticatedUser;
use crate::state::pool::Pool;
use crate::state::user::User;

/// Creates a session for a browser and returns its cookie. The cookie is new at every sign-in, so
/// that an earlier cookie is invalid (session fixation).
pub(crate) fn start(step: &mut Step<'_>, user: AuthenticatedUser) -> String {
    let (cookie, now) = (step.random.opaque(64), step.now());
    step.pool.managed_login.start_session(cookie.clone(), user, now);
    cookie
}

/// Replaces the cookie of a session that the user continues, and returns the new one. `None` if the
/// session ended in the meantime, by a revocation, a logout or another request that continues it.
pub(crate) fn change_cookie(step: &mut Step<'_>, old: Option<&str>) -> Option<String> {
    let (cookie, now) = (step.random.opaque(64), step.now());
    step.pool.managed_login.change_cookie(old?, cookie.clone(), now).then_some(cookie)
}

/// Ends the session of a browser. A browser has one cookie for all pools on a host name: the
/// session may belong to another pool than the request, and must end because its cookie is deleted.
pub(crate) fn end(service: &Service, cookie: Option<&str>) {
    let Some(cookie) = cookie else { return };
    for pool in service.pools() {
        // A pool that was deleted in the meantime has no sessions.
        let _deleted = pool.step(&service.shared, &mut Caller::default(), |step| {
            step.pool.managed_login.end_session(cookie);
            Ok(())
        });
    }
}

/// Returns the user of a browser's session. A disabled or deleted user has no valid session; a
/// global sign-out does not end it (AWS guide, managed login sessions).
pub(crate) fn user(step: &mut Step<'_>, cookie: Option<&str>) -> Option<AuthenticatedUser> {
    let now = step.now();
    let user = step.pool.managed_login.session(cookie?, now)?;
    is_valid(step.pool, user).then(|| user.clone())
}

/// Returns whether the user of a session still exists and may sign in.
pub(crate) fn is_valid(pool: &Pool, user: &AuthenticatedUser) -> bool {
    user_of(pool, user).is_some_and(|current| current.check_may_sign_in().is_ok())
}

/// Returns the user of a session, unless the user was deleted.
pub(crate) fn user_of<'a>(pool: &'a Pool, user: &AuthenticatedUser) -> Option<&'a User> {
    pool.users.get(&user.username).filter(|current| *current.sub == user.sub)
}
