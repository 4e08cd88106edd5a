//! The pools whose keys could not be fetched.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::fetch::FetchError;

/// The error for pools whose keys could not be fetched. The other pools are ready.
#[derive(Clone, Debug)]
pub struct PrefetchError {
    failures: Vec<PoolFailure>,
    pools: usize,
}

/// A pool for which no key set could be fetched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PoolFailure {
    /// The issuers of the pool, each with its error.
    pub issuers: Vec<(String, FetchError)>,
}

/// The outcome of the fetch for one issuer of a pool.
pub(super) struct Outcome {
    pub(super) pool: usize,
    pub(super) issuer: Arc<str>,
    pub(super) result: Result<(), FetchError>,
}

impl PrefetchError {
    /// Returns the pools without keys.
    pub fn failures(&self) -> &[PoolFailure] {
        &self.failures
    }

    /// Succeeds if each pool has the keys of at least one issuer.
    pub(super) fn unless_each_pool_has_keys(outcomes: Vec<Outcome>) -> Result<(), Self> {
        let mut pools: BTreeMap<usize, Result<(), PoolFailure>> = BTreeMap::new();
        for Outcome { pool, issuer, result } in outcomes {
            let so_far =
                pools.entry(pool).or_insert_with(|| Err(PoolFailure { issuers: Vec::new() }));
            match (result, &mut *so_far) {
                (Ok(()), _) => *so_far = Ok(()),
                (Err(error), Err(failure)) => failure.issuers.push((issuer.to_string(), error)),
                (Err(_), Ok(())) => {}
            }
        }
        let count = pools.len();
        let mut failures: Vec<_> = pools.into_values().filter_map(Result::err).collect();
        for failure in &mut failures {
            failure.issuers.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        if failures.is_empty() { Ok(()) } else { Err(Self { failures, pools: count }) }
    }
}

impl fmt::Display for PrefetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failures, pools } = self;
        write!(f, "the keys of {} of {pools} user pools cannot be fetched", failures.len())
    }
}

// Not derived, because the source is an element of a list.
impl std::error::Error for PrefetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (_, error) = self.failures.first()?.issuers.first()?;
        Some(error)
    }
}
