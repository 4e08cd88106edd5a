//! `cognito config`: the settings and where they came from.

use crate::app::App;
use crate::configuration::{Located, Setting};
use crate::failure::Outcome;
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito config show
  cognito config show --context prod --output json
";

/// Shows the settings and their origins
///
/// In order of precedence, a value comes from an option, the context that --context names, a variable, the file
/// .cognito.toml of the project (in the working directory or above it), and the current context.
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Shows each setting with its value and its origin
    #[command(before_help = EXAMPLES)]
    Show,
}

pub(crate) fn run(subcommand: &Subcommand, app: &App) -> Outcome {
    let Subcommand::Show = subcommand;
    let mut rows = app.output.rows(&["name", "value", "origin"])?;
    rows.push(&record("context", app.settings.context()))?;
    for setting in Setting::ALL {
        rows.push(&record(setting.key(), app.settings.located(setting)))?;
    }
    rows.finish()
}

fn record(name: &'static str, located: Option<&Located>) -> Record {
    let value = located.map(|located| located.value.clone());
    let origin = located.map(|located| located.origin.to_string());
    Record::new().with("name", name).with("value", value).with("origin", origin)
}
