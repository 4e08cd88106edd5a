//! Help texts, examples first.

use clap::{Command, CommandFactory};

use crate::args::Cli;

/// The template that prints the examples, which clap stores as the text before the help, after the
/// first line.
const TEMPLATE: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Returns the program's commands with their help.
pub(crate) fn command() -> Command {
    with_template(Cli::command())
}

/// Returns the commands for manual pages, in which examples can only be at the end.
pub(crate) fn manual() -> Command {
    with_examples_last(command())
}

fn with_examples_last(command: Command) -> Command {
    let command = match command.get_before_help().cloned() {
        Some(examples) => {
            let last = command.get_after_help().map(|text| format!("\n\n{text}"));
            command.after_help(format!("{examples}{}", last.unwrap_or_default()))
        }
        None => command,
    };
    command.mut_subcommands(with_examples_last)
}

fn with_template(command: Command) -> Command {
    let examples = command.get_before_help().map(ToString::to_string);
    let command = match examples {
        Some(examples) => command.before_help(examples.trim_end().to_owned()),
        None => command,
    };
    command.help_template(TEMPLATE).mut_subcommands(with_template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_has_a_first_line_and_examples() {
        let mut open = vec![("cognito".to_owned(), command())];
        let mut number = 0;
        while let Some((name, command)) = open.pop() {
            assert!(command.get_about().is_some(), "{name} has no first line");
            let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.starts_with("Examples:\n"), "{name} has no examples");
            assert!(
                examples.contains(&format!("{name} ")) || examples.ends_with(&name),
                "{examples}"
            );
            let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
            open.extend(shown.map(|inner| (format!("{name} {}", inner.get_name()), inner.clone())));
            number += 1;
        }
        assert!(number > 50, "{number}");
    }
}
