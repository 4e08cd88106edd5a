//! Overlaps of the largest groups: the numbers of users in both groups of a pair.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::report::GroupOverlap;
use super::row::for_each_row;
use crate::error::JobError;
use crate::listing::{Complete, Paths};

/// The number of groups whose pairs are counted.
const LARGEST: usize = 20;

/// Counts the users in both groups of each pair of the largest groups. `sizes` are the numbers of
/// users of all groups.
pub(super) fn overlaps(
    paths: &Paths,
    users: &Complete,
    sizes: &[u64],
) -> Result<Vec<GroupOverlap>, JobError> {
    let mut largest: Vec<(u32, u64)> = (0..).zip(sizes.iter().copied()).collect();
    largest.retain(|(_, size)| *size > 0);
    largest.sort_by_key(|(number, size)| (Reverse(*size), *number));
    largest.truncate(LARGEST);
    if largest.len() < 2 {
        return Ok(Vec::new());
    }
    let mut pairs: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for_each_row(paths, users, |row| {
        let is_in = |group: &u32| row.groups.binary_search(group).is_ok();
        let ranks = largest.iter().enumerate().filter(|(_, (group, _))| is_in(group));
        let ranks: Vec<usize> = ranks.map(|(rank, _)| rank).collect();
        for (at, first) in ranks.iter().enumerate() {
            for second in ranks.iter().skip(at.saturating_add(1)) {
                let count = pairs.entry((*first, *second)).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(())
    })?;
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(pair, count)| (Reverse(*count), *pair));
    let name = |rank: usize| {
        let name = largest.get(rank).and_then(|(number, _)| users.started.group_name(*number));
        name.unwrap_or_default().to_owned()
    };
    let overlap =
        |((first, second), users)| GroupOverlap { groups: [name(first), name(second)], users };
    Ok(pairs.into_iter().map(overlap).collect())
}
