//! The commands that send requests to an emulator: `health`, `codes` and `reset`.

use std::error::Error;
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use axum::http::Method;
use form_urlencoded::Serializer;
use serde_json::Value;

use crate::program::client::{Emulator, RequestError};
use crate::program::options::{Codes, Health, Target};
use crate::program::printable;

/// The time between two attempts to reach an emulator that is starting.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for the emulator. Fails after the time limit, and at once after a permanent error.
pub(super) fn health(options: &Health) -> Result<(), Box<dyn Error>> {
    let begin = Instant::now();
    let limit = Duration::from_secs(options.wait);
    loop {
        let Err(error) = options.target.emulator().request(Method::GET, "health") else {
            return Ok(());
        };
        let may_start = matches!(error.downcast_ref(), Some(RequestError::NoResponse { .. }));
        if !may_start || begin.elapsed() >= limit {
            return Err(error);
        }
        thread::sleep(PAUSE);
    }
}

/// Prints the last code that was sent to a user.
pub(super) fn code(options: &Codes) -> Result<(), Box<dyn Error>> {
    let emulator = options.target.emulator();
    let mut pools = pool_ids(&emulator)?;
    if let Some(id) = &options.pool {
        pools.retain(|pool| pool == id);
        if pools.is_empty() {
            return Err(format!("the pool {id} does not exist; check --pool").into());
        }
    }
    let mut found = Vec::new();
    for pool in &pools {
        found.extend(code_in(&emulator, pool, &options.username)?.map(|code| (pool, code)));
    }
    match &found[..] {
        [(_, code)] => Ok(writeln!(io::stdout(), "{}", printable(code))?),
        [] => Err(format!("no code was sent to {}", options.username).into()),
        several => {
            let pools: Vec<String> = several.iter().map(|(pool, _)| printable(pool)).collect();
            let pools = pools.join(", ");
            Err(format!(
                "{} has codes in several pools ({pools}); choose one with --pool",
                options.username
            )
            .into())
        }
    }
}

/// Resets the emulator to its state after the start.
pub(super) fn reset(target: &Target) -> Result<(), Box<dyn Error>> {
    target.emulator().request(Method::POST, "reset").map(drop)
}

impl Target {
    pub(super) fn emulator(&self) -> Emulator<'_> {
        Emulator { url: &self.url }
    }
}

/// Returns the ids of the pools in the order in which they were created.
pub(super) fn pool_ids(emulator: &Emulator<'_>) -> Result<Vec<String>, Box<dyn Error>> {
    let pools = emulator.request(Method::GET, "pools")?;
    let ids = pools.as_array().into_iter().flatten().filter_map(|pool| pool.get("Id")?.as_str());
    Ok(ids.map(str::to_owned).collect())
}

/// Returns the last code of a user of a pool; `None` if the user does not exist or was sent none.
fn code_in(
    emulator: &Emulator<'_>,
    pool_id: &str,
    username: &str,
) -> Result<Option<String>, Box<dyn Error>> {
    let mut query = Serializer::new("code?".to_owned());
    query.append_pair("UserPoolId", pool_id).append_pair("Username", username);
    match emulator.request(Method::GET, &query.finish()) {
        Ok(message) => Ok(message.get("Code").and_then(Value::as_str).map(str::to_owned)),
        Err(error) => match error.downcast_ref() {
            Some(RequestError::NotFound { .. }) => Ok(None),
            _ => Err(error),
        },
    }
}
