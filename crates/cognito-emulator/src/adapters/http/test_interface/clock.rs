//! The test clock, read and moved over HTTP.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Empty, Rejection};
use crate::adapters::host::Host;

/// A change of the clock. Members are applied in this order.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ClockChange {
    frozen: Option<bool>,
    /// Seconds since 1970.
    now: Option<u64>,
    advance_seconds: Option<u64>,
}

pub(super) fn read(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = super::read(members)?;
    Ok(reading(host))
}

pub(super) fn change(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let ClockChange { frozen, now, advance_seconds } = super::read(members)?;
    let clock = &host.service.shared.clock;
    let time = now.map(|now| UNIX_EPOCH.checked_add(Duration::from_secs(now)));
    let out_of_range = |name| move || Rejection::bad_request(format!("{name} is out of range"));
    let time = time.map(|time| time.ok_or_else(out_of_range("Now"))).transpose()?;
    let by = Duration::from_secs(advance_seconds.unwrap_or_default());
    // Checked before anything is changed.
    let advanced = time.unwrap_or_else(|| host.now()).checked_add(by);
    advanced.ok_or_else(out_of_range("AdvanceSeconds"))?;
    host.service.note_change();
    match frozen {
        Some(true) => clock.freeze(),
        Some(false) => clock.unfreeze(),
        None => {}
    }
    if let Some(time) = time {
        clock.set(time);
    }
    clock.advance(by);
    Ok(reading(host))
}

fn reading(host: &Host) -> Value {
    let clock = &host.service.shared.clock;
    json!({ "Now": host.service.shared.now(), "Frozen": clock.is_frozen() })
}

/// Returns the seconds since 1970, with milliseconds.
#[allow(clippy::as_conversions)] // Milliseconds of this age are far below 2^53.
pub(super) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1000.0
}
