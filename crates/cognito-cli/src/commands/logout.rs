//! `cognito logout`: ends the session, and removes its tokens.

use clap::Args;

use crate::app::App;
use crate::failure::Outcome;
use crate::output::printable;
use crate::sessions::{Sessions, SignInRecord};

const EXAMPLES: &str = "\
Examples:
  cognito logout
  cognito logout --context prod
  cognito logout --local
";

/// Revokes the tokens of the session, and removes them from this machine
///
/// Access tokens and ID tokens that were issued stay valid until they expire, except for requests to Amazon Cognito.
/// The session of a browser at the domain of managed login does not end.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Remove the tokens without revoking them: they stay valid until they expire
    #[arg(long)]
    local: bool,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let sessions = Sessions::of(app).await?;
    let Some(record) = sessions.record()? else {
        app.terminal.note("no user is signed in");
        return Ok(());
    };
    let name = printable(&record.username);
    if app.dry_run {
        app.terminal.note(&format!("{name} would be signed out"));
        return Ok(());
    }
    match arguments.local {
        true => sessions.forget(&record).await?,
        false => sessions.sign_out(&record).await.map_err(|failure| {
            failure.hint("to remove the tokens without revoking them, pass --local")
        })?,
    }
    SignInRecord::remove(&app.environment, sessions.pool_id(), sessions.client_id())?;
    app.terminal.note(&format!("{name} is signed out"));
    Ok(())
}
