//! `cognito users confirm`: a sign-up, confirmed without its code.

use clap::Args;
use serde_json::json;

use crate::app::App;
use crate::aws;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  cognito users confirm alice
  cognito users search status=UNCONFIRMED --output csv --fields username
";

/// Confirms the sign-up of a user without the code
///
/// Calls AdminConfirmSignUp, which does not verify the e-mail address or the phone number.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome {
    let admin = aws::admin(app).await?;
    let username = &arguments.username;
    let call = Call::new("AdminConfirmSignUp", &admin, json!({ "Username": username }));
    if writing::send(call, admin.user(username).confirm_sign_up(), app).await?.is_some() {
        app.terminal.note(&format!("the user {} was confirmed", quoted(username)));
    }
    Ok(())
}
