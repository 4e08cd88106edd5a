//! `cognito logout`: ends the session, and removes its tokens.

use clap::Args;

use crate::app::App;
use crate::failure::{Exit, Outcome};
use crate::sessions::{Sessions, SignInRecord};

const EXAMPLES: &str = "\
Examples:
  cognito logout
  cognito logout --context prod
  cognito logout --local
";

/// Revokes the tokens of the session, and removes them from this machine
///
/// A browser's session at the domain of managed login is another one, and does not end.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Remove the tokens without a request: they stay valid until they expire
    #[arg(long)]
    local: bool,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let sessions = Sessions::of(app).await?;
    let Some(record) = sessions.record()? else {
        app.terminal.note("no user is signed in");
        return Ok(());
    };
    if app.dry_run {
        app.terminal.note(&format!("{} would be signed out", record.username));
        return Ok(());
    }
    if arguments.local {
        sessions.forget(&record).await?;
    } else {
        revoke(&sessions, &record).await?;
    }
    SignInRecord::remove(&app.environment, sessions.pool_id(), sessions.client_id())?;
    app.terminal.note(&format!("{} is signed out", record.username));
    Ok(())
}

/// Ends the session at the service. One that has ended already leaves nothing to revoke.
async fn revoke(sessions: &Sessions<'_>, record: &SignInRecord) -> Outcome {
    match sign_out(sessions).await {
        Err(failure) if failure.exit() == Exit::NotSignedIn => sessions.forget(record).await,
        outcome => outcome.map_err(|failure| {
            failure.hint("to remove the tokens without revoking them, pass --local")
        }),
    }
}

async fn sign_out(sessions: &Sessions<'_>) -> Outcome {
    Ok(sessions.restore().await?.session.sign_out().await?)
}
