//! Sessions of browsers.

use crate::flows::caller::Caller;
use crate::flows::service::Service;
use crate::flows::step::Step;
use crate::state::managed_login::AuthenticatedUser;
use crate::state::user::User;

/// Signs a browser in and returns the value of its cookie, which is new at every sign-in, so that a
/// cookie from before the sign-in is invalid (session fixation).
pub(crate) fn start(step: &mut Step<'_>, user: AuthenticatedUser) -> String {
    let (cookie, now) = (step.random.opaque(64), step.now());
    step.pool.managed_login.start_session(cookie.clone(), user, now);
    cookie
}

/// Signs a browser out. A browser has one cookie for all pools on a host name: the session may be of
/// another pool than the request, and nothing could end it once the cookie is gone.
pub(crate) fn end(service: &Service, cookie: Option<&str>) {
    let Some(cookie) = cookie else { return };
    for pool in service.pools() {
        // A pool that was deleted meanwhile has no sessions.
        let _deleted = pool.step(&service.shared, &mut Caller::default(), |step| {
            step.pool.managed_login.end_session(cookie);
            Ok(())
        });
    }
}

/// Returns the user whom a browser is signed in as. A disabled or deleted user cannot use a session;
/// a global sign-out does not end it (AWS guide, managed login sessions).
pub(crate) fn user(step: &mut Step<'_>, cookie: Option<&str>) -> Option<AuthenticatedUser> {
    let now = step.now();
    let user = step.pool.managed_login.session(cookie?, now)?.clone();
    let current = step.pool.users.get(&user.username)?;
    let is_same = *current.sub == user.sub && User::check_may_sign_in(current).is_ok();
    is_same.then_some(user)
}
