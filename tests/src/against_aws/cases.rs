//! Cases in a data file: calls whose responses are compared.

use std::collections::BTreeMap;
use std::time::SystemTime;

use cognito::types::SoftwareTokenSecret;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::normal::{masked, normal};
use super::{Fallible, Replay, Response, Run, lock};
use crate::conformance::configuration::MARK;
use crate::fixture::{PASSWORD, app_code_of};

/// The file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The cases, each of which can have a pool.
    pub cases: Vec<Case>,
    /// Rows of docs/emulator.md without a case, with the reason.
    pub not_replayed: BTreeMap<String, String>,
}

/// Calls that show one decision of the emulator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name.
    pub name: String,
    /// The first cell of the row in docs/emulator.md.
    pub row: Option<String>,
    /// Members of CreateUserPool; if they are missing, no pool is created.
    pool: Option<Map<String, Value>>,
    /// Members of CreateUserPoolClient.
    client: Option<Map<String, Value>>,
    /// Users with a permanent password.
    #[serde(default)]
    users: Vec<String>,
    calls: Vec<Call>,
}

/// An operation, its request, and the values to keep, as JSON pointers into the response, by name.
#[derive(Clone, Deserialize)]
struct Call(String, Value, #[serde(default)] BTreeMap<String, String>);

impl Cases {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Returns an error for an unknown member.
    pub fn read() -> Fallible<Self> {
        let text = include_str!("../../data/aws.json");
        serde_json::from_str(text).map_err(|error| format!("tests/data/aws.json: {error}"))
    }
}

impl Case {
    /// Calls the operations in order, and stops when a value is missing that an earlier response
    /// must contain.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be reached.
    pub(super) async fn replay(&self, run: &Run) -> Fallible<Replay> {
        let mut values = first_values(run);
        let mut responses = Vec::new();
        for Call(operation, request, keep) in self.set_up().iter().chain(&self.calls) {
            let mut request = match filled(request, &values, run.now()) {
                Ok(request) => request,
                Err(name) => {
                    let missing = json!(format!("not called: ${name} is missing or invalid"));
                    responses.push((operation.clone(), missing));
                    break;
                }
            };
            if ["CreateUserPool", "UpdateUserPool"].contains(&operation.as_str()) {
                mark(&mut request, operation, &run.mark);
            }
            let response = run.caller.call(operation, &request).await?;
            if let Some(id) =
                response.as_ref().ok().and_then(|body| body["UserPool"]["Id"].as_str())
            {
                lock(&run.created).insert(id.to_owned());
            }
            keep_values(&response, keep, &mut values);
            responses.push((operation.clone(), shown(&response, &values)));
        }
        Ok(Replay::Calls(responses))
    }

    fn set_up(&self) -> Vec<Call> {
        let mut calls = Vec::new();
        if let Some(members) = &self.pool {
            calls.push(Call::new("CreateUserPool", Value::Object(members.clone()), &[]));
        }
        if let Some(members) = &self.client {
            let flows = ["ADMIN_USER_PASSWORD", "USER_PASSWORD", "REFRESH_TOKEN"];
            let flows = flows.map(|name| format!("ALLOW_{name}_AUTH"));
            let mut request = json!({ "UserPoolId": "$Pool", "ClientName": "case" });
            request["ExplicitAuthFlows"] = json!(flows);
            members.iter().for_each(|(name, value)| request[name] = value.clone());
            let keep = [("Client", "/UserPoolClient/ClientId")];
            calls.push(Call::new("CreateUserPoolClient", request, &keep));
        }
        for name in &self.users {
            let user =
                json!({ "UserPoolId": "$Pool", "Username": name, "MessageAction": "SUPPRESS" });
            calls.push(Call::new("AdminCreateUser", user, &[]));
            let password = json!({ "UserPoolId": "$Pool", "Username": name, "Password": PASSWORD,
                "Permanent": true });
            calls.push(Call::new("AdminSetUserPassword", password, &[]));
        }
        calls
    }
}

impl Call {
    fn new(operation: &str, request: Value, keep: &[(&str, &str)]) -> Self {
        let keep = keep.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
        Self(operation.to_owned(), request, keep.collect())
    }
}

fn first_values(run: &Run) -> BTreeMap<String, String> {
    let region = &run.caller.region;
    let values = [
        ("Password", PASSWORD.to_owned()),
        ("Run", run.mark.clone()),
        ("NoPool", format!("{region}_Missing01")),
        ("Region", region.clone()),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Sets the name and the tag that identify a pool. An update without the tag may remove it.
fn mark(request: &mut Value, operation: &str, mark: &str) {
    if operation == "CreateUserPool" {
        request["PoolName"] = json!(format!("{mark}-case"));
    }
    request["UserPoolTags"] = json!({ MARK: mark });
}

/// Returns a request with values in place of `$Name`, and codes of apps in place of `$code:Name`.
/// The error is the name of a missing value.
fn filled(
    value: &Value,
    values: &BTreeMap<String, String>,
    now: SystemTime,
) -> Result<Value, String> {
    Ok(match value {
        Value::Object(members) => {
            let filled =
                |(name, value): (&String, _)| Ok((name.clone(), filled(value, values, now)?));
            Value::Object(members.iter().map(filled).collect::<Result<_, String>>()?)
        }
        Value::Array(items) => Value::Array(
            items.iter().map(|item| filled(item, values, now)).collect::<Result<_, _>>()?,
        ),
        Value::String(text) => match text.strip_prefix("$code:") {
            Some(name) => {
                let secret = values.get(name).ok_or_else(|| name.to_owned())?;
                let code = app_code_of(&SoftwareTokenSecret::from(secret.clone()), now);
                json!(code.ok_or_else(|| name.to_owned())?)
            }
            None => json!(filled_text(text, values)?),
        },
        other => other.clone(),
    })
}

fn filled_text(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        filled.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        filled.push_str(rest);
    }
    Ok(filled)
}

fn keep_values(
    response: &Response,
    keep: &BTreeMap<String, String>,
    values: &mut BTreeMap<String, String>,
) {
    let Ok(response) = response else { return };
    for (name, pointer) in keep {
        if let Some(value) = response.pointer(pointer).and_then(Value::as_str) {
            values.insert(name.clone(), value.to_owned());
        }
    }
    let pool = &response["UserPool"];
    if let (Some(id), Some(arn)) = (pool["Id"].as_str(), pool["Arn"].as_str()) {
        let account = arn.split(':').nth(4).unwrap_or_default();
        for (name, value) in [("Pool", id), ("PoolArn", arn), ("Account", account)] {
            values.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn shown(response: &Response, values: &BTreeMap<String, String>) -> Value {
    match response {
        Ok(body) => normal(body, values),
        Err((name, message)) => {
            // Only values of this case are replaced; if the first call is rejected, the message can
            // contain an unknown account id.
            let mut shown = normal(&json!({ "__type": name, "message": message }), values);
            if let Some(message) = shown["message"].as_str().map(masked) {
                shown["message"] = json!(message);
            }
            shown
        }
    }
}
