//! Requests that change something: shown with `--dry-run`, confirmed if they destroy data, and
//! sent.

use cognito::{Admin, Error};
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::steps::Step;
use crate::failure::{Failure, Outcome};
use crate::output::{Record, printable};
use crate::terminal::Destruction;

/// A request that changes something, in the form in which `--dry-run` shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    operation: &'static str,
    request: Value,
}

/// The replacement for secrets in requests that are shown.
pub(crate) const REDACTED: &str = "[redacted]";

impl Call {
    /// Creates a request from its members other than the user pool.
    pub(crate) fn new(operation: &'static str, admin: &Admin, members: Value) -> Self {
        let mut request = json!({ "UserPoolId": admin.pool_id().as_str() });
        if let (Value::Object(request), Value::Object(members)) = (&mut request, members) {
            request.extend(members.into_iter().filter(|(_, value)| !value.is_null()));
        }
        Self { operation, request }
    }
}

/// Sends a request, or with `--dry-run` shows it and returns `None`.
pub(crate) async fn send<T>(
    call: Call,
    request: impl IntoFuture<Output = Result<T, Error>>,
    app: &App,
) -> Outcome<Option<T>> {
    if app.dry_run {
        show(&[call], app)?;
        return Ok(None);
    }
    app.steps.plan(vec![Step::new(call.operation)]);
    app.steps.send(request).await.map(Some)
}

/// Writes the requests that would be sent.
pub(crate) fn show(calls: &[Call], app: &App) -> Outcome {
    let mut rows = app.output.rows(&["operation", "request"])?;
    for call in calls {
        let record = Record::new().with("operation", call.operation);
        rows.push(&record.with("request", call.request.clone()))?;
    }
    rows.finish()?;
    app.terminal.note("nothing was changed");
    Ok(())
}

/// Asks the user to type the name of the user pool before an irreversible change, and shows the
/// pool's account, Region and number of users. `action` completes "This …".
///
/// With `--yes` or `--dry-run` it sends no request and does not ask.
pub(crate) async fn confirm(action: &str, admin: &Admin, app: &App) -> Outcome {
    if app.dry_run || app.terminal.is_confirmed() {
        return Ok(());
    }
    app.terminal.require_confirmation()?;
    let pool = admin.pool().describe().await?;
    let destruction = Destruction {
        action,
        // arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID
        account: pool.arn().and_then(|arn| arn.split(':').nth(4)),
        region: admin.pool_id().region(),
        pool_id: admin.pool_id().as_str(),
        pool_name: pool.name().unwrap_or_else(|| admin.pool_id().as_str()),
        users: Some(i64::from(pool.estimated_number_of_users())),
    };
    app.terminal.confirm(&destruction).await
}

/// Parses `NAME=VALUE` of the command line.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Returns attributes as a member of a request.
pub(crate) fn attributes<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let pairs = pairs.into_iter();
    pairs.map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

/// Creates the failure of a command that would change nothing.
pub(crate) fn nothing_to_change(hint: &str) -> Failure {
    Failure::usage("there is nothing to change").hint(hint)
}

/// Quotes a name from the command line or from the service for a sentence.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", printable(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_a_name() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a="), Ok(("a".to_owned(), String::new())));
        assert!(pair("=b").is_err() && pair("a").is_err());
    }
}
