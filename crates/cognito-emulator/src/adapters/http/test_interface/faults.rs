//! Injected faults, planned over HTTP.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Empty, Rejection, read};
use crate::adapters::host::Host;
use crate::flows::faults::{InjectedFault, PlannedFault};
use crate::model::Target;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Plan {
    operation: String,
    #[serde(default = "first")]
    nth: usize,
    #[serde(flatten)]
    fault: NamedFault,
}

fn first() -> usize {
    1
}

/// The JSON form of an [`InjectedFault`]: its name and its members. Variants without members have
/// braces, because serde accepts unknown members beside a unit variant.
#[derive(Deserialize, Serialize)]
#[serde(tag = "Fault", deny_unknown_fields)]
enum NamedFault {
    Throttled {},
    InternalError {},
    #[serde(rename_all = "PascalCase")]
    Exception {
        name: String,
        #[serde(default)]
        message: String,
    },
    ConnectionRefused {},
    ResponseLost {},
    ResponseTruncated {},
    #[serde(rename_all = "PascalCase")]
    Delayed {
        milliseconds: u64,
    },
}

/// Plans a fault. Rejects unknown operations and a call number of 0.
pub(super) fn plan(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    check_members(&members)?;
    let Plan { operation, nth, fault } = read(members)?;
    let Target { api, name } = Target::named(&operation);
    if api.operation(name).is_none() {
        return Err(Rejection::bad_request(format!("the operation {operation:?} does not exist")));
    }
    if nth == 0 {
        return Err(Rejection::bad_request("Nth must be at least 1"));
    }
    host.service.faults().plan(&operation, nth, fault.into());
    Ok(json!({}))
}

/// Rejects unknown members. Serde reports those of a flattened enum without the other members.
fn check_members(members: &Value) -> Result<(), Rejection> {
    const KNOWN: [&str; 6] = ["Operation", "Nth", "Fault", "Name", "Message", "Milliseconds"];
    let mut names = members.as_object().into_iter().flat_map(Map::keys);
    let unknown = names.find(|name| !KNOWN.contains(&name.as_str()));
    let message =
        |name| format!("unknown field `{name}`, expected one of `{}`", KNOWN.join("`, `"));
    unknown.map_or(Ok(()), |name| Err(Rejection::bad_request(message(name))))
}

/// Lists the faults that are still to be injected.
pub(super) fn list(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    let faults = host.service.faults();
    let plans: Vec<Plan> = faults.planned().iter().cloned().map(Plan::from).collect();
    serde_json::to_value(plans).map_err(Rejection::bad_request)
}

pub(super) fn clear(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Empty {} = read(members)?;
    host.service.faults().clear();
    Ok(json!({}))
}

impl From<PlannedFault> for Plan {
    fn from(PlannedFault { operation, calls, fault }: PlannedFault) -> Self {
        Self { operation, nth: calls, fault: fault.into() }
    }
}

impl From<NamedFault> for InjectedFault {
    fn from(named: NamedFault) -> Self {
        match named {
            NamedFault::Throttled {} => Self::Throttled,
            NamedFault::InternalError {} => Self::InternalError,
            NamedFault::Exception { name, message } => Self::Exception { name, message },
            NamedFault::ConnectionRefused {} => Self::ConnectionRefused,
            NamedFault::ResponseLost {} => Self::ResponseLost,
            NamedFault::ResponseTruncated {} => Self::ResponseTruncated,
            NamedFault::Delayed { milliseconds } => {
                Self::Delayed(Duration::from_millis(milliseconds))
            }
        }
    }
}

impl From<InjectedFault> for NamedFault {
    fn from(fault: InjectedFault) -> Self {
        match fault {
            InjectedFault::Throttled => Self::Throttled {},
            InjectedFault::InternalError => Self::InternalError {},
            InjectedFault::Exception { name, message } => Self::Exception { name, message },
            InjectedFault::ConnectionRefused => Self::ConnectionRefused {},
            InjectedFault::ResponseLost => Self::ResponseLost {},
            InjectedFault::ResponseTruncated => Self::ResponseTruncated {},
            InjectedFault::Delayed(by) => {
                let milliseconds = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
                Self::Delayed { milliseconds }
            }
        }
    }
}
