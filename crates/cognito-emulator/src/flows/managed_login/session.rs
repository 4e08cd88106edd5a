//! Sessions of browsers.

use crate::flows::step::Step;
use crate::state::managed_login::AuthenticatedUser;
use crate::state::user::User;

/// Signs a browser in and returns the value of its cookie, which is new at every sign-in, so that a
/// cookie of before is worth nothing (session fixation). The session of `before` ends: a browser has
/// one, and nothing could end it later.
pub(crate) fn start(step: &mut Step<'_>, user: AuthenticatedUser, before: Option<&str>) -> String {
    end(step, before);
    let (cookie, now) = (step.random.opaque(64), step.now());
    step.pool.managed_login.start_session(cookie.clone(), user, now);
    cookie
}

/// Signs a browser out.
pub(crate) fn end(step: &mut Step<'_>, cookie: Option<&str>) {
    if let Some(cookie) = cookie {
        step.pool.managed_login.end_session(cookie);
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
