//! `cognito whoami`: the signed-in user, and the store of the tokens.

use clap::Args;

use crate::app::App;
use crate::configuration::Setting;
use crate::failure::Outcome;
use crate::output::{Record, time};
use crate::sessions::{Restored, Sessions};

const EXAMPLES: &str = "\
Examples:
  cognito whoami
  cognito whoami --output json --fields username,store
";

/// Shows the signed-in user, the expiry of the tokens, and their store
///
/// Prints no token. Refreshes the tokens if they are about to expire. The exit code is 3 if no user is signed in.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: &Arguments, app: &App) -> Outcome {
    let sessions = Sessions::of(app).await?;
    let restored = sessions.restore().await?;
    app.output.record(&record(&sessions, &restored, app)?)
}

/// Returns a record of a session, without its tokens.
pub(crate) fn record(sessions: &Sessions<'_>, restored: &Restored, app: &App) -> Outcome<Record> {
    let Restored { session, backend, record } = restored;
    let directory = backend.directory(&app.environment)?;
    let signed_in_at = record.as_ref().map(|record| record.signed_in_at.clone());
    Ok(Record::new()
        .with("username", session.username())
        .with("pool", sessions.pool_id().to_string())
        .with("client", sessions.client_id())
        .with("context", app.settings.context().map(|context| context.value.clone()))
        .with("endpoint_url", app.settings.get(Setting::EndpointUrl))
        .with("signed_in_at", signed_in_at)
        .with("expires_at", time(session.tokens()?.expires_at()))
        .with("store", backend.to_string())
        .with("store_path", directory.map(|path| path.display().to_string())))
}
