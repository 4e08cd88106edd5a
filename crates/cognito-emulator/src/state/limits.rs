//! Limits on guessing: the lockout after wrong passwords, and attempts per hour.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::ServiceError;
use crate::state::expiring::{Sweep, still_runs};
use crate::state::part::{Entries, Part};

/// Wrong passwords by user name, for existing and unknown users.
#[derive(Default)]
pub(crate) struct Lockouts {
    failures: Entries<Failures>,
    sweep: Sweep,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Failures {
    count: u32,
    last: Duration,
}

/// The number of wrong passwords without a lockout.
const FREE_FAILURES: u32 = 4;

/// The maximum lockout.
const MAX_LOCKOUT: Duration = Duration::from_secs(15 * 60);

const HOUR: Duration = Duration::from_secs(3600);

impl Lockouts {
    /// Rejects a locked out user. The lockout is 1 s after the fifth failure, and doubles with each
    /// failure.
    pub(crate) fn check(&self, username: &str, now: Duration) -> Result<(), ServiceError> {
        let locked = self.failures.get(username).is_some_and(|failures| {
            let doublings = failures.count.checked_sub(FREE_FAILURES.saturating_add(1));
            let seconds = doublings.map_or(0, |n| 1u64.checked_shl(n).unwrap_or(u64::MAX));
            let lockout = Duration::from_secs(seconds).min(MAX_LOCKOUT);
            still_runs(failures.last, lockout, now)
        });
        match locked {
            true => Err(ServiceError::not_authorized("Password attempts exceeded")),
            false => Ok(()),
        }
    }

    pub(crate) fn failed(&mut self, username: &str, now: Duration) {
        if self.sweep.is_due(self.failures.len()) {
            self.failures.retain(|_, failures| still_runs(failures.last, HOUR, now));
            self.sweep.done(self.failures.len());
        }
        let none = || Failures { count: 0, last: now };
        let failures = self.failures.get_or_insert(username.to_owned(), none);
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    pub(crate) fn forget(&mut self, username: &str) {
        self.failures.remove(username);
    }

    pub(super) fn part(&mut self) -> &mut dyn Part {
        &mut self.failures
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.failures.len()
    }
}

/// Actions with a limit per hour and user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limited {
    /// Wrong previous passwords.
    ChangePassword,
    /// Wrong codes.
    ConfirmForgotPassword,
    /// Wrong codes.
    ConfirmSignUp,
    /// Codes sent.
    ForgotPassword,
    /// Codes sent.
    GetAttributeCode,
    /// Codes sent.
    ResendCode,
    /// Wrong codes.
    VerifyAttribute,
}

impl Limited {
    const ALL: [Self; 7] = [
        Self::ChangePassword,
        Self::ConfirmForgotPassword,
        Self::ConfirmSignUp,
        Self::ForgotPassword,
        Self::GetAttributeCode,
        Self::ResendCode,
        Self::VerifyAttribute,
    ];

    /// Returns the key of a user's attempts.
    fn key(self, username: &str) -> String {
        format!("{self:?} {username}")
    }

    /// Returns the limit per hour. The service allows 5 to 20 forgotten passwords, depending on the
    /// risk.
    fn most(self) -> usize {
        match self {
            Self::ConfirmSignUp | Self::VerifyAttribute => 15,
            _ => 5,
        }
    }
}

/// Attempts in the last hour.
#[derive(Default)]
pub(crate) struct HourlyLimits {
    /// By [key](Limited::key).
    attempts: Entries<Vec<Duration>>,
    sweep: Sweep,
}

impl HourlyLimits {
    /// Rejects an action that was attempted too often in the last hour.
    pub(crate) fn check(
        &self,
        what: Limited,
        username: &str,
        now: Duration,
    ) -> Result<(), ServiceError> {
        let times = self.attempts.get(&what.key(username)).into_iter().flatten();
        if times.filter(|time| still_runs(**time, HOUR, now)).count() < what.most() {
            return Ok(());
        }
        Err(ServiceError::limit_exceeded("Attempt limit exceeded, please try after some time."))
    }

