//! The totals of an audit, and the findings that concern a single user.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::findings::{Findings, Line};
use super::report::{FindingKind, StatusCount};
use super::row::Row;
use crate::error::JobError;

/// The totals of the users that were read so far.
pub(super) struct Tally {
    /// The time at which ages are computed, in seconds since 1970.
    now: i64,
    stale_after: i64,
    pub(super) statuses: BTreeMap<String, StatusCount>,
    pub(super) sign_ups: BTreeMap<String, u64>,
    /// The numbers of users of the groups, by the numbers of the groups.
    pub(super) groups: Vec<u64>,
}

impl Tally {
    pub(super) fn new(now: Timestamp, stale_after: Duration, groups: usize) -> Self {
        let stale_after = i64::try_from(stale_after.as_secs()).unwrap_or(i64::MAX);
        let (statuses, sign_ups) = (BTreeMap::new(), BTreeMap::new());
        Self { now: now.as_second(), stale_after, statuses, sign_ups, groups: vec![0; groups] }
    }

    pub(super) fn add(&mut self, row: &Row<'_>, findings: &mut Findings) -> Result<(), JobError> {
        self.count(row);
        let kinds = [
            row.groups.is_empty().then_some(FindingKind::WithoutGroup),
            is_unverified(row.email.is_some(), row.email_verified, FindingKind::UnverifiedEmail),
            is_unverified(
                row.phone.is_some(),
                row.phone_verified,
                FindingKind::UnverifiedPhoneNumber,
            ),
            self.stale(row),
            has_no_factor(row).then_some(FindingKind::WithoutMfa),
        ];
        let line = Line::User {
            username: &row.username,
            sub: &row.sub,
            status: &row.status,
            enabled: row.enabled,
            value: None,
        };
        kinds.into_iter().flatten().try_for_each(|kind| findings.add(kind, &line))
    }

    fn count(&mut self, row: &Row<'_>) {
        if !self.statuses.contains_key(&*row.status) {
            self.statuses.insert(row.status.to_string(), StatusCount::default());
        }
        if let Some(count) = self.statuses.get_mut(&*row.status) {
            let count = if row.enabled { &mut count.enabled } else { &mut count.disabled };
            *count = count.saturating_add(1);
        }
        if let Some(created) = row.created.and_then(|at| Timestamp::from_second(at).ok()) {
            let users = self.sign_ups.entry(created.strftime("%Y-%m").to_string()).or_default();
            *users = users.saturating_add(1);
        }
        for number in &row.groups {
            let number = usize::try_from(*number).ok();
            if let Some(users) = number.and_then(|number| self.groups.get_mut(number)) {
                *users = users.saturating_add(1);
            }
        }
    }

    /// Returns the finding of a user who has had to act for longer than the set time.
    fn stale(&self, row: &Row<'_>) -> Option<FindingKind> {
        let kind = match &*row.status {
            "FORCE_CHANGE_PASSWORD" => FindingKind::StaleForceChangePassword,
            "RESET_REQUIRED" => FindingKind::StaleResetRequired,
            "UNCONFIRMED" => FindingKind::StaleUnconfirmed,
            _ => return None,
        };
        let age = self.now.saturating_sub(row.modified.or(row.created)?);
        (age > self.stale_after).then_some(kind)
    }
}

fn is_unverified(is_set: bool, is_verified: bool, kind: FindingKind) -> Option<FindingKind> {
    (is_set && !is_verified).then_some(kind)
}

/// Returns whether a user has no second factor. Users of identity providers are not counted,
/// because their second factors are those of the provider.
fn has_no_factor(row: &Row<'_>) -> bool {
    row.mfa == Some(false) && row.status != "EXTERNAL_PROVIDER"
}
