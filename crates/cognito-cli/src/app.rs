//! The environment of every command: settings, output and terminal.

use std::sync::OnceLock;

use crate::args::GlobalOptions;
use crate::aws;
use crate::commands::steps::Steps;
use crate::configuration::{Environment, Flags, Setting, Settings};
use crate::failure::{Exit, Outcome};
use crate::interrupts::Interrupts;
use crate::jobs::parts::PartsOptions;
use crate::output::{Format, Output};
use crate::terminal::{Terminal, TerminalOptions};

/// The environment of a command.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) environment: Environment,
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    pub(crate) terminal: Terminal,
    pub(crate) interrupts: Interrupts,
    /// The steps of the command: its requests that change something.
    pub(crate) steps: Steps,
    /// True if nothing may be changed.
    pub(crate) dry_run: bool,
    /// The options of a worker, whose command runs parts of a job in place of the whole job.
    pub(crate) parts: OnceLock<PartsOptions>,
}

impl App {
    /// Creates the environment of a command. `chooses_context` is true for a command that has to
    /// run even if the current context no longer exists, or if its name cannot be read.
    pub(crate) async fn new(
        options: &GlobalOptions,
        flags: &Flags,
        chooses_context: bool,
        mut environment: Environment,
    ) -> Outcome<Self> {
        let resolved = |environment: &Environment| {
            settings(flags, options.context.as_deref(), chooses_context, environment)
        };
        let mut settings = resolved(&environment)?;
        // The profile is itself a setting.
        let profile = settings.get(Setting::Profile);
        if aws::endpoints::are_ignored(&environment, profile).await? {
            environment = environment.without_endpoints();
            settings = resolved(&environment)?;
        }
        let format = format(&settings)?;
        let GlobalOptions { no_input, yes, quiet, dry_run, .. } = *options;
        let terminal = Terminal::new(TerminalOptions { no_input, yes, quiet }, &environment);
        settings.ignored().iter().for_each(|file| terminal.caution(&file.to_string()));
        let output = Output::new(format, options.fields.clone());
        let (interrupts, steps) = (Interrupts::default(), Steps::new(options.of_service()));
        let parts = OnceLock::new();
        Ok(Self { environment, settings, output, terminal, interrupts, steps, dry_run, parts })
    }
}

fn settings(
    flags: &Flags,
    context: Option<&str>,
    chooses_context: bool,
    environment: &Environment,
) -> Outcome<Settings> {
    match Settings::resolve(flags, context, environment) {
        Err(failure)
            if chooses_context
                && (failure.exit() == Exit::NotFound || failure.is("unreadable_context")) =>
        {
            Settings::without_context(flags, environment)
        }
        settings => settings,
    }
}

fn format(settings: &Settings) -> Outcome<Format> {
    match settings.get(Setting::Output) {
        None => Ok(Format::Table),
        Some(name) => Format::of_name(name).ok_or_else(|| {
            settings.invalid(Setting::Output, "it must be table, json, jsonl or csv")
        }),
    }
}
