//! Finding and deleting the pools of runs.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use serde_json::{Value, json};

use super::normal::masked;
use super::{Caller, Fallible, Response, Run, lock, warn};
use crate::conformance::configuration::MARK;

const NOT_FOUND: &str = "ResourceNotFoundException";

/// The number of searches for remaining pools. The pause before each search doubles.
const LOOKS: u32 = 5;

/// A pool that a run created, or may have created.
#[derive(Clone, Debug, Serialize)]
pub struct Pool {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The reason why its tag could not be read. Such a pool is not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    #[serde(skip)]
    settings: Value,
}

impl Pool {
    fn unread(id: &str, name: &str, reason: String) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        Self { id, name, unread: Some(reason), settings: Value::Null }
    }

    /// Returns whether the pool is younger than this, so that its run may still be active.
    pub fn is_younger_than(&self, age: Duration, now: SystemTime) -> bool {
        let oldest = now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        self.created().is_some_and(|created| created > DateTime::from(oldest))
    }

    fn created(&self) -> Option<DateTime> {
        self.settings["CreationDate"].as_f64().map(DateTime::from_secs_f64)
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)?;
        match self.created().and_then(|created| created.fmt(Format::DateTime).ok()) {
            Some(created) => write!(f, ", created {created}"),
            None => Ok(()),
        }
    }
}

/// Returns the pools whose tag equals the mark in their name, and those whose tag cannot be read. A
/// name alone does not prove that a run created the pool.
///
/// # Errors
///
/// Returns an error if the pools cannot be listed.
pub async fn find(
    caller: &Caller,
    mark_in: impl Fn(&str) -> Option<String>,
) -> Fallible<Vec<Pool>> {
    let (mut found, mut request) = (Vec::new(), json!({ "MaxResults": 60 }));
    loop {
        let page = accepted("ListUserPools", caller.call("ListUserPools", &request).await?)?;
        for pool in page["UserPools"].as_array().into_iter().flatten() {
            let (Some(id), Some(name)) = (pool["Id"].as_str(), pool["Name"].as_str()) else {
                continue;
            };
            if let Some(mark) = mark_in(name) {
                let pool = described(caller, id, name).await?;
                let is_of_run = |pool: &Pool| {
                    pool.unread.is_some() || pool.settings["UserPoolTags"][MARK] == mark
                };
                found.extend(pool.filter(is_of_run));
            }
        }
        match &page["NextToken"] {
            Value::String(next) => request["NextToken"] = json!(next),
            _ => return Ok(found),
        }
    }
}

/// Returns the pool unless it does not exist. Other exceptions do not tell whether it belongs to a
/// run.
async fn described(caller: &Caller, id: &str, name: &str) -> Fallible<Option<Pool>> {
    let response = caller.call("DescribeUserPool", &json!({ "UserPoolId": id })).await?;
    if matches!(&response, Err((exception, _)) if exception == NOT_FOUND) {
        return Ok(None);
    }
    Ok(Some(match accepted("DescribeUserPool", response) {
        Ok(mut described) => {
            let settings = described["UserPool"].take();
            Pool { id: id.to_owned(), name: name.to_owned(), unread: None, settings }
        }
        Err(reason) => Pool::unread(id, name, reason),
    }))
}

/// Deletes a pool with its domain, even if deletion protection is on.
///
/// # Errors
///
/// Returns an error if AWS rejects it, or the tag of the pool could not be read.
pub async fn delete(caller: &Caller, pool: &Pool) -> Fallible<()> {
    if let Some(reason) = &pool.unread {
        return Err(format!("the pool is not deleted, since its tag is unknown: {reason}"));
    }
    let id = json!({ "UserPoolId": pool.id });
    if let Some(domain) = pool.settings["Domain"].as_str() {
        let request = json!({ "UserPoolId": pool.id, "Domain": domain });
        let response = caller.call("DeleteUserPoolDomain", &request).await?;
        accepted("DeleteUserPoolDomain", response)?;
    }
    if pool.settings["DeletionProtection"] == "ACTIVE" {
        // The service resets settings that are missing from an update: without its tag, the pool
        // could not be found again after a failed deletion.
        let request = json!({ "UserPoolId": pool.id, "DeletionProtection": "INACTIVE",
            "UserPoolTags": pool.settings["UserPoolTags"] });
        accepted("UpdateUserPool", caller.call("UpdateUserPool", &request).await?)?;
    }
    match caller.call("DeleteUserPool", &id).await? {
        Err((name, _)) if name == NOT_FOUND => Ok(()),
        response => accepted("DeleteUserPool", response).map(drop),
    }
}

/// Deletes the pools of a run. Returns the reason why they cannot be listed, and the remaining
/// pools. A request in progress at an interrupt may still create a pool, so that two successive
/// searches must find none. Failed requests are repeated by the next search.
pub(super) async fn delete_all(run: &Run) -> (Option<String>, Vec<Pool>) {
    let (mut looks_without, mut pause) = (0, Duration::from_secs(1));
    let mut outcome = Ok(Vec::new());
    for look in 1..=LOOKS {
        outcome = pools_of(run).await;
        for pool in outcome.as_deref().unwrap_or_default() {
            if let Err(problem) = delete(&run.caller, pool).await {
                warn(format_args!("{pool}: {problem}"));
            }
        }
        let is_without = outcome.as_ref().is_ok_and(Vec::is_empty);
        looks_without = if is_without { looks_without + 1 } else { 0 };
        if looks_without == 2 || look == LOOKS {
            break;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    match outcome {
        Ok(left) => (None, left),
        Err(problem) => {
            let created = lock(&run.created);
            let unread = |id: &String| Pool::unread(id, &run.mark, problem.clone());
            let left = created.iter().map(unread).collect();
            (Some(problem), left)
        }
    }
}

/// Returns the pools with the tag of the run, and pools that it created and that have lost the tag.
async fn pools_of(run: &Run) -> Fallible<Vec<Pool>> {
    let mark_in = |name: &str| {
        let rest = name.strip_prefix(&run.mark)?;
        rest.starts_with('-').then(|| run.mark.clone())
    };
    let mut pools = find(&run.caller, mark_in).await?;
    let created = lock(&run.created).clone();
    for id in created {
        if pools.iter().any(|pool| pool.id == id) {
            continue;
        }
        match described(&run.caller, &id, &run.mark).await? {
            Some(pool) => pools.push(pool),
            None => drop(lock(&run.created).remove(&id)),
        }
    }
    Ok(pools)
}

fn accepted(operation: &str, response: Response) -> Fallible<Value> {
    response.map_err(|(name, message)| format!("{operation}: {name}: {}", masked(&message)))
}
