//! Tokens without a sign-in, issued over HTTP.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Rejection, read};
use crate::adapters::host::Host;
use crate::flows::tokens::test_tokens::TestTokens;
use crate::operations::authentication::AuthenticationResult;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    user_pool_id: String,
    client_id: String,
    username: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
}

pub(super) fn issue(host: &Arc<Host>, members: Value) -> Result<Value, Rejection> {
    let Request { user_pool_id, client_id, username, claims } = read(members)?;
    let request = TestTokens { client_id, username, claims };
    let issued = host.issue_tokens(&user_pool_id, request)?;
    serde_json::to_value(AuthenticationResult::from(issued)).map_err(Rejection::bad_request)
}
