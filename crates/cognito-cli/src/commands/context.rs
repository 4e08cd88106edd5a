//! `cognito context`: named settings.

use crate::app::App;
use crate::configuration::{Context, Contexts, Setting};
use crate::failure::{Failure, Outcome};
use crate::output::Record;

const EXAMPLES: &str = "\
Examples:
  cognito context list
  cognito context use prod
  cognito context show prod --output json
";

/// Lists and chooses contexts, which are named settings
///
/// A context is a table of ~/.config/cognito/config.toml, such as [contexts.prod], with the settings pool,
/// client, profile, region and others that `cognito config show` lists, each a string. `use` chooses one for
/// later commands; --context, or COGNITO_CONTEXT, for one command.
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Lists the contexts of ~/.config/cognito/config.toml
    #[command(before_help = "Examples:\n  cognito context list --output json\n")]
    List,
    /// Uses a context in the commands from now on
    #[command(before_help = "Examples:\n  cognito context use prod\n")]
    Use {
        /// The name of the context
        name: String,
    },
    /// Shows the settings of a context, or of the one in use
    #[command(before_help = "Examples:\n  cognito context show prod --output json\n")]
    Show {
        /// The name of the context; by default the one in use
        name: Option<String>,
    },
}

pub(crate) fn run(subcommand: &Subcommand, app: &App) -> Outcome {
    let contexts = Contexts::read(&app.environment)?;
    match subcommand {
        Subcommand::List => list(&contexts, app),
        Subcommand::Use { name } => choose(name, &contexts, app),
        Subcommand::Show { name } => {
            let in_use = || app.settings.context().map(|context| context.value.as_str());
            let name = name.as_deref().or_else(in_use).ok_or_else(none_in_use)?;
            app.output.record(&record(&contexts.get(name)?))
        }
    }
}

fn list(contexts: &Contexts, app: &App) -> Outcome {
    let fields: Vec<&str> =
        ["name", "in_use"].into_iter().chain(Setting::ALL.map(Setting::key)).collect();
    let in_use = app.settings.context().map(|context| context.value.as_str());
    let mut rows = app.output.rows(&fields)?;
    for context in contexts.iter() {
        rows.push(&record(&context).with("in_use", in_use == Some(context.name)))?;
    }
    if rows.written() == 0 {
        app.terminal.note(&format!("there are no contexts in {}", contexts.path().display()));
    }
    rows.finish()
}

fn choose(name: &str, contexts: &Contexts, app: &App) -> Outcome {
    if app.dry_run {
        contexts.get(name)?;
        app.terminal.note(&format!("the context {name} would be used"));
        return Ok(());
    }
    contexts.choose(name, &app.environment)?;
    app.terminal.note(&format!("the context {name} is used from now on"));
    Ok(())
}

fn record(context: &Context<'_>) -> Record {
    let values = Setting::ALL.map(|setting| (setting.key(), context.values.get(&setting).cloned()));
    let record = Record::new().with("name", context.name);
    values.into_iter().fold(record, |record, (key, value)| record.with(key, value))
}

fn none_in_use() -> Failure {
    Failure::usage("no context is in use").hint("name one, or run `cognito context use NAME`")
}
