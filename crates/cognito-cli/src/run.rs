//! The program from its start to its exit code.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use crate::app::App;
use crate::args::{Cli, Command, GlobalOptions};
use crate::commands;
use crate::configuration::{Environment, Setting};
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupts::Signals;
use crate::output::Format;
use crate::terminal::restore_echo;
use crate::{help, logs};

/// Runs the command of the command line, and returns the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    let parsed = help::command().try_get_matches_from(&arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error, &arguments),
    };
    if let Command::Emulator(arguments) = &cli.command {
        return commands::emulator::run(arguments);
    }
    let flags = cli.flags();
    let Cli { global, command } = cli;
    let chooses_context = matches!(command, Command::Context(_));
    logs::start(global.verbose);
    let mut as_json = wants_json(&arguments);
    let outcome = Environment::of_process().and_then(|environment| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let app = App::new(&global, &flags, chooses_context, environment);
        let app = runtime.block_on(app)?;
        as_json = app.output.format().is_json();
        in_runtime(runtime, command, &app)
    });
    match outcome {
        Ok(exit) => exit.code().into(),
        Err(failure) => {
            report(&failure, as_json, &global);
            failure.exit().code().into()
        }
    }
}

fn in_runtime(runtime: Runtime, command: Command, app: &App) -> Outcome<Exit> {
    let outcome = runtime.block_on(until_interrupted(command, app));
    // A pending question must not keep the program running, and must not read input that is typed
    // later.
    Runtime::shutdown_background(runtime);
    restore_echo();
    outcome.map_err(|failure| app.steps.report(failure))
}

/// Runs the command; an interrupt ends it, unless a job stops in order.
async fn until_interrupted(command: Command, app: &App) -> Outcome<Exit> {
    // The futures of commands are large.
    let mut outcome = Box::pin(commands::run(command, app));
    let mut signals = Signals::new()?;
    loop {
        tokio::select! {
            // Interrupts are polled first, before the command can ask a question, so that none
            // kills the process.
            biased;
            exit = signals.next() => {
                if !app.interrupts.are_handled() {
                    return Err(Failure::interrupted().exit_with(exit));
                }
            }
            outcome = &mut outcome => return outcome,
        }
    }
}

/// Writes a failure to standard error. A closed output is not a failure.
fn report(failure: &Failure, as_json: bool, options: &GlobalOptions) {
    if failure.exit() == Exit::OutputClosed {
        return;
    }
    let text = if as_json { failure.to_json() } else { failure.to_text(options.verbose > 0) };
    // If standard error is closed too, the message cannot be shown.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints the help, the version, or the error of an invalid command line, and returns the exit
/// code.
fn unparsed(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() || !wants_json(arguments) {
        return print(error).code().into();
    }
    let _ = io::stderr().lock().write_all(of_command_line(error).to_json().as_bytes());
    Exit::Usage.code().into()
}

/// Prints the text of clap, and returns the exit code.
fn print(error: &clap::Error) -> Exit {
    match error.print().map_err(Failure::from) {
        // If standard error cannot be written, no message can be shown.
        _ if error.use_stderr() => Exit::Usage,
        Err(failure) if failure.exit() != Exit::OutputClosed => {
            let _ = io::stderr().lock().write_all(failure.to_text(false).as_bytes());
            failure.exit()
        }
        _ => Exit::Done,
    }
}

/// Returns the failure of an invalid command line, from the first paragraph of clap's text and its
/// tip.
fn of_command_line(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("the command is missing").hint("--help lists the commands");
    }
    let text = error.render().to_string();
    let paragraph = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let message = paragraph.collect::<Vec<_>>().join(" ");
    let failure = Failure::usage(message.trim_start_matches("error: "));
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    tip.into_iter().fold(failure, Failure::hint)
}

/// Returns whether the command line requests JSON, even if it is otherwise invalid.
fn wants_json(arguments: &[OsString]) -> bool {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let of_pair = texts.windows(2).filter_map(|pair| match pair {
        ["--output" | "-o", format] => Some(*format),
        _ => None,
    });
    let joined = texts
        .iter()
        .filter_map(|text| text.strip_prefix("--output=").or_else(|| text.strip_prefix("-o")));
    let mut named = of_pair.chain(joined).filter_map(Format::of_name);
    let of_variable = || {
        let variable = Setting::Output.variables().first().and_then(|name| env::var(name).ok());
        variable.as_deref().and_then(Format::of_name)
    };
    named.next().or_else(of_variable).is_some_and(Format::is_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognized_in_a_wrong_command_line() {
        let wants =
            |text: &str| wants_json(&text.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(wants("cognito users --output json") && wants("cognito --output=jsonl x"));
        assert!(wants("cognito -ojson") && wants("cognito x -o json"));
        assert!(!wants("cognito --output table") && !wants("cognito json"));
    }
}
