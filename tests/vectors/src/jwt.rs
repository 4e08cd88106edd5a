//! Token vectors.

use std::fmt::Display;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_tokens::{Clients, KeySet, TokenRules, UserPoolId, VerifyError};
use serde_json::Value;

use super::Mismatch;
use super::fields::text;

/// Fields that apply to all cases of a file.
pub(super) struct Suite {
    rules: TokenRules,
    keys: Value,
    now: SystemTime,
}

impl Suite {
    pub(super) fn new(document: &Value) -> Result<Self, String> {
        let field = |name: &str| document[name].as_str().ok_or(format!("no field `{name}`"));
        let pool: UserPoolId = field("pool_id")?.parse().map_err(|error| format!("{error}"))?;
        let now = document["now"].as_u64().ok_or("no field `now`")?;
        Ok(Self {
            // One token is bound to a resource, and the vectors contain no audience.
            rules: TokenRules::new(&pool, Clients::only(field("client_id")?)).allow_any_audience(),
            keys: document["jwks"].clone(),
            now: UNIX_EPOCH + Duration::from_secs(now),
        })
    }

    pub(super) fn run(&self, case: &Value) -> Result<(), Mismatch> {
        let keys = if case["jwks"].is_null() { &self.keys } else { &case["jwks"] };
        let keys = KeySet::from_json(&keys.to_string()).unwrap_or_default();
        let token = text(case, "token")?;
        let outcome = match text(case, "use")? {
            "access" => self.rules.access_token(token, &keys, self.now).map(drop),
            "id" => self.rules.id_token(token, &keys, self.now).map(drop),
            other => return Err(Mismatch::new("use", "access or id", other)),
        };
        let why = case["why"].as_str().unwrap_or_default();
        match (text(case, "expect")?, outcome) {
            ("accept", Ok(())) | ("reject", Err(_)) => Ok(()),
            ("accept", Err(error)) => Err(Mismatch::new(why, "accept", refusal(&error))),
            ("reject", Ok(())) => Err(Mismatch::new(why, "reject", "accept")),
            (other, _) => Err(Mismatch::new("expect", "accept or reject", other)),
        }
    }
}

fn refusal(error: &VerifyError) -> impl Display {
    format!("reject: {error}")
}
