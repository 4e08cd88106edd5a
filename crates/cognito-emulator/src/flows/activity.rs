//! Counting of monthly active users.

use crate::flows::step::Step;
use crate::state::activity::Month;

/// Counts a user as active in the current month.
pub(crate) fn note(step: &mut Step<'_>, username: &str) {
    let month = Month::of(step.now());
    step.pool.note_activity(username, month);
}
