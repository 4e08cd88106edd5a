//! The pools of runs: finding and deleting them.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Caller, Fallible, Response};
use crate::conformance::configuration::MARK;

/// A pool that a run created.
#[derive(Clone, Debug, Serialize)]
pub struct Pool {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    #[serde(skip)]
    domain: Option<String>,
    #[serde(skip)]
    protected: bool,
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}

/// Returns the pools whose name and tag are both accepted. A name alone is no proof that a run created
/// the pool.
///
/// # Errors
///
/// The pools cannot be listed.
pub async fn find(caller: &Caller, is_of_run: impl Fn(&str) -> bool) -> Fallible<Vec<Pool>> {
    let (mut found, mut request) = (Vec::new(), json!({ "MaxResults": 60 }));
    loop {
        let page = accepted("ListUserPools", caller.call("ListUserPools", &request).await?)?;
        for pool in page["UserPools"].as_array().into_iter().flatten() {
            if pool["Name"].as_str().is_some_and(&is_of_run) {
                found.extend(tagged(caller, &pool["Id"], &is_of_run).await?);
            }
        }
        match &page["NextToken"] {
            Value::String(next) => request["NextToken"] = json!(next),
            _ => return Ok(found),
        }
    }
}

async fn tagged(
    caller: &Caller,
    id: &Value,
    is_of_run: impl Fn(&str) -> bool,
) -> Fallible<Option<Pool>> {
    let response = caller.call("DescribeUserPool", &json!({ "UserPoolId": id })).await?;
    let Ok(described) = response else { return Ok(None) };
    let pool = &described["UserPool"];
    let text = |name: &str| pool[name].as_str().map(str::to_owned);
    let is_tagged = pool["UserPoolTags"][MARK].as_str().is_some_and(is_of_run);
    Ok(is_tagged.then(|| Pool {
        id: text("Id").unwrap_or_default(),
        name: text("Name").unwrap_or_default(),
        domain: text("Domain"),
        protected: pool["DeletionProtection"] == "ACTIVE",
    }))
}

/// Deletes a pool, with its domain and in spite of its deletion protection.
///
/// # Errors
///
/// AWS refuses it.
pub async fn delete(caller: &Caller, pool: &Pool) -> Fallible<()> {
    let id = json!({ "UserPoolId": pool.id });
    if let Some(domain) = &pool.domain {
        let request = json!({ "UserPoolId": pool.id, "Domain": domain });
        let response = caller.call("DeleteUserPoolDomain", &request).await?;
        accepted("DeleteUserPoolDomain", response)?;
    }
    if pool.protected {
        let request = json!({ "UserPoolId": pool.id, "DeletionProtection": "INACTIVE" });
        accepted("UpdateUserPool", caller.call("UpdateUserPool", &request).await?)?;
    }
    match caller.call("DeleteUserPool", &id).await? {
        Err((name, _)) if name == "ResourceNotFoundException" => Ok(()),
        response => accepted("DeleteUserPool", response).map(drop),
    }
}

/// Deletes the pools of a run, and returns those that are left. A request that was under way at an
/// interrupt may still create one, so that two looks in a row must find none.
///
/// # Errors
///
/// The pools cannot be listed.
pub(super) async fn delete_all(caller: &Caller, mark: &str) -> Fallible<Vec<Pool>> {
    let (mut left, mut looks_without) = (Vec::new(), 0);
    for _ in 0..5 {
        left = find(caller, |text| text.starts_with(mark)).await?;
        for pool in &left {
            if let Err(problem) = delete(caller, pool).await {
                eprintln!("{pool}: {problem}");
            }
        }
        looks_without = if left.is_empty() { looks_without + 1 } else { 0 };
        if looks_without == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(left)
}

fn accepted(operation: &str, response: Response) -> Fallible<Value> {
    response.map_err(|(name, message)| format!("{operation}: {name}: {message}"))
}
