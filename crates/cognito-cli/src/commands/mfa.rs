//! `cognito mfa`: the second factors of a user.

use clap::Args;
use cognito::account::{Factor, MfaPreference};
use cognito::admin::{UserHandle, UserRecord};
use cognito::{Admin, Error, ErrorKind};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::aws;
use crate::commands::steps::Step;
use crate::commands::writing::{self, Call, quoted};
use crate::failure::{Exit, Outcome};
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito mfa status alice
  cognito mfa reset alice --dry-run
";

const APP: &str = "SOFTWARE_TOKEN_MFA";

/// The names of factors in the settings of users, and the names of their members in requests.
const MEMBERS: [(&str, &str); 4] = [
    (APP, "SoftwareTokenMfaSettings"),
    ("SMS_MFA", "SMSMfaSettings"),
    ("EMAIL_OTP", "EmailMfaSettings"),
    ("WEB_AUTHN", "WebAuthnMfaSettings"),
];

/// Shows and resets the second factors of a user
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Shows the second factors of a user
    ///
    /// Calls AdminGetUser, which counts the user as monthly active. The fields are username, mfa and preferred_mfa.
    #[command(before_help = "Examples:\n  cognito mfa status alice --output json\n")]
    Status(User),
    /// Turns off the second factors of a user, and forgets the authenticator app
    ///
    /// This is for users who have lost their device. Calls AdminGetUser, AdminSetUserMFAPreference and AdminDeleteSoftwareToken.
    /// If the user has second factors, asks for the name of the user pool; scripts confirm with --yes.
    #[command(
        before_help = "Examples:\n  cognito mfa reset alice\n  cognito mfa reset alice --dry-run\n"
    )]
    Reset(User),
}

#[derive(Args, Debug)]
pub(crate) struct User {
    /// User name, sub, or an alias such as an e-mail address
    username: String,
}

pub(crate) async fn run(subcommand: &Subcommand, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    match subcommand {
        Subcommand::Status(User { username }) => {
            app.output.record(&record(&admin.user(username).get().await?))?;
        }
        Subcommand::Reset(User { username }) => reset(username, &admin, app).await?,
    }
    Ok(Exit::Done)
}

fn record(user: &UserRecord) -> Record {
    let factors = user.mfa_factors().to_vec();
    Record::new()
        .with("username", user.username())
        .with("mfa", factors)
        .with("preferred_mfa", user.preferred_mfa())
}

async fn reset(username: &str, admin: &Admin, app: &App) -> Outcome {
    let user = admin.user(username).get().await?;
    let factors = user.mfa_factors();
    let name = quoted(username);
    if app.dry_run {
        return writing::show(&calls(username, factors, admin), app);
    }
    let handle = admin.user(user.username());
    if factors.is_empty() {
        app.steps.plan(steps(username, factors));
        app.steps.send(forget_app(&handle, factors)).await?;
        app.terminal.note(&format!("the user {name} had no second factor that was enabled"));
        return Ok(());
    }
    writing::confirm(&format!("turns off the second factors of the user {name}"), admin, app)
        .await?;
    app.steps.plan(steps(username, factors));
    app.steps.send(handle.set_mfa_preference(without(factors))).await?;
    app.steps.send(forget_app(&handle, factors)).await?;
    app.terminal.note(&format!("the second factors of the user {name} were turned off"));
    Ok(())
}

/// Forgets the authenticator app, if there is one.
///
/// An earlier reset that ended between its requests may have left a disabled app, which no response
/// lists. If no app is listed, it is not a failure that the permission is missing or the operation
/// is unsupported.
async fn forget_app(user: &UserHandle, factors: &[String]) -> Result<(), Error> {
    let is_listed = factors.iter().any(|factor| factor == APP);
    let cannot_be_found = |error: &Error| {
        matches!(error.kind(), ErrorKind::MissingPermission | ErrorKind::Unsupported)
    };
    match user.delete_software_token().await {
        Err(error) if error.exception() == Some("SoftwareTokenMFANotFoundException") => Ok(()),
        Err(error) if !is_listed && cannot_be_found(&error) => Ok(()),
        forgotten => forgotten,
    }
}

fn steps(username: &str, factors: &[String]) -> Vec<Step> {
    let name = quoted(username);
    let reset = |action: String| Step::new(action).command(&["mfa", "reset"], &[username]);
    let off = reset(format!("turn off the second factors of the user {name}"));
    let app = reset(format!("forget the authenticator app of the user {name}"));
    let off = (!factors.is_empty()).then_some(off);
    off.into_iter().chain([app]).collect()
}

/// Returns settings that turn off the user's factors. Others are not set up, and the service would
/// refuse them.
fn without(factors: &[String]) -> MfaPreference {
    factors.iter().fold(MfaPreference::default(), |preference, factor| match &**factor {
        APP => preference.software_token(Factor::Off),
        "SMS_MFA" => preference.sms(Factor::Off),
        "EMAIL_OTP" => preference.email(Factor::Off),
        "WEB_AUTHN" => preference.passkey(false),
        _ => preference,
    })
}

fn calls(username: &str, factors: &[String], admin: &Admin) -> Vec<Call> {
    let mut members = Map::from_iter([("Username".to_owned(), Value::from(username))]);
    let off = MEMBERS.iter().filter(|(factor, _)| factors.iter().any(|name| name == factor));
    members.extend(off.map(|(_, member)| ((*member).to_owned(), json!({ "Enabled": false }))));
    let preference = Call::new("AdminSetUserMFAPreference", admin, members.into());
    let preference = (!factors.is_empty()).then_some(preference);
    let token = json!({ "Username": username });
    let token = Call::new("AdminDeleteSoftwareToken", admin, token);
    preference.into_iter().chain([token]).collect()
}
