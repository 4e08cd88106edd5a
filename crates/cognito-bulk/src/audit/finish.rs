//! The report of an audit, made in two passes over the rows of the complete parts, in constant
//! memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cognito_types::UserPoolId;

use super::Audit;
use super::findings::{Findings, Line};
use super::overlaps::overlaps;
use super::report::{AuditReport, FindingKind, GroupSummary};
use super::row::for_each_row;
use super::shared::SharedValues;
use super::tally::Tally;
use crate::error::JobError;
use crate::listing::{Complete, ListedGroup, Started};

pub(super) fn report(audit: &Audit, users: &Complete) -> Result<AuditReport, JobError> {
    let (started, paths) = (&users.started, &audit.listing.paths);
    let time = audit.as_of.unwrap_or(started.time);
    let mut tally = Tally::new(time, audit.stale_after, started.groups.len());
    let lists = audit.lists.as_ref().map(|_| paths.output("lists"));
    let mut findings = Findings::new(kinds(audit, started), lists)?;
    let mut shared = SharedValues::create(paths.output("shared"))?;
    for_each_row(paths, users, |row| {
        shared.add(row)?;
        tally.add(row, &mut findings)
    })?;
    shared.find(&mut findings)?;
    let (mut groups, deleted) = summaries(users, &tally.groups);
    find_in_groups(&groups, &mut findings)?;
    groups.sort_by_key(|group| Reverse(group.users));
    let overlaps = overlaps(paths, users, &tally.groups)?;
    let pool_id = started.pool_id.clone();
    let region = pool_id.parse().map(|id: UserPoolId| id.region().to_owned());
    Ok(AuditReport {
        region: region.unwrap_or_default(),
        pool_id,
        time: time.to_string(),
        users: users.users(),
        expected: started.expected,
        statuses: tally.statuses,
        sign_ups: tally.sign_ups,
        memberships: tally.groups.iter().sum(),
        groups,
        overlaps,
        deleted_groups: deleted,
        findings: findings.finish(audit.lists.as_deref())?,
    })
}

/// Returns the requested kinds of findings.
fn kinds(audit: &Audit, started: &Started) -> impl Iterator<Item = FindingKind> {
    let (mfa, groups) = (audit.listing.settings.mfa, !started.groups.is_empty());
    FindingKind::ALL.iter().copied().filter(move |kind| match kind {
        FindingKind::WithoutMfa => mfa,
        FindingKind::WithoutGroup => groups,
        _ => true,
    })
}

/// Returns the groups, and the names of those that were deleted since the start.
fn summaries(users: &Complete, sizes: &[u64]) -> (Vec<GroupSummary>, Vec<String>) {
    let (mut summaries, mut deleted) = (Vec::new(), Vec::new());
    for (group, size) in users.started.groups.iter().zip(sizes) {
        let ListedGroup { name, precedence, role_arn } = group.clone();
        if users.groups.get(&name).is_some_and(|listed| listed.run == 0) {
            deleted.push(name);
        } else {
            summaries.push(GroupSummary { name, users: *size, precedence, role_arn });
        }
    }
    (summaries, deleted)
}

fn find_in_groups(groups: &[GroupSummary], findings: &mut Findings) -> Result<(), JobError> {
    for group in groups.iter().filter(|group| group.users == 0) {
        let line = Line::Group { group: &group.name, precedence: group.precedence };
        findings.add(FindingKind::EmptyGroup, &line)?;
    }
    let mut by_precedence: BTreeMap<u32, Vec<&GroupSummary>> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.role_arn.is_some()) {
        if let Some(precedence) = group.precedence {
            by_precedence.entry(precedence).or_default().push(group);
        }
    }
    for groups in by_precedence.values() {
        let first = groups.first().map(|group| &group.role_arn);
        if groups.iter().all(|group| Some(&group.role_arn) == first) {
            continue;
        }
        for (number, group) in groups.iter().enumerate() {
            let line = Line::Group { group: &group.name, precedence: group.precedence };
            findings.add_shared(FindingKind::SharedPrecedence, &line, number == 0)?;
        }
    }
    Ok(())
}