    pub(crate) fn count(&mut self, what: Limited, username: &str, now: Duration) {
        if self.sweep.is_due(self.attempts.len()) {
            let recent = |time: &Duration| still_runs(*time, HOUR, now);
            self.attempts.retain(|_, times| times.iter().any(recent));
            self.sweep.done(self.attempts.len());
        }
        let times = self.attempts.get_or_insert(what.key(username), Vec::new);
        times.retain(|time| still_runs(*time, HOUR, now));
        times.push(now);
    }

    /// Returns `true` if there was an attempt in the last hour.
    pub(crate) fn any(&self, what: Limited, username: &str, now: Duration) -> bool {
        let times = self.attempts.get(&what.key(username)).into_iter().flatten();
        times.into_iter().any(|time| still_runs(*time, HOUR, now))
    }

    /// Drops the attempts of a user.
    pub(crate) fn forget(&mut self, username: &str) {
        for what in Limited::ALL {
            self.attempts.remove(&what.key(username));
        }
    }

    pub(super) fn part(&mut self) -> &mut dyn Part {
        &mut self.attempts
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Counts an attempt, or rejects it if there were too many.
    pub(crate) fn take(
        &mut self,
        what: Limited,
        username: &str,
        now: Duration,
    ) -> Result<(), ServiceError> {
        self.check(what, username, now)?;
        self.count(what, username, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lockouts_double_from_the_fifth_failure_to_a_quarter_of_an_hour() {
        let mut lockouts = Lockouts::default();
        let now = Duration::from_secs(1_000_000);
        for _ in 0..4 {
            lockouts.failed("alice", now);
            assert_eq!(lockouts.check("alice", now), Ok(()));
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            lockouts.failed("alice", now);
            let end = now + Duration::from_secs(seconds);
            assert!(lockouts.check("alice", end - Duration::from_millis(1)).is_err(), "{seconds}");
            assert_eq!(lockouts.check("alice", end), Ok(()));
        }
        assert_eq!(lockouts.check("bob", now), Ok(()));
        lockouts.forget("alice");
        assert_eq!(lockouts.check("alice", now), Ok(()));
    }

    #[test]
    fn attempts_are_allowed_again_after_an_hour() {
        let mut limits = HourlyLimits::default();
        let now = Duration::from_secs(1_000_000);
        let mut take = |now| limits.take(Limited::ForgotPassword, "alice", now);
        assert_eq!([(); 5].map(|()| take(now)), [(); 5].map(Ok));
        let refused = take(now).unwrap_err();
        assert_eq!(refused.name, "LimitExceededException");
        assert!(take(now + HOUR - Duration::from_millis(1)).is_err());
        assert_eq!(take(now + HOUR), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_ends_lockouts_and_limits() {
        let (mut lockouts, mut limits) = (Lockouts::default(), HourlyLimits::default());
        let now = Duration::from_secs(1_000_000);
        for number in 0..4 * 1024 {
            let username = format!("user-{}", number / 8);
            lockouts.failed(&username, now);
            limits.count(Limited::ForgotPassword, &username, now);
        }
        assert!(lockouts.check("user-0", now).is_err());
        assert!(limits.check(Limited::ForgotPassword, "user-0", now).is_err());
        let before = now - HOUR * 24;
        assert_eq!(lockouts.check("user-0", before), Ok(()));
        assert!(!limits.any(Limited::ForgotPassword, "user-0", before));
        assert_eq!(limits.check(Limited::ForgotPassword, "user-0", before), Ok(()));
        for number in 0..2 * 1024 {
            let username = format!("later-{number}");
            lockouts.failed(&username, before);
            limits.count(Limited::ForgotPassword, &username, before);
        }
        assert!(lockouts.len() <= 2 * 1024, "{}", lockouts.len());
        assert!(limits.len() <= 2 * 1024, "{}", limits.len());
    }
}
