//! `cognito context`: named settings.

use crate::app::App;
use crate::configuration::{Context, Contexts, Located, Setting, Settings};
use crate::failure::{Failure, Outcome};
use crate::output::{Record, printable};

const EXAMPLES: &str = "\
Examples:
  cognito context list
  cognito context use prod
  cognito context show prod --output json
";

/// Lists, shows and selects contexts, which are named groups of settings
///
/// A context is a table of ~/.config/cognito/config.toml, such as [contexts.prod], with strings for the settings that
/// `cognito config show` lists, such as pool, client, profile and region. `cognito context use` selects the current
/// context for later commands; --context or COGNITO_CONTEXT selects one for a single command.
#[derive(clap::Subcommand, Debug)]
#[command(before_help = EXAMPLES)]
pub(crate) enum Subcommand {
    /// Lists the contexts of ~/.config/cognito/config.toml
    #[command(before_help = "Examples:\n  cognito context list --output json\n")]
    List,
    /// Makes a context the current one, which later commands use by default
    #[command(before_help = "Examples:\n  cognito context use prod\n")]
    Use {
        /// Name of the context
        name: String,
    },
    /// Shows the settings of a context
    #[command(before_help = "Examples:\n  cognito context show prod --output json\n")]
    Show {
        /// Name of the context; by default the current one
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
    let preferred = Settings::preferred_context(&app.environment)?;
    let (chosen, current) = match app.dry_run {
        true => ("would be chosen", "would be the current one"),
        false => ("was chosen", "is the current one"),
    };
    if app.dry_run {
        contexts.get(name)?;
    } else {
        contexts.choose(name, &app.environment)?;
    }
    match preferred {
        Some(Located { value, origin }) if value != name => app.terminal.warn(&format!(
            "the context {name} {chosen}, but the context {} of {origin} has precedence",
            printable(&value)
        )),
        _ => app.terminal.note(&format!("the context {name} {current}")),
    }
    Ok(())
}

fn record(context: &Context<'_>) -> Record {
    let values = Setting::ALL.map(|setting| (setting.key(), context.values.get(&setting).cloned()));
    let record = Record::new().with("name", context.name);
    values.into_iter().fold(record, |record, (key, value)| record.with(key, value))
}

fn none_in_use() -> Failure {
    Failure::usage("there is no current context")
        .hint("pass the name, or run `cognito context use NAME`")
}
