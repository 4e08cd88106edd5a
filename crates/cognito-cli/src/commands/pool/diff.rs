//! `cognito pool diff`: the settings in which a user pool differs from another one or from a file.

use std::fs;
use std::path::Path;

use clap::Args;
use serde_json::{Map, Value};

use crate::app::App;
use crate::aws;
use crate::commands::described::{self, Difference};
use crate::failure::{Exit, Failure, Outcome, even_if_closed};
use crate::output::Record;
use crate::text;

const EXAMPLES: &str = "\
Examples:
  cognito pool diff eu-west-1_Ef56Gh78I
  cognito pool diff staging --output json
  cognito pool describe --output json > reviewed.json
  cognito pool diff reviewed.json
";

/// The members that differ between all pools.
const OF_ITS_OWN: [&str; 10] = [
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "EmailConfigurationFailure",
    "EstimatedNumberOfUsers",
    "Id",
    "LastModifiedDate",
    "Name",
    "SmsConfigurationFailure",
];

/// Shows the settings in which the user pool differs from another one, or from a file
///
/// The file is the output of `cognito pool describe --output json` or of `aws cognito-idp describe-user-pool`, which does
/// not contain the settings of second factors. Name, id, dates, domains, the number of users and the order of lists are
/// not compared. The exit code is 0 if the settings are the same, and 10 if they differ. Calls DescribeUserPool and
/// GetUserPoolMfaConfig.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Id, ARN or name of the other user pool, or a file whose name ends in .json
    other: String,
}

pub(crate) async fn run(arguments: &Arguments, app: &App) -> Outcome<Exit> {
    let admin = aws::admin(app).await?;
    let mut settings = described::of_pool(&admin).await?;
    let file = Path::new(&arguments.other);
    let other = match file.extension().is_some_and(|extension| extension == "json") {
        true => read(file)?,
        false => described::of_pool(&aws::admin_of(&arguments.other, app).await?).await?,
    };
    // The output of the AWS CLI does not contain the settings of second factors.
    if !other.contains_key("MfaConfig") {
        settings.remove("MfaConfig");
    }
    let found = described::differences(&settings, &other, &OF_ITS_OWN);
    even_if_closed(write(&found, app))?;
    match found.len() {
        0 => {
            app.terminal.note(&format!("the user pool {} has the same settings", admin.pool_id()));
        }
        1 => app.terminal.note("1 setting differs"),
        number => app.terminal.note(&format!("{number} settings differ")),
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::Differs })
}

fn write(differences: &[Difference], app: &App) -> Outcome {
    let mut rows = app.output.rows(&["setting", "pool", "other"])?;
    for difference in differences {
        let record = Record::new().with("setting", difference.setting.clone());
        let record = record.with("pool", difference.left.clone());
        rows.push(&record.with("other", difference.right.clone()))?;
    }
    rows.finish()
}

/// Reads the description of a pool, which is nested in a member in the output of the AWS CLI.
fn read(file: &Path) -> Outcome<Map<String, Value>> {
    let name = file.display();
    let bytes = fs::read(file).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, "unreadable_file", format!("the file {name} cannot be read: {error}"))
    })?;
    let malformed = |reason: String| {
        let message = format!("the file {name} does not describe a user pool: {reason}");
        let failure = Failure::new(Exit::Usage, "invalid_input", message);
        failure.hint("pass the output of `cognito pool describe --output json`")
    };
    // Windows PowerShell redirects output to files in UTF-16.
    let text = text::decode(bytes).ok_or_else(|| malformed("it is not UTF-8".to_owned()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    match value {
        Value::Object(mut document) => match document.remove("UserPool") {
            Some(Value::Object(pool)) => Ok(pool),
            Some(_) => Err(malformed("`UserPool` is not an object".to_owned())),
            None if document.contains_key("SchemaAttributes") => Ok(document),
            None => Err(malformed("it has no `SchemaAttributes`".to_owned())),
        },
        _ => Err(malformed("it is not an object".to_owned())),
    }
}
